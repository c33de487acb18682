/** One autorun: a function that runs again when something that it has read changes. Made by `autorun`. */
export interface Computation {
  /** Whether it runs for the first time. */
  readonly firstRun: boolean
  /** Whether something that it has read has changed since it ran. */
  readonly invalidated: boolean
  /** Whether it is over: it will not run again. */
  readonly stopped: boolean
  /** Settles as what the first run has returned does: for an `async` function, when it has come to its end. */
  readonly firstRunPromise: Promise<void>
  /** Has it run again in the next flush. `reason` is named where it turns out that it would do so for ever. */
  invalidate(reason?: string): void
  /** Ends it, and all autoruns that began inside. */
  stop(): void
  /** Calls `f` once, at the next change or stop: at once, not in the flush. What throws there is reported. */
  onInvalidate(f: (computation: Computation) => void): void
  /** Calls `f` once, when it stops. What throws there is reported. */
  onStop(f: (computation: Computation) => void): void
}
