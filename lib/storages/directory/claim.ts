import { statSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { attempt, isFsError } from './fs-error.ts'
import type { Graveyard } from './graveyard.ts'
import { FOLDER_MODE, type Layout } from './layout.ts'
import type { Limits } from './limits.ts'
import type { SessionFolder } from './session-folder.ts'

const ATTEMPTS = 5

/** Claims keys that nobody has: `create` and `rotate` must own the folder before a session goes into it. */
export class Claims {
  readonly #layout: Layout
  readonly #graveyard: Graveyard
  readonly #limits: Limits
  readonly #look: (name: string) => SessionFolder

  constructor(layout: Layout, graveyard: Graveyard, limits: Limits, look: (name: string) => SessionFolder) {
    this.#layout = layout
    this.#graveyard = graveyard
    this.#limits = limits
    this.#look = look
  }

  /**
   * Makes the empty folder, of which there can be only one. `false`: the key is taken. What is dead makes room; what is
   * unfinished only after a while, for somebody may be about to finish it. `now` is by the file system's clock.
   */
  async claim(name: string, now: number): Promise<boolean> {
    const folder = this.#layout.session(name)
    for (let round = 0; round < ATTEMPTS; round++) {
      if (await makeFolder(folder)) return true
      const found = this.#look(name)
      if (found.state === 'live' || found.state === 'foreign') return false
      if (found.state === 'absent') continue
      if (found.state !== 'expired' && !this.isAbandoned(name, now)) return false
      if (found.version === 0) await this.release(name)
      else await this.#graveyard.bury(name, found)
    }
    return false
  }

  /** Gives a claimed folder back, if nothing has come into it. */
  async release(name: string): Promise<void> {
    await attempt(rmdir(this.#layout.session(name)), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
  }

  /** Whether nothing has happened in this folder for so long that nobody is working on it any more. */
  isAbandoned(name: string, now: number): boolean {
    const stat = statSync(this.#layout.session(name), { throwIfNoEntry: false })
    return stat !== undefined && now - stat.ctimeMs >= this.#limits.unfinished
  }
}

async function makeFolder(folder: string): Promise<boolean> {
  try {
    return await attempt(mkdir(folder, FOLDER_MODE), 'EEXIST')
  } catch (error) {
    if (!isFsError(error, 'ENOENT')) throw error
    await mkdir(dirname(folder), { recursive: true, mode: FOLDER_MODE })
    return attempt(mkdir(folder, FOLDER_MODE), 'EEXIST')
  }
}
