/** One autorun: a function that runs again when something that it has read changes. Created by `autorun`. */
export interface Computation {
  /** Whether this is the first run. */
  readonly firstRun: boolean
  /** Whether something that it has read has changed since the last run. */
  readonly invalidated: boolean
  /** Whether it has been stopped. It will not run again. */
  readonly stopped: boolean
  /** Settles like the result of the first run: for an `async` function, when that is done. */
  readonly firstRunPromise: Promise<void>
  /** Reruns it in the next flush. The message of an `ERR_REACTIVE_LOOP` names `reason`. */
  invalidate(reason?: string): void
  /** Stops it, and all autoruns that it has created. */
  stop(): void
  /** Calls `f` once, synchronously at the next change or stop, before the flush. An error in `f` is reported. */
  onInvalidate(f: (computation: Computation) => void): void
  /** Calls `f` once, when it stops. An error in `f` is reported. */
  onStop(f: (computation: Computation) => void): void
}
