import { andThen, attempt } from '../base/awaitable.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { AnyDefinition, DefinitionOf } from '../definition/definition.ts'
import { SessionGoneError } from '../errors.ts'
import { commit } from '../session/commit.ts'
import type { Follower, Following, GoneReason } from '../session/following.ts'
import type { Mount } from '../session/mount.ts'
import { isDue, renewNow } from '../session/renew.ts'
import { SocketState } from '../session/socket-state.ts'
import { storedValue } from '../session/stored-value.ts'
import { issueTicket } from '../session/tickets.ts'
import { update } from '../session/update.ts'
import type { AttachableSocket, Connection } from './connection.ts'

/** IANA's WebSocket close codes: "Unauthorized". */
const UNAUTHORIZED = 3000
/** RFC 6455 7.4.1: the server goes down. */
const GOING_AWAY = 1001

type Listener = (definition: AnyDefinition, reason: GoneReason) => unknown

/** What counts as activity, and so renews the sessions: nothing, the messages of the client, or that much time. */
export type SocketTouch = 'never' | 'on-message' | number

/** Whether a session is followed now, is not there, or has as many sockets as it may have. */
type Followed = 'followed' | 'absent' | 'full'

export class SocketSessions implements Connection {
  readonly #mount: Mount
  readonly #exchange: Exchange
  readonly #touch: SocketTouch
  readonly #followings = new Map<MountedSession, Following>()
  /** What is to be undone when the connection closes. */
  readonly #leaves: (() => void)[] = []
  readonly #listeners: Record<'change' | 'gone', Set<Listener>> = { change: new Set(), gone: new Set() }
  #socket: AttachableSocket | undefined
  /** What the socket is to be closed with, also if it is attached later. */
  #end: readonly [code: number, reason: string] | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(mount: Mount, exchange: Exchange, touch: SocketTouch) {
    this.#mount = mount
    this.#exchange = exchange
    this.#touch = touch
  }

  /** Follows a session that was read, from now on and as long as the connection is open, unless `limit` sockets do. */
  async follow(mounted: MountedSession, session: Tracked, limit: number): Promise<Followed> {
    if (storedValue(mounted, session) === undefined) return 'absent'
    const free = this.#mount.sockets.take(mounted, session, limit)
    if (!free) return 'full'
    this.#onClose(free)
    let version = versionOf(session)
    const follower: Follower = {
      changed: (now) => {
        const before = version
        version = versionOf(now)
        if (version !== before) this.#tell('change', mounted)
      },
      gone: (reason) => {
        this.#finish(UNAUTHORIZED, `session ${reason}`)
        this.#tell('gone', mounted, reason)
      },
      closed: () => this.#finish(GOING_AWAY, 'going away'),
      report: (error) => this.#exchange.report(error),
    }
    const following = await this.#mount.followings.follow(mounted, session, follower)
    if (!following) return 'absent'
    version = versionOf(following.session)
    this.#followings.set(mounted, following)
    this.#onClose(() => following.leave(follower))
    return 'followed'
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What there is to do when all are followed. `onClose` is called once, whoever closes. */
  opened(onClose: () => void): void {
    this.#onClose(onClose)
    if (typeof this.#touch !== 'number') return
    this.#timer = setInterval(() => this.#renew(true), this.#touch)
    this.#timer.unref()
  }

  async get<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined> {
    const mounted = this.#mount.get(definition)
    const session = await this.#followings.get(mounted)?.fresh()
    return session ? (storedValue(mounted, session) as T | undefined) : undefined
  }

  async update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R> {
    const mounted = this.#mount.get(definition)
    const following = this.#followings.get(mounted)
    const { name } = mounted
    // What was last seen may be overtaken: a change that looks like none would be lost, and one that ends it be wrong.
    await following?.reload()
    if (following?.isGone) throw new SessionGoneError(`session '${name}' has ended while the socket was open`, name)
    const state = this.#stateOf(mounted, following)
    try {
      const value = await update(state, change as (value: object | undefined) => unknown)
      if (state.doomed) await commit([state], true)
      following?.see(state.found)
      return value as R
    } catch (error) {
      if (error instanceof SessionGoneError) following?.see('gone')
      throw error
    }
  }

  async ticket<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>): Promise<string> {
    const mounted = this.#mount.get(definition)
    return issueTicket(mounted, 'login', mounted.codec.write(value))
  }

  on(event: 'change' | 'gone', listener: Listener): void {
    this.#listeners[event].add(listener)
  }

  off(event: 'change' | 'gone', listener: Listener): void {
    this.#listeners[event].delete(listener)
  }

  attach(socket: AttachableSocket): void {
    this.#socket = socket
    // Each is followed by `close`; a frame that breaks the protocol must not end the process.
    socket.on('error', () => {})
    socket.on('close', () => this.close())
    if (this.#touch === 'on-message') socket.on('message', () => this.#renew(false))
    this.#close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const leave of this.#leaves) leave()
  }

  #onClose(leave: () => void): void {
    if (this.#isClosed) leave()
    else this.#leaves.push(leave)
  }

  #finish(code: number, reason: string): void {
    if (this.#end) return
    this.#end = [code, reason]
    this.#close()
  }

  /** A socket that cannot be closed, since it is closed already say, is no reason to tell its listeners nothing. */
  #close(): void {
    try {
      if (this.#end) this.#socket?.close(...this.#end)
    } catch (error) {
      this.#exchange.report(error)
    }
  }

  #tell(event: 'change' | 'gone', mounted: MountedSession, reason: GoneReason = 'ended'): void {
    const definition = this.#mount.definitions.get(mounted) as AnyDefinition
    for (const listener of [...this.#listeners[event]]) {
      void andThen(
        attempt(() => listener(definition, reason)),
        (told) => 'failure' in told && this.#exchange.report(told.failure),
      )
    }
  }

  /** By value it would take a new token. `always`: due or not. */
  #renew(always: boolean): void {
    for (const [mounted, following] of this.#followings) {
      if (!mounted.tracker.byId || following.isGone) continue
      const state = this.#stateOf(mounted, following)
      if (always || isDue(state, following.session)) void this.#renewOne(state, following)
    }
  }

  async #renewOne(state: SocketState, following: Following): Promise<void> {
    try {
      await following.renewBy(async () => {
        await renewNow(state)
        following.see(state.found)
      })
    } catch (error) {
      this.#exchange.report(error)
    }
  }

  #stateOf(mounted: MountedSession, following: Following | undefined): SocketState {
    return new SocketState(this.#mount, mounted, this.#exchange, following?.session ?? null)
  }
}

function versionOf({ row }: Tracked): number {
  return row?.record.version ?? 0
}
