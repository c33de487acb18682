import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionStorageError } from '../errors.ts'
import { absoluteDeadline } from '../base/expiry.ts'

/** How long it may take until a change is seen where the storage does not tell of it, in milliseconds. */
const UNTOLD = 500
/** How long it may take where the storage does tell, but its message was lost. */
const TOLD = 25_000
/** How often followers are told that the session is still followed. */
const BEAT = 25_000
/** For how long a session is not renewed again after a renewal has failed. */
const REST = 1000

/** `expired`: a deadline has passed. `ended`: cleared, revoked, or another id took over; a storage cannot tell which. */
export type GoneReason = 'ended' | 'expired'

/** One of those who follow a session. What a method throws is given to `report`, and the others are told all the same. */
export interface Follower {
  /** The session was written or renewed: as it is now. Not called for what a later state has overtaken. */
  changed(session: Tracked): void
  /** The session is gone. Called once, and nothing is told afterwards. */
  gone(reason: GoneReason): void
  /** The middleware was closed, and the session is not followed any more; it may well live. */
  closed(): void
  /** Called every 25 s while the session is followed: a sign of life is due. */
  beat?(): void
  report(error: unknown): void
}

/**
 * One session, followed until it is gone, for all who follow it in this process: one watch, or one read at a time where the storage
 * cannot watch. It is started for the first follower and stopped with the last. Only reads: neither renews the session nor uses up
 * its flash.
 *
 * The storage tells of changes where it has `watch`; each message only makes it look, so that one more or one less does no
 * harm. One timer stands for all the rest: the next look, at the session's deadline at the latest. It keeps no process alive.
 * A storage that fails does not end a session; that its deadline has passed does.
 */
export class Following {
  readonly #mounted: MountedSession
  readonly #onEnd: () => void
  readonly #followers = new Set<Follower>()
  /** How many wait for the start. */
  #joining = 0
  #started: Promise<void> | undefined
  #session: Tracked
  #state: 'starting' | 'following' | 'gone' | 'stopped' = 'starting'
  #unwatch: (() => Promise<void>) | undefined
  #timer: NodeJS.Timeout | undefined
  #beat: NodeJS.Timeout | undefined
  #looking = false
  #lookAgain = false
  #failed = false
  #isRenewing = false
  #failedToRenewAt = Number.NEGATIVE_INFINITY

  /** `onEnd` is called, once or more, when it follows no longer. */
  constructor(mounted: MountedSession, session: Tracked, onEnd: () => void) {
    this.#mounted = mounted
    this.#session = session
    this.#onEnd = onEnd
  }

  /**
   * Tells a follower of the session from now on, which it has read as `session`; `false` where the session is gone already. Those who
   * come while it starts wait for the same start.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where the storage cannot be asked now, or the middleware is closed: the
   *   session may well live.
   */
  async join(session: Tracked, follower: Follower): Promise<boolean> {
    this.#joining++
    try {
      await (this.#started ??= this.#start())
    } finally {
      this.#joining--
    }
    this.see(session)
    if (this.#state === 'gone') return false
    if (this.#state === 'stopped') throw closedError(this.#mounted)
    this.#followers.add(follower)
    return true
  }

  /** Tells a follower nothing any more. */
  leave(follower: Follower): void {
    if (!this.#followers.delete(follower) || this.#followers.size + this.#joining > 0) return
    if (this.#state === 'following') this.#stop()
  }

  /** The session as it was last seen. */
  get session(): Tracked {
    return this.#session
  }

  get isGone(): boolean {
    return this.#state === 'gone'
  }

  /**
   * The session as it is: as last seen where the storage tells of each change, and asked for otherwise. `null`: gone.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where it must be asked for and cannot.
   */
  async fresh(): Promise<Tracked | null> {
    const isTold = this.#state === 'following' && this.#unwatch !== undefined && !this.#failed && !this.#looking
    return isTold && !this.#isPast() ? this.#session : this.reload()
  }

  /** The session as the storage has it now, whatever was told. Otherwise as {@link fresh}. */
  async reload(): Promise<Tracked | null> {
    if (this.#state === 'gone') return null
    const { tracker } = this.#mounted
    this.see(await tracker.load(tracker.token(this.#session), true))
    return this.isGone ? null : this.#session
  }

  /** Takes in what was just read or written; anything but a session says that it is gone. */
  see(seen: Tracked | { readonly refused: unknown } | 'gone' | null): void {
    if (this.#state === 'gone') return
    if (seen === null || seen === 'gone' || seen.refused !== undefined) return this.#end()
    const { version, expiresAt } = stateOf(this.#session)
    const now = stateOf(seen as Tracked)
    // Answers may overtake one another.
    if (now.version < version || (now.version === version && now.expiresAt <= expiresAt)) return
    this.#session = seen as Tracked
    if (this.#state !== 'following') return
    this.#schedule()
    this.#tell((follower) => follower.changed(this.#session))
  }

  /** Renews the session by `work`, unless that is being done already, or has failed within the last second. */
  async renewBy(work: () => Promise<void>): Promise<void> {
    const since = this.#mounted.clock() - this.#failedToRenewAt
    if (this.#isRenewing || (since >= 0 && since < REST)) return
    this.#isRenewing = true
    try {
      await work()
    } catch (error) {
      this.#failedToRenewAt = this.#mounted.clock()
      throw error
    } finally {
      this.#isRenewing = false
    }
  }

  /** Lets all followers go: the middleware is closed. */
  close(): void {
    if (this.#state !== 'starting' && this.#state !== 'following') return
    this.#stop()
    this.#tell((follower) => follower.closed())
    this.#followers.clear()
  }

  async #start(): Promise<void> {
    const { tracker } = this.#mounted
    try {
      // Before it is read, so that nothing is missed in between.
      this.#unwatch = await tracker.watch?.(this.#session, (what) => this.#told(what))
      if (this.#state === 'starting') this.see(await tracker.load(tracker.token(this.#session), false))
    } catch (error) {
      this.#stop()
      throw error
    }
    // It may have ended meanwhile, when there was no watch yet to be ended.
    if (this.#state !== 'starting') return this.#release()
    this.#state = 'following'
    this.#beat = setInterval(() => this.#tell((follower) => follower.beat?.()), BEAT)
    this.#beat.unref()
    if (this.#lookAgain) void this.#look()
    else this.#schedule()
  }

  #told(what: 'changed' | 'gone'): void {
    if (this.#state === 'gone' || this.#state === 'stopped') return
    if (what === 'gone') this.#end()
    else if (this.#state === 'starting') this.#lookAgain = true
    else void this.#look()
  }

  /** One look at a time; what is told while it lasts is looked at afterwards. */
  async #look(): Promise<void> {
    this.#lookAgain = true
    if (this.#looking) return
    this.#looking = true
    const { tracker } = this.#mounted
    while (this.#lookAgain && this.#state === 'following') {
      this.#lookAgain = false
      try {
        const seen = await tracker.load(tracker.token(this.#session), false)
        this.#failed = false
        if (this.#state === 'following') this.see(seen)
      } catch {
        this.#failed = true
        if (this.#isPast()) this.#end()
      }
    }
    this.#looking = false
    this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#state !== 'following') return
    const { tracker, clock } = this.#mounted
    // By value without revocations nothing but the deadline can end it.
    const isTold = this.#unwatch !== undefined || (!tracker.byId && !tracker.revoke)
    const pause = isTold && !this.#failed ? TOLD : UNTOLD
    const wait = Math.max(1, Math.min(pause, this.#deadline() - clock()))
    this.#timer = setTimeout(() => void this.#look(), wait)
    this.#timer.unref()
  }

  #deadline(): number {
    const { createdAt, expiresAt } = this.#session
    return Math.min(expiresAt, absoluteDeadline(this.#mounted.lifetimes, createdAt))
  }

  #isPast(): boolean {
    return this.#deadline() <= this.#mounted.clock()
  }

  #end(): void {
    this.#state = 'gone'
    this.#release()
    const reason = this.#isPast() ? 'expired' : 'ended'
    this.#tell((follower) => follower.gone(reason))
    this.#followers.clear()
  }

  #stop(): void {
    this.#state = 'stopped'
    this.#release()
  }

  #release(): void {
    this.#onEnd()
    clearTimeout(this.#timer)
    clearInterval(this.#beat)
    const unwatch = this.#unwatch
    this.#unwatch = undefined
    // A connection that fails watches nothing.
    unwatch?.().catch(() => undefined)
  }

  /** Errors are reported when all have been told: a listener of the app's may throw, too. */
  #tell(call: (follower: Follower) => void): void {
    const failures: (readonly [follower: Follower, error: unknown])[] = []
    for (const follower of [...this.#followers]) {
      // One that was just told may have made another one leave, or ended the session.
      if (!this.#followers.has(follower)) continue
      try {
        call(follower)
      } catch (error) {
        failures.push([follower, error])
      }
    }
    for (const [follower, error] of failures) follower.report(error)
  }
}

export function closedError({ name }: MountedSession): SessionStorageError {
  return new SessionStorageError(`the middleware of session '${name}' is closed: nothing follows it any more`, name)
}

function stateOf({ row, expiresAt }: Tracked): { readonly version: number; readonly expiresAt: number } {
  return { version: row?.record.version ?? 0, expiresAt }
}
