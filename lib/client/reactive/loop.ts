import { SessionClientError } from '../errors.ts'

/** Why an autorun is to run again. */
export interface Cause {
  /** The autorun that made the change, if any. */
  readonly by: Caused | undefined
  /** The name of the key that was changed. */
  readonly key: string
  /** How many runs in a row have each caused the next one. */
  readonly depth: number
}

/** An autorun, as the search for loops sees it. */
export interface Caused {
  /** The name of its function; empty for an anonymous one. */
  readonly label: string
  readonly cause: Cause
  readonly stopped: boolean
  /** Stops it, and passes the reason to its `onError`. */
  giveUp(reason: Error): void
}

export function causeBy(by: Caused | undefined, key: string): Cause {
  return { by, key, depth: by ? by.cause.depth + 1 : 0 }
}

/** A loop counts as endless after this many rounds, however many autoruns it has. */
const ROUNDS = 10

const givenUp = new WeakSet<Caused>()

/**
 * Stops an autorun that causes itself to rerun, directly or through others. Searches only when `from` is at the end of a
 * multiple of `depth` runs that caused each other. An autorun that only watches a loop causes nothing, so it is not part of
 * it. A long chain without repetition is not a loop.
 */
export function breakLoop(from: Caused, depth: number): void {
  if (from.cause.depth === 0 || from.cause.depth % depth !== 0) return
  const path = new Set<Caused>()
  let at: Caused | undefined = from
  for (; at && !path.has(at); at = at.cause.by) path.add(at)
  if (!at) return
  const loop = [...path].slice([...path].indexOf(at))
  // Autoruns run in the order of their depth, so a run that is more than a round behind belongs to a loop that has settled.
  const hasSettled = from.cause.depth - at.cause.depth > loop.length
  if (hasSettled || from.cause.depth < ROUNDS * loop.length || loop.some((each) => givenUp.has(each))) return
  // An outer autorun stops the inner ones when it reruns. They are still part of the loop.
  const found = loop.find(({ stopped }) => !stopped)
  if (!found) return
  givenUp.add(found)
  found.giveUp(new SessionClientError('ERR_REACTIVE_LOOP', message(found, loop)))
}

function message({ label }: Caused, loop: readonly Caused[]): string {
  const keys = loop.toReversed().map(({ cause }) => JSON.stringify(cause.key))
  const named = keys.length > 5 ? [...keys.slice(0, 5), `${keys.length - 5} more`] : keys
  return (
    `autorun loop: ${label ? `'${label}'` : 'an autorun'} reruns itself through ${named.join(', then ')}, so it was stopped. ` +
    'Set a key only if its value differs, or read it with nonreactive()'
  )
}
