import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { flawOf, quoted } from './ownership.ts'

/** For how long a folder counts as what it was found to be, in milliseconds of this process. */
const TRUST = 1000

/**
 * Sees to it that no link is followed, and nothing believed that somebody else has put there, while the app runs.
 *
 * A folder in a private one can be replaced by nobody but this user, and so is looked at once a second at most: that notices
 * a directory that was put in the place of the root. Most reads of a session cost one call to the system more, and those of a
 * session that is not there fewer.
 */
export class FolderGuard {
  readonly #root: string
  readonly #now: () => number
  readonly #trusted = new Set<string>()
  #since = Number.NEGATIVE_INFINITY

  /** `now` tells the time of this process in milliseconds, which nobody sets back. */
  constructor(root: string, now: () => number = () => performance.now()) {
    this.#root = root
    this.#now = now
  }

  /** Whether a folder below the root is this user's alone. @throws where a folder above it is not. */
  stateOf(folder: string): 'ours' | 'foreign' | 'absent' {
    const now = this.#now()
    if (now - this.#since >= TRUST) {
      this.#trusted.clear()
      this.#since = now
    }
    return this.#stateOf(folder)
  }

  /** As {@link stateOf}, for a folder that is about to be written. @throws where it is not this user's alone either. */
  require(folder: string): void {
    if (this.stateOf(folder) === 'foreign') throw this.#refusal(folder)
  }

  #stateOf(folder: string): 'ours' | 'foreign' | 'absent' {
    if (this.#trusted.has(folder)) return 'ours'
    if (folder !== this.#root) {
      const above = dirname(folder)
      const state = this.#stateOf(above)
      if (state === 'absent') return 'absent'
      if (state === 'foreign') throw this.#refusal(above)
    }
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    if (flawOf(folder, stat) !== undefined) return 'foreign'
    this.#trusted.add(folder)
    return 'ours'
  }

  #refusal(folder: string): Error {
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    const flaw = stat && flawOf(folder, stat)
    return Object.assign(
      new Error(`the directory is not private any more: ${quoted(folder)} ${flaw?.what ?? 'is changing'}`),
      {
        code: flaw?.code ?? 'EACCES',
      },
    )
  }
}
