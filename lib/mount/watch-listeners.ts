import type { FoundSession } from '../contracts/tracker.ts'

/** `expired`: a deadline has passed. `ended`: cleared, revoked or given another id; a storage cannot tell these apart. */
export type GoneReason = 'ended' | 'expired'

/** Receives the changes of a watched session. An error that a method throws goes to `report`; the other listeners are still called. */
export interface WatchListener {
  /** The session was written or renewed. Not called for a state that is older than one already seen. */
  changed(session: FoundSession): void
  /** The session is gone. Called once, and as the last call. */
  gone(reason: GoneReason): void
  /** The middleware was closed, which ends the watch but not the session. */
  closed(): void
  /** Called every 25 s while the session is watched, for streams that send a heartbeat. */
  beat?(): void
  report(error: unknown): void
}

export class WatchListeners {
  readonly #listeners = new Set<WatchListener>()

  get size(): number {
    return this.#listeners.size
  }

  add(listener: WatchListener): void {
    this.#listeners.add(listener)
  }

  /** Whether the listener was there. */
  remove(listener: WatchListener): boolean {
    return this.#listeners.delete(listener)
  }

  /** Calls each listener, and reports their errors afterwards: `report` calls a listener of the app, which may throw too. */
  notify(call: (listener: WatchListener) => void): void {
    const failures: (readonly [listener: WatchListener, error: unknown])[] = []
    for (const listener of [...this.#listeners]) {
      // A listener that was just called may have removed another one, or ended the session.
      if (!this.#listeners.has(listener)) continue
      try {
        call(listener)
      } catch (error) {
        failures.push([listener, error])
      }
    }
    for (const [listener, error] of failures) listener.report(error)
  }

  /** Calls each listener for the last time. */
  finish(call: (listener: WatchListener) => void): void {
    this.notify(call)
    this.#listeners.clear()
  }
}
