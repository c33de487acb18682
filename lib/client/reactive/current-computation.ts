import type { Computation } from './computation.ts'

let current: Computation | undefined

/** The computation that runs right now: what is read is what it depends on. */
export function currentComputation(): Computation | undefined {
  return current
}

/** Runs `f` as a part of that computation, or of none. */
export function runAs<R>(computation: Computation | undefined, f: () => R): R {
  const previous = current
  current = computation
  try {
    return f()
  } finally {
    current = previous
  }
}

/**
 * What `f` reads does not make the autorun around it depend on it.
 *
 * @example
 * const session = new ReactiveSession<{ selected: string; theme: string }>('leaderboard')
 * autorun(() => report([session.get('selected'), nonreactive(() => session.get('theme'))]))
 */
export function nonreactive<R>(f: () => R): R {
  return runAs(undefined, f)
}
