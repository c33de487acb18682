import { type Awaitable, isPromise } from './awaitable.ts'

/**
 * Lets the acts on one key happen one after the other; those on different keys do not wait for each other. It holds
 * nothing of a key at which nobody is at work.
 */
export class KeyQueue {
  /** What the next act on a key has to wait for. Never rejects. */
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Runs `act` as soon as all that came before it on any of these keys is over: at once, where that is nothing. An act
   * takes its place at all of its keys in one step, and so never waits for a later one: there is no deadlock.
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
