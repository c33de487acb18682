import { autorun } from './autorun.ts'
import { nonreactive } from './current.ts'

/** Calls the listener with what `read` gives, now and whenever it changes. */
export function listen<V>(read: () => V, listener: (value: V) => void): () => void {
  const computation = nonreactive(() =>
    autorun(() => {
      const value = read()
      nonreactive(() => listener(value))
    }),
  )
  return () => computation.stop()
}
