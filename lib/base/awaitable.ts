/**
 * A value, or the promise of one. A memory storage answers at once and Redis later; code written over `Awaitable`
 * serves both, and waits only where something is to be waited for.
 */
export type Awaitable<T> = T | Promise<T>

/** Whether `value` must be waited for. */
export function isPromise(value: unknown): value is Promise<unknown> {
  // Most values are texts and records: asking those for their type first is cheaper than looking for a method.
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function'
}

/** Goes on with `next` as soon as `value` is there: now, without a promise, where it already is. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** Lets go of what should have been there at once and may be a promise: what that comes to must not become an unhandled rejection. */
export function letGo(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => {})
}

/** What work came to, where a failure must not end what is to follow: now, without a promise, where it is known. */
export interface Attempt<T> {
  readonly value?: T
  readonly failure?: unknown
}

export function attempt<T>(work: () => Awaitable<T>): Awaitable<Attempt<T>> {
  try {
    const result = work()
    if (!isPromise(result)) return { value: result }
    return result.then(
      (value) => ({ value }),
      (failure: unknown) => ({ failure }),
    )
  } catch (failure) {
    return { failure }
  }
}
