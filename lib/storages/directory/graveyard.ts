import { existsSync } from 'node:fs'
import { mkdir, rename, rm, unlink } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import { makeEmptyFile } from './empty-file.ts'
import { attempt, isFsError } from './fs-error.ts'
import type { FolderGuard } from './folder-guard.ts'
import { FOLDER_MODE, type Layout } from './layout.ts'
import { look, markedExpiry, namesIn, type SessionFolder } from './session-folder.ts'

/** Destroys sessions: at once what must go, and with care what has merely expired. */
export class Graveyard {
  readonly #layout: Layout
  readonly #guard: FolderGuard
  readonly #clock: Clock

  constructor(layout: Layout, guard: FolderGuard, clock: Clock) {
    this.#layout = layout
    this.#guard = guard
    this.#clock = clock
  }

  /**
   * Takes the folder away in one step, after which no late writer finds it, and gives what was in it, under whichever
   * key; `null` where there was none.
   */
  async destroy(name: string): Promise<SessionFolder | null> {
    const trash = await this.#take(name)
    if (trash === null) return null
    const found = look(trash, this.#clock())
    // The session is gone. What cannot be removed now is removed by `sweep`.
    await discard(trash).catch(() => {})
    return found
  }

  /**
   * Destroys what was seen to be dead, unless it has changed since. An empty file takes the next version's number: no
   * update, rotation or other burial can come after it. A `touch` may have come before it, and then it wins.
   */
  async bury(name: string, seen: SessionFolder): Promise<boolean> {
    const folder = this.#layout.session(name)
    const tombstone = `${folder}/${seen.version + 1}`
    try {
      if (!(await makeEmptyFile(tombstone))) return false
    } catch (error) {
      if (isFsError(error, 'ENOENT')) return false
      throw error
    }
    if (seen.state === 'expired' && markedExpiry(namesIn(folder) ?? [], seen.version) > this.#clock()) {
      await attempt(unlink(tombstone), 'ENOENT')
      return false
    }
    return (await this.destroy(name)) !== null
  }

  /** Moves the folder to the trash; `null` where there is none. */
  async #take(name: string): Promise<string | null> {
    const folder = this.#layout.session(name)
    this.#guard.require(this.#layout.trash)
    const trash = this.#layout.newTrash()
    if (await attempt(rename(folder, trash), 'ENOENT')) return trash
    // Not there, or is it the trash that is missing?
    if (!existsSync(folder)) return null
    await mkdir(this.#layout.trash, { recursive: true, mode: FOLDER_MODE })
    return (await attempt(rename(folder, trash), 'ENOENT')) ? trash : null
  }
}

/** Removes what stands there, with all that is in it where it is a folder. A link is removed, and not followed. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
