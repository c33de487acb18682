import { autorun } from './autorun.ts'
import { nonreactive } from './current.ts'
import type { ReactiveValues } from './reactive-values.ts'

/**
 * The two forms of `subscribe`: `[key, listener]` and `[listener]`. Calls the listener with the value, or with what `all`
 * gives, now and whenever it changes.
 */
export function listen(values: ReactiveValues, all: () => unknown, args: unknown[]): () => void {
  const listener = args.pop() as (value: unknown) => void
  const computation = nonreactive(() =>
    autorun(() => {
      const value = args.length > 0 ? values.get(String(args[0])) : all()
      nonreactive(() => listener(value))
    }),
  )
  return () => computation.stop()
}
