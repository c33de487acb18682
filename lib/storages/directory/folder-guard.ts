import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { EngineError } from '../shared/engine-error.ts'
import { flawOf, quoted } from './ownership.ts'

/** How long the result of a check is valid, in milliseconds of this process. */
const TRUST = 1000

/**
 * Checks while the app runs that no folder is a link, and that no other user may have written into one.
 *
 * Only this user can replace a folder inside a private one. Each folder is therefore checked at most once a second, which detects
 * that the root itself was replaced. Most reads of a session cost one more system call for it; reads of missing sessions cost fewer.
 */
export class FolderGuard {
  readonly #root: string
  readonly #now: () => number
  readonly #trusted = new Set<string>()
  #since = Number.NEGATIVE_INFINITY

  /** @param now A monotonic clock, in milliseconds. */
  constructor(root: string, now: () => number = () => performance.now()) {
    this.#root = root
    this.#now = now
  }

  /**
   * Whether a folder below the root is private to this user.
   *
   * @throws EngineError if a folder above it is not.
   */
  stateOf(folder: string): 'ours' | 'foreign' | 'absent' {
    const now = this.#now()
    if (now - this.#since >= TRUST) {
      this.#trusted.clear()
      this.#since = now
    }
    return this.#stateOf(folder)
  }

  /** As {@link stateOf}, for a folder that is about to be written. @throws EngineError also if the folder itself is not private. */
  require(folder: string): void {
    if (this.stateOf(folder) === 'foreign') throw notPrivate(folder)
  }

  #stateOf(folder: string): 'ours' | 'foreign' | 'absent' {
    if (this.#trusted.has(folder)) return 'ours'
    if (folder !== this.#root) {
      const above = dirname(folder)
      const state = this.#stateOf(above)
      if (state === 'absent') return 'absent'
      if (state === 'foreign') throw notPrivate(above)
    }
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    if (flawOf(folder, stat) !== undefined) return 'foreign'
    this.#trusted.add(folder)
    return 'ours'
  }
}

function notPrivate(folder: string): EngineError {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  const flaw = stat && flawOf(folder, stat)
  const message = `the directory is no longer private: ${quoted(folder)} ${flaw?.what ?? 'is being replaced'}`
  return new EngineError(message, flaw?.code ?? 'EACCES')
}
