import { autorun } from './autorun.ts'
import { nonreactive } from './current-computation.ts'
import type { ReactiveValues } from './reactive-values.ts'

type Listener = (value: unknown) => void

/**
 * The `subscribe` of a store. With a function first it listens to what `all` gives, whatever comes second: Svelte passes
 * another function there. Else it listens to a key.
 */
export function subscribeTo(values: ReactiveValues, all: () => unknown) {
  return (first: unknown, second?: unknown): (() => void) =>
    typeof first === 'function'
      ? listen(all, first as Listener)
      : listen(() => values.get(first as string), second as Listener)
}

/** Calls the listener with what `read` gives, now and whenever that changes, until the function that it gives is called. */
function listen(read: () => unknown, listener: Listener): () => void {
  if (typeof listener !== 'function') throw new TypeError('subscribe takes a listener, or a key and a listener')
  const computation = nonreactive(() =>
    autorun(() => {
      const value = read()
      nonreactive(() => listener(value))
    }),
  )
  return () => computation.stop()
}
