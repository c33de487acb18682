import { existsSync } from 'node:fs'
import { mkdir, unlink } from 'node:fs/promises'
import { makeEmptyFile } from './empty-file.ts'
import { attempt, isFsError } from './fs-error.ts'
import type { FolderGuard } from './folder-guard.ts'
import { FOLDER_MODE, type Layout, nameOf } from './layout.ts'
import type { SessionFolder } from './session-folder.ts'
import type { Staging } from './staging.ts'
import { streamNames } from './stream-names.ts'

const ATTEMPTS = 5

/**
 * Which sessions a subject may have. The records are the truth: an entry only says where to look.
 *
 * No live session is without its entry. A writer adds it before the record, so that a crash leaves an entry too many
 * and not one too few, and again after it; whoever drops one looks again and puts it back if it is needed after all. So
 * of a writer and a dropper, in whatever order their steps fall, one sees what the other did.
 */
export class SubjectIndex {
  readonly #layout: Layout
  readonly #guard: FolderGuard
  readonly #staging: Staging
  readonly #look: (name: string) => SessionFolder

  constructor(layout: Layout, guard: FolderGuard, staging: Staging, look: (name: string) => SessionFolder) {
    this.#layout = layout
    this.#guard = guard
    this.#staging = staging
    this.#look = look
  }

  /** Makes sure that the entry is there, which costs one look where it is. Nobody's session needs none. */
  async add(subject: string | undefined, name: string): Promise<void> {
    if (subject !== undefined) await this.#add(nameOf(subject), name)
  }

  /** Removes the entry of a session that is not this subject's any more. */
  async drop(subject: string | undefined, name: string): Promise<void> {
    if (subject !== undefined) await this.dropByName(nameOf(subject), name)
  }

  /** As `drop`, for a subject of whom only the name on disk is known. */
  async dropByName(subjectName: string, name: string): Promise<void> {
    const folder = this.#layout.subject(subjectName)
    if (this.#guard.stateOf(folder) === 'ours') await attempt(unlink(`${folder}/${name}`), 'ENOENT')
    if (this.isNeeded(subjectName, name)) await this.#add(subjectName, name)
  }

  /** Whether the session is alive and this subject's. */
  isNeeded(subjectName: string, name: string): boolean {
    const found = this.#look(name)
    return found.state === 'live' && found.record.subject !== undefined && nameOf(found.record.subject) === subjectName
  }

  /** The names of the sessions that this subject may have, as a stream. */
  names(subject: string): AsyncGenerator<string> {
    return streamNames(this.#guard, this.#layout.subject(nameOf(subject)))
  }

  async #add(subjectName: string, name: string): Promise<void> {
    const folder = this.#layout.subject(subjectName)
    this.#guard.require(folder)
    if (existsSync(`${folder}/${name}`)) return
    for (let round = 1; ; round++) {
      try {
        await makeEmptyFile(`${folder}/${name}`)
        break
      } catch (error) {
        // No folder yet, or `sweep` has just removed it because it was empty.
        if (!isFsError(error, 'ENOENT') || round === ATTEMPTS) throw error
        await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
      }
    }
    await this.#staging.settleUp(folder)
  }
}
