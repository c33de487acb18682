import { type Awaitable, isPromise } from './awaitable.ts'

/**
 * Runs tasks on one key in order; tasks on different keys do not wait for each other. It holds nothing about a key without tasks.
 */
export class KeyQueue {
  /** The last task of each key, for the next one to wait for. Never rejects. */
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Runs `act` after all earlier tasks on any of these keys; immediately if there are none. A task queues at all of its keys in one step, and so
   * never waits for a later one: there is no deadlock.
   */
  run<T>(keys: readonly string[], act: () => Awaitable<T>): Awaitable<T> {
    const before = keys.map((key) => this.#last.get(key)).filter((last) => last !== undefined)
    const answer = before.length === 0 ? act() : Promise.all(before).then(act)
    if (!isPromise(answer)) return answer
    const over = (): void => {
      for (const key of keys) {
        if (this.#last.get(key) === last) this.#last.delete(key)
      }
    }
    const last = Promise.resolve(answer).then(over, over)
    for (const key of keys) this.#last.set(key, last)
    return answer
  }
}
