import { isPromise, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { SessionStorageError } from '../errors.ts'
import { storageFailure } from './storage-failure.ts'

/** How long a storage may take, in milliseconds: a request that waits longer is better told so. */
const OPERATION_LIMIT = 5000
/** How long a read before the handler, or a renewal behind it, may take: the route may not need the session at all. */
export const READ_LIMIT = 1000
/** After how many failures in a row these rest: then the storage is down, and not just one of its parts. */
const ROW = 3
/** For how long they rest, in milliseconds: they fail at once, and one after that is let through to try. */
const REST = 1000

/**
 * The way to a storage that may be down: every operation ends within its limit, and whatever goes wrong is one error,
 * `SessionStorageError`. What a storage answers synchronously stays synchronous.
 */
export class StorageAccess {
  readonly #session: string
  readonly #clock: Clock
  /** Counts what the storage has answered, to tell whether it did so while an operation was under way that failed. */
  #answers = 0
  /** How many reads have failed since it last answered. */
  #failures = 0
  #failedAt = 0
  #isTrying = false

  constructor(session: string, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  /** Works on behalf of a request that may not need it: under the short limit, and not at all while these rest. */
  brief<T>(operation: () => Awaitable<T>): Awaitable<T> {
    // Most storages work, and need no look at the clock.
    if (this.#failures >= ROW && !this.#mayTry()) {
      throw new SessionStorageError(`the storage of session '${this.#session}' failed a moment ago`, this.#session)
    }
    const before = this.#answers
    try {
      const result = this.run(operation, READ_LIMIT)
      return isPromise(result) ? result.catch((error: unknown) => this.#failed(error, before)) : result
    } catch (error) {
      return this.#failed(error, before)
    }
  }

  /** `limit`: in milliseconds, `Infinity` for none. */
  run<T>(operation: () => Awaitable<T>, limit: number = OPERATION_LIMIT): Awaitable<T> {
    try {
      const result = operation()
      if (isPromise(result)) return this.#within(limit, result)
      this.#answered()
      return result
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #answered(): void {
    this.#answers++
    this.#failures = 0
    this.#isTrying = false
  }

  /** Whether the rest is over, for one who tries. Where the clock was set back it is: it would last for as long as that. */
  #mayTry(): boolean {
    const since = this.#clock() - this.#failedAt
    if (this.#isTrying || (since >= 0 && since < REST)) return false
    this.#isTrying = true
    return true
  }

  /** What failed while the storage answered others is a part of it, which must not take the healthy rest with it. */
  #failed(error: unknown, before: number): never {
    this.#isTrying = false
    if (this.#answers === before) this.#failures++
    this.#failedAt = this.#clock()
    throw error
  }

  #within<T>(limit: number, result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer =
        limit === Infinity
          ? undefined
          : setTimeout(() => {
              isLate = true
              reject(this.#tooLate(limit))
            }, limit)
      result.then(
        (value) => {
          clearTimeout(timer)
          if (!isLate) this.#answered()
          resolve(value)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(this.#failure(error))
        },
      )
    })
  }

  #tooLate(limit: number): SessionStorageError {
    return new SessionStorageError(
      `the storage of session '${this.#session}' did not answer within ${limit} ms`,
      this.#session,
    )
  }

  #failure(cause: unknown): SessionStorageError {
    return storageFailure(this.#session, cause)
  }
}
