import { isPromise, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { SessionStorageError } from '../errors.ts'
import { storageFailure } from './storage-failure.ts'

/** How long a storage may take, in milliseconds: a request that waits longer is better told so. */
const OPERATION_LIMIT = 5000
/** How long a read before the handler, or a renewal behind it, may take: the route may not need the session at all. */
export const READ_LIMIT = 1000
/** For how long these fail at once after one has failed, in milliseconds. */
const REST = 1000
const NEVER_FAILED = Number.NEGATIVE_INFINITY

/**
 * The way to a storage that may be down: every operation ends within its limit, and whatever goes wrong is one error,
 * `SessionStorageError`. What a storage answers synchronously stays synchronous.
 */
export class StorageAccess {
  readonly #session: string
  readonly #clock: Clock
  #failedAt = NEVER_FAILED

  constructor(session: string, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  /** Works on behalf of a request that may not need it: under the short limit, and not at all right after a failure. */
  brief<T>(operation: () => Awaitable<T>): Awaitable<T> {
    // Most storages have never failed, and need no look at the clock.
    if (this.#failedAt !== NEVER_FAILED && this.#isResting()) {
      throw new SessionStorageError(`the storage of session '${this.#session}' failed a moment ago`, this.#session)
    }
    try {
      const result = this.run(operation, READ_LIMIT)
      return isPromise(result) ? result.catch((error: unknown) => this.#rest(error)) : result
    } catch (error) {
      return this.#rest(error)
    }
  }

  run<T>(operation: () => Awaitable<T>, limit: number = OPERATION_LIMIT): Awaitable<T> {
    try {
      const result = operation()
      return isPromise(result) ? this.#within(limit, result) : result
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** If the clock was set back, it is not: it would be for as long as that. */
  #isResting(): boolean {
    const since = this.#clock() - this.#failedAt
    return since >= 0 && since < REST
  }

  #rest(error: unknown): never {
    this.#failedAt = this.#clock()
    throw error
  }

  #within<T>(limit: number, result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new SessionStorageError(
            `the storage of session '${this.#session}' did not answer within ${limit} ms`,
            this.#session,
          ),
        )
      }, limit)
      result.then(
        (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(this.#failure(error))
        },
      )
    })
  }

  #failure(cause: unknown): SessionStorageError {
    return storageFailure(this.#session, cause)
  }
}
