import { autorun } from './autorun.ts'
import { nonreactive } from './current-computation.ts'
import type { ReactiveValues } from './reactive-values.ts'

type Listener = (value: unknown) => void

/**
 * Creates the `subscribe` of a store: `subscribe(listener)` for `all`, or `subscribe(key, listener)`. Ignores a second
 * function, which Svelte passes.
 */
export function subscribeTo(values: ReactiveValues, all: () => unknown) {
  return (first: unknown, second?: unknown): (() => void) =>
    typeof first === 'function'
      ? listen(all, first as Listener)
      : listen(() => values.get(first as string), second as Listener)
}

/** Calls the listener with the result of `read`, now and after each change. Returns a function that ends it. */
function listen(read: () => unknown, listener: Listener): () => void {
  if (typeof listener !== 'function') throw new TypeError('subscribe() takes a listener, or a key and a listener')
  const computation = nonreactive(() =>
    autorun(() => {
      const value = read()
      nonreactive(() => listener(value))
    }),
  )
  return () => computation.stop()
}
