import { SessionClientError } from '../errors.ts'
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
    if (typeof f !== 'function') throw new TypeError('autorun() takes a function')
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
    // `#run` has already passed the rejection to `onError`.
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

  perform(): void {
    if (!this.stopped) callSafely(() => void this.#run(), this.#onError)
  }

  giveUp(reason: Error): void {
    this.stop()
    callSafely(() => this.#onError(reason))
  }

  /** Throws what the function throws. A rejection of an `async` function goes to `onError`. */
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

/** The options of `autorun`. */
export interface AutorunOptions {
  /**
   * Called with the error that a later run throws, with the rejection of an `async` function, and with a
   * `SessionClientError` (`ERR_REACTIVE_LOOP`) when the autorun is stopped because of a loop. Default: `reportError`;
   * without it, the page's `error` event or the console.
   */
  readonly onError?: (error: unknown) => void
}

/**
 * Runs `f` immediately, and again after a change of anything that it has read from a store: in a microtask, once for any
 * number of changes. An error in a later run goes to `onError`, and affects neither other autoruns nor the code that made
 * the change.
 *
 * An `async` function depends on what it reads before its first `await`, and after it on what it reads inside
 * `withComputation`. An autorun that is created inside another one stops when the outer one runs again.
 *
 * An autorun that keeps causing itself to rerun, directly or through others, is stopped: after 5,000 runs that each caused
 * the next one. If they do so across microtasks, each run soon gets its own task, and the limit is 100.
 *
 * @throws Whatever the first run of `f` throws. The autorun is stopped then.
 * @throws TypeError if `f` is not a function.
 * @example
 * const session = new ReactiveSession<{ selected: string }>('leaderboard')
 * const computation = autorun(() => (document.title = session.get('selected') ?? 'nobody'))
 * computation.stop()
 */
export function autorun(f: (computation: Computation) => unknown, options: AutorunOptions = {}): Computation {
  return new Autorun(f, options.onError)
}

/**
 * Makes the computation depend on what `f` reads. An `async` autorun needs it after an `await`.
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
 * Calls `f` once, when the running autorun is invalidated or stops. Use it to clean up.
 *
 * @throws SessionClientError (`ERR_REACTIVE_CONTEXT`) outside an autorun.
 * @example
 * const session = new ReactiveSession<{ interval: number }>('clock')
 * autorun(() => {
 *   const timer = setInterval(() => report('tick'), session.get('interval'))
 *   onInvalidate(() => clearInterval(timer))
 * })
 */
export function onInvalidate(f: (computation: Computation) => void): void {
  const computation = currentComputation()
  if (!computation)
    throw new SessionClientError('ERR_REACTIVE_CONTEXT', 'onInvalidate() outside an autorun: call it inside one')
  computation.onInvalidate(f)
}
