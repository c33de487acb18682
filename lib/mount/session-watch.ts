import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionStorageError } from '../errors.ts'
import { absoluteDeadline } from '../base/expiry.ts'
import { Poller } from './poller.ts'
import { RenewalGate } from './renewal-gate.ts'
import { isNewer } from './session-version.ts'
import { WatchListeners, type WatchListener } from './watch-listeners.ts'

/** Poll interval where the storage has no `watch`, in milliseconds. */
const POLL = 500
/** Poll interval where it has one, in case a message was lost. */
const SAFETY_POLL = 25_000
/** Interval of {@link WatchListener.beat}. */
const BEAT = 25_000

/**
 * Watches one session until it is gone, for all its listeners in this process: one watch of the storage, or one poll at a time where
 * the storage has no `watch`. Starts for the first listener and stops with the last. Only reads: it neither renews the session nor
 * uses up its flash.
 *
 * A message of the storage only triggers a read, so that a duplicate or lost message does no harm. One unref'ed timer polls,
 * and fires at the session's deadline at the latest. A failing storage does not end a session; a deadline that has passed does.
 */
export class SessionWatch {
  /** Shared by the sockets of the session. */
  readonly renewal: RenewalGate
  readonly #mounted: MountedSession
  readonly #onEnd: () => void
  readonly #listeners = new WatchListeners()
  readonly #poller = new Poller(
    () => this.#read(),
    () => this.#pollDelay(),
  )
  /** How many `add` calls wait for the start. */
  #joining = 0
  #started: Promise<void> | undefined
  #session: Tracked
  #state: 'starting' | 'watching' | 'gone' | 'stopped' = 'starting'
  #unwatch: (() => Promise<void>) | undefined
  #beat: NodeJS.Timeout | undefined
  #hasFailed = false

  /** @param onEnd Called when the watch ends, possibly more than once. */
  constructor(mounted: MountedSession, session: Tracked, onEnd: () => void) {
    this.#mounted = mounted
    this.#session = session
    this.#onEnd = onEnd
    this.renewal = new RenewalGate(mounted.clock)
  }

  /**
   * Adds a listener. Calls that come during the start wait for the same start.
   *
   * @param session As the caller has read it.
   * @returns `false` if the session is gone.
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if the storage cannot be read now, or the middleware is closed.
   */
  async add(session: Tracked, listener: WatchListener): Promise<boolean> {
    this.#joining++
    try {
      await (this.#started ??= this.#start())
    } finally {
      this.#joining--
    }
    this.accept(session)
    if (this.#state === 'gone') return false
    if (this.#state === 'stopped') throw closedError(this.#mounted)
    this.#listeners.add(listener)
    return true
  }

  remove(listener: WatchListener): void {
    if (!this.#listeners.remove(listener) || this.#listeners.size + this.#joining > 0) return
    if (this.#state === 'watching') this.#stop()
  }

  /** The last state seen. */
  get session(): Tracked {
    return this.#session
  }

  get isGone(): boolean {
    return this.#state === 'gone'
  }

  /**
   * The session as it is now: the last state seen if the storage reports each change, otherwise read again. `null` if it is gone.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if it must be read and cannot.
   */
  async current(): Promise<Tracked | null> {
    const isUpToDate =
      this.#state === 'watching' && this.#unwatch !== undefined && !this.#hasFailed && !this.#poller.isReading
    return isUpToDate && !this.#isPastDeadline() ? this.#session : this.reload()
  }

  /** As {@link current}, but always read from the storage. */
  async reload(): Promise<Tracked | null> {
    if (this.#state === 'gone') return null
    const { tracker } = this.#mounted
    this.accept(await tracker.load(tracker.token(this.#session), 'full'))
    return this.isGone ? null : this.#session
  }

  /** Takes over a state that was just read or written. `null`, `'gone'` and a refusal mean that the session is gone. */
  accept(seen: Tracked | { readonly refused: unknown } | 'gone' | null): void {
    if (this.#state === 'gone') return
    if (seen === null || seen === 'gone' || seen.refused !== undefined) return this.#end()
    const session = seen as Tracked
    // Answers may arrive out of order.
    if (!isNewer(session, this.#session)) return
    this.#session = session
    if (this.#state !== 'watching') return
    this.#poller.schedule()
    this.#listeners.notify((listener) => listener.changed(this.#session))
  }

  /** Ends the watch because the middleware is closed. */
  close(): void {
    if (this.#state !== 'starting' && this.#state !== 'watching') return
    this.#stop()
    this.#listeners.finish((listener) => listener.closed())
  }

  async #start(): Promise<void> {
    const { tracker } = this.#mounted
    try {
      // Watch first, then read: a change in between is not missed.
      this.#unwatch = await tracker.watch?.(this.#session, (what) => this.#onMessage(what))
      if (this.#state === 'starting') this.accept(await tracker.load(tracker.token(this.#session), 'brief'))
    } catch (error) {
      this.#stop()
      throw error
    }
    // It may have ended before there was an `#unwatch` to call.
    if (this.#state !== 'starting') return this.#release()
    this.#state = 'watching'
    this.#beat = setInterval(() => this.#listeners.notify((listener) => listener.beat?.()), BEAT)
    this.#beat.unref()
    this.#poller.start()
  }

  #onMessage(what: 'changed' | 'gone'): void {
    if (this.#state === 'gone' || this.#state === 'stopped') return
    if (what === 'gone') this.#end()
    else void this.#poller.poll()
  }

  async #read(): Promise<void> {
    const { tracker } = this.#mounted
    try {
      const seen = await tracker.load(tracker.token(this.#session), 'brief')
      this.#hasFailed = false
      if (this.#state === 'watching') this.accept(seen)
    } catch {
      this.#hasFailed = true
      if (this.#isPastDeadline()) this.#end()
    }
  }

  #pollDelay(): number {
    const { tracker, clock } = this.#mounted
    // A session by value without revocations ends at its deadline only.
    const isReported = this.#unwatch !== undefined || (!tracker.byId && !tracker.revoke)
    const interval = isReported && !this.#hasFailed ? SAFETY_POLL : POLL
    return Math.max(1, Math.min(interval, this.#deadline() - clock()))
  }

  #deadline(): number {
    const { createdAt, expiresAt } = this.#session
    return Math.min(expiresAt, absoluteDeadline(this.#mounted.lifetimes, createdAt))
  }

  #isPastDeadline(): boolean {
    return this.#deadline() <= this.#mounted.clock()
  }

  #end(): void {
    this.#state = 'gone'
    this.#release()
    const reason = this.#isPastDeadline() ? 'expired' : 'ended'
    this.#listeners.finish((listener) => listener.gone(reason))
  }

  #stop(): void {
    this.#state = 'stopped'
    this.#release()
  }

  #release(): void {
    this.#onEnd()
    this.#poller.stop()
    clearInterval(this.#beat)
    const unwatch = this.#unwatch
    this.#unwatch = undefined
    // A failed connection no longer watches anything.
    unwatch?.().catch(() => undefined)
  }
}

export function closedError({ name }: MountedSession): SessionStorageError {
  return new SessionStorageError(
    `the middleware of session '${name}' is closed, so the session can no longer be watched`,
    name,
  )
}
