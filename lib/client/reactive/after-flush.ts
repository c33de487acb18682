import { SessionClientError } from '../errors.ts'
import { enqueueCallback } from './flush.ts'
import { callSafely, report } from './report.ts'

/** A callback is dropped if this many before it have each added the next one. */
const NESTED = 1_000

/** How many callbacks, up to the running one, have each added the next one. */
let nesting = 0

/**
 * Calls `f` once, when no autorun is pending. Autoruns that one callback invalidates run before the next callback. An error
 * in `f` is reported, and does not affect other callbacks.
 */
export function afterFlush(f: () => void): void {
  const own = nesting + 1
  enqueueCallback(() => {
    if (own >= NESTED) {
      report(
        new SessionClientError(
          'ERR_REACTIVE_LOOP',
          'afterFlush loop: each callback adds another one, so the last was dropped. Add one only if work is left',
        ),
      )
      return
    }
    nesting = own
    callSafely(f)
    nesting = 0
  })
}
