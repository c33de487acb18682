import type { Computation } from './computation.ts'
import { currentComputation, nonreactive, runAs } from './current-computation.ts'
import { enqueue } from './flush.ts'
import { causeBy, type Cause } from './loop.ts'
import { callSafely, report } from './report.ts'

type Callback = (computation: Computation) => void

class Autorun implements Computation {
  firstRun = true
  invalidated = false
  stopped = false
  readonly firstRunPromise: Promise<void>
  readonly label: string
  cause: Cause = causeBy(undefined, '')
  readonly #f: (computation: Computation) => unknown
  readonly #onError: (error: unknown) => void
  #whenInvalidated: Callback[] = []
  #whenStopped: Callback[] = []

  constructor(f: (computation: Computation) => unknown, onError: (error: unknown) => void = report) {
    if (typeof f !== 'function') throw new TypeError('autorun takes a function')
    this.label = f.name
    this.#f = f
    this.#onError = onError
    currentComputation()?.onInvalidate(() => this.stop())
    try {
      this.firstRunPromise = Promise.resolve(this.#run()).then(() => {})
    } catch (error) {
      this.stop()
      throw error
    }
    // Told to `onError` already, by `#run`.
    this.firstRunPromise.catch(() => {})
    this.firstRun = false
  }

  invalidate(reason = 'invalidate()'): void {
    if (this.invalidated) return
    this.invalidated = true
    if (!this.stopped) this.cause = enqueue(this, reason)
    this.#call(this.#whenInvalidated.splice(0))
  }

  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.invalidate()
    this.#call(this.#whenStopped.splice(0))
  }

  onInvalidate(f: Callback): void {
    if (this.invalidated) this.#call([f])
    else this.#whenInvalidated.push(f)
  }

  onStop(f: Callback): void {
    if (this.stopped) this.#call([f])
    else this.#whenStopped.push(f)
  }

  rerun(): void {
    if (!this.stopped) callSafely(() => void this.#run(), this.#onError)
  }

  giveUp(reason: Error): void {
    this.stop()
    callSafely(() => this.#onError(reason))
  }

  /** Throws an error of a function, and tells `onError` of one of an `async` function. */
  #run(): unknown {
    this.invalidated = false
    const result = runAs(this, () => this.#f(this))
    if (isThenable(result)) Promise.resolve(result).catch((error: unknown) => callSafely(() => this.#onError(error)))
    return result
  }

  #call(callbacks: Callback[]): void {
    for (const callback of callbacks) callSafely(() => nonreactive(() => callback(this)))
  }
}

function isThenable(result: unknown): boolean {
  return typeof (result as PromiseLike<unknown> | undefined)?.then === 'function'
}

/** What `autorun` takes besides the function. */
export interface AutorunOptions {
  /**
   * Called with an error that a later run throws, or that an `async` function rejects with, and with the one that says that
   * the autorun was stopped because of a loop. Default: `reportError`; without that, the page's `error` event or the console.
   */
  readonly onError?: (error: unknown) => void
}

/**
 * Runs `f` at once, and again when something changes that it has read from a store: in a microtask, once for any number of
 * changes. An error in a later run goes to `onError`. It affects neither other autoruns nor the code that made the change.
 *
 * An `async` function depends on what it reads before its first `await`, and inside `withComputation` after it. An
 * autorun inside another one stops when that one runs again.
 *
 * An autorun that makes itself run again without end, directly or over others, is stopped: after 5,000 runs that each caused
 * the next one. Where they do so over microtasks, each autorun soon runs in a task of its own, and is stopped after 100.
 *
 * @throws what the first run of `f` throws: then there is no autorun.
 * @throws TypeError where `f` is no function.
 * @example
 * const session = new ReactiveSession<{ selected: string }>('leaderboard')
 * const computation = autorun(() => (document.title = session.get('selected') ?? 'nobody'))
 * computation.stop()
 */
export function autorun(f: (computation: Computation) => unknown, options: AutorunOptions = {}): Computation {
  return new Autorun(f, options.onError)
}

/**
 * What `f` reads is read by that computation: for an `async` autorun, after an `await`.
 *
 * @example
 * const session = new ReactiveSession<{ selected: string; theme: string }>('leaderboard')
 * autorun(async (computation) => {
 *   const answer = await fetch(`/players/${session.get('selected')}`)
 *   report([await answer.json(), withComputation(computation, () => session.get('theme'))])
 * })
 */
export function withComputation<R>(computation: Computation, f: () => R): R {
  return runAs(computation, f)
}

/**
 * Calls `f` once, when the autorun that runs right now is to run again, or stops: where it cleans up.
 *
 * @throws Error where no autorun runs.
 * @example
 * const session = new ReactiveSession<{ interval: number }>('clock')
 * autorun(() => {
 *   const timer = setInterval(() => report('tick'), session.get('interval'))
 *   onInvalidate(() => clearInterval(timer))
 * })
 */
export function onInvalidate(f: (computation: Computation) => void): void {
  const computation = currentComputation()
  if (!computation) throw new Error('onInvalidate outside of an autorun')
  computation.onInvalidate(f)
}
