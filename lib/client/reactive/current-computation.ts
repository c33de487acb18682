import type { Computation } from './computation.ts'

let current: Computation | undefined

/** The running computation, which depends on everything that is read now; `undefined` outside an autorun. */
export function currentComputation(): Computation | undefined {
  return current
}

/** Runs `f` with that computation, or none, as the current one. */
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
 * Runs `f` without making the surrounding autorun depend on what it reads.
 *
 * @example
 * const session = new ReactiveSession<{ selected: string; theme: string }>('leaderboard')
 * autorun(() => report([session.get('selected'), nonreactive(() => session.get('theme'))]))
 */
export function nonreactive<R>(f: () => R): R {
  return runAs(undefined, f)
}
