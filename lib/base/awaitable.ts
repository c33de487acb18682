/**
 * A value, or a promise of one. A memory storage returns values and Redis returns promises; code over `Awaitable` handles both, and awaits
 * only promises.
 */
export type Awaitable<T> = T | Promise<T>

/** Whether `value` must be awaited. */
export function isPromise(value: unknown): value is Promise<unknown> {
  // Most values are strings and records: checking the type first is cheaper than looking up a method.
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function'
}

/** Calls `next` with the value: immediately, without a promise, unless `value` is a promise. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** Ignores a value that may be a promise: its rejection must not go unhandled. */
export function letGo(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => {})
}

/** The result of {@link attempt}. */
export interface Attempt<T> {
  readonly value?: T
  readonly failure?: unknown
}

/** Runs `work` and returns its value or its failure; never throws. Returns a promise only if `work` does. */
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
