/** Why an autorun waits to run again. */
export interface Cause {
  /** The autorun whose run made the change, if any. */
  readonly by: Caused | undefined
  /** The name of the key that was changed. */
  readonly key: string
  /** How many runs there were in a row of which each caused the next one. */
  readonly depth: number
}

/** What runs for a reason: an autorun. */
export interface Caused {
  /** The name of its function; empty if that has none. */
  readonly label: string
  readonly cause: Cause
  readonly stopped: boolean
  /** Stops it, and tells its owner why. */
  giveUp(reason: Error): void
}

export function causeBy(by: Caused | undefined, key: string): Cause {
  return { by, key, depth: by ? by.cause.depth + 1 : 0 }
}

/** So often must a loop have turned, however many autoruns are in it. */
const TURNS = 10

const givenUp = new WeakSet<Caused>()

/**
 * Gives up an autorun that causes itself to run, over others or at once, where this one has come at the end of so many
 * runs that caused each other. Those that only watch a loop are not in it: they cause nothing. A long chain is none.
 */
export function breakLoop(from: Caused, depth: number): void {
  if (from.cause.depth === 0 || from.cause.depth % depth !== 0) return
  const path = new Set<Caused>()
  let at: Caused | undefined = from
  for (; at && !path.has(at); at = at.cause.by) path.add(at)
  if (!at) return
  const loop = [...path].slice([...path].indexOf(at))
  // Autoruns run in the order of their depth, so one that is far behind belongs to a loop that has come to rest.
  const isAtRest = from.cause.depth - at.cause.depth > loop.length
  if (isAtRest || from.cause.depth < TURNS * loop.length || loop.some((each) => givenUp.has(each))) return
  // One that the outer autorun has stopped, to make another one, is in the loop all the same.
  const found = loop.find(({ stopped }) => !stopped)
  if (!found) return
  givenUp.add(found)
  found.giveUp(new Error(message(found, loop)))
}

function message({ label }: Caused, loop: readonly Caused[]): string {
  const keys = loop.toReversed().map(({ cause }) => JSON.stringify(cause.key))
  const named = keys.length > 5 ? [...keys.slice(0, 5), `${keys.length - 5} more`] : keys
  return (
    `autoruns run in a circle: the autorun ${label ? `'${label}' ` : ''}changes what makes it run (${named.join(', then ')}) ` +
    'without end, so it was stopped. Set a key only where its value differs, or read it with nonreactive()'
  )
}
