import type { Clock } from '../base/clock.ts'
import { SessionStorageError } from '../errors.ts'

/** How many failures in a row start the pause: the storage is down then, and not just one of its parts. */
const FAILURES = 3
/** How long the pause lasts, in milliseconds. */
const PAUSE = 1000

/**
 * Pauses reads of a storage that is down: after three failures in a row they fail at once, so that requests that may not need the
 * session are not slowed down. When a second has passed, one read at a time is let through. The first answer ends the pause.
 */
export class CircuitBreaker {
  readonly #session: string
  readonly #clock: Clock
  /** How often the storage has answered: tells whether it did so while another operation failed. */
  #answers = 0
  /** How many reads have failed since the storage last answered. */
  #failures = 0
  #failedAt = 0
  #isTrying = false

  constructor(session: string, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  /**
   * Lets a read through, and returns what {@link failed} takes should it fail.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) during the pause.
   */
  enter(): number {
    // The clock is read only after failures.
    if (this.#failures >= FAILURES && !this.#mayTry()) {
      throw new SessionStorageError(`the storage of session '${this.#session}' failed a moment ago`, this.#session)
    }
    return this.#answers
  }

  answered(): void {
    this.#answers++
    this.#failures = 0
    this.#isTrying = false
  }

  /** A failure while the storage answered others concerns only a part of it, and does not count. */
  failed(answersBefore: number): void {
    this.#isTrying = false
    if (this.#answers === answersBefore) this.#failures++
    this.#failedAt = this.#clock()
  }

  /**
   * Whether the pause is over and no other read is trying. A clock that was set back ends the pause, which would otherwise last as
   * long as the jump.
   */
  #mayTry(): boolean {
    const since = this.#clock() - this.#failedAt
    if (this.#isTrying || (since >= 0 && since < PAUSE)) return false
    this.#isTrying = true
    return true
  }
}
