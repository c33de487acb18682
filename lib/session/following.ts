import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import { SessionStorageError } from '../errors.ts'
import { absoluteDeadline } from '../lifecycle/lifetimes.ts'
import type { Mount } from './mount.ts'

/** How long it may take until a change is seen where nobody tells of it, in milliseconds. */
const UNTOLD = 500
/** How long it may take where the storage does tell, but its message was lost. */
const TOLD = 25_000

/** `expired`: a deadline has passed. `ended`: cleared, revoked, or another id took over; a storage cannot tell which. */
export type GoneReason = 'ended' | 'expired'

/** What becomes of a session that is followed. */
export interface Follower {
  /** It was written, or renewed: as it is now. Not for what was overtaken by a later state. */
  changed(session: Tracked): void
  /** It is gone; once, and nothing is told afterwards. */
  gone(reason: GoneReason): void
  /** Nobody follows it any more, for the middleware was closed; it may well live. */
  closed(): void
}

/**
 * One session, followed until it is gone. Only reads: neither renews it nor uses up its flash.
 *
 * The storage tells of changes where it has `watch`; each message only makes it look, so that one more or one less does no
 * harm. One timer stands for all the rest: the next look, at the session's deadline at the latest. It keeps no process alive.
 * A storage that fails does not end a session; that its deadline has passed does.
 */
export class Following {
  readonly #mount: Mount
  readonly #mounted: MountedSession
  readonly #follower: Follower
  #session: Tracked
  #state: 'starting' | 'following' | 'gone' | 'stopped' = 'starting'
  #unwatch: (() => Promise<void>) | undefined
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #lookAgain = false
  #failed = false

  private constructor(mount: Mount, mounted: MountedSession, session: Tracked, follower: Follower) {
    this.#mount = mount
    this.#mounted = mounted
    this.#session = session
    this.#follower = follower
  }

  /**
   * Follows a session that was read; `null` where it is gone already.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where the storage cannot be asked now, or the middleware is closed: the
   *   session may well live.
   */
  static async start(
    mount: Mount,
    mounted: MountedSession,
    session: Tracked,
    follower: Follower,
  ): Promise<Following | null> {
    const following = new Following(mount, mounted, session, follower)
    return (await following.#start()) ? following : null
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
    this.#follower.changed(this.#session)
  }

  /** Follows no longer. Told nothing. */
  stop(): void {
    if (this.#state !== 'gone') this.#state = 'stopped'
    this.#release()
  }

  /** As {@link stop}, for the middleware is closed. */
  close(): void {
    const wasFollowing = this.#state === 'following'
    this.stop()
    if (wasFollowing) this.#follower.closed()
  }

  async #start(): Promise<boolean> {
    const { tracker } = this.#mounted
    if (this.#mount.isClosed) throw this.#closed()
    this.#mount.followings.add(this)
    try {
      // Before it is read, so that nothing is missed in between.
      this.#unwatch = await tracker.watch?.(this.#session, (what) => this.#told(what))
      if (this.#state === 'starting') this.see(await tracker.load(tracker.token(this.#session), false))
    } catch (error) {
      this.stop()
      throw error
    }
    if (this.#state !== 'starting') {
      this.#release()
      if (this.#state === 'stopped') throw this.#closed()
      return false
    }
    this.#state = 'following'
    if (this.#lookAgain) void this.#look()
    else this.#schedule()
    return true
  }

  #closed(): SessionStorageError {
    const { name } = this.#mounted
    return new SessionStorageError(`the middleware of session '${name}' is closed: nothing follows it any more`, name)
  }

  #told(what: 'changed' | 'gone'): void {
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
    const tells = this.#state === 'following'
    this.#state = 'gone'
    this.#release()
    if (tells) this.#follower.gone(this.#isPast() ? 'expired' : 'ended')
  }

  #release(): void {
    this.#mount.followings.delete(this)
    clearTimeout(this.#timer)
    const unwatch = this.#unwatch
    this.#unwatch = undefined
    // A connection that fails watches nothing.
    unwatch?.().catch(() => undefined)
  }
}

function stateOf({ row, expiresAt }: Tracked): { readonly version: number; readonly expiresAt: number } {
  return { version: row?.record.version ?? 0, expiresAt }
}
