import { andThen, attempt } from '../../base/awaitable.ts'
import type { Exchange } from '../../contracts/exchange.ts'
import type { FoundSession } from '../../contracts/tracker.ts'
import type { MountedSession } from '../../definition/mounted-session.ts'
import { storedValue } from '../../definition/codec.ts'
import type { AnyDefinition, DefinitionOf } from '../../definition/definition.ts'
import { checkSize } from '../../definition/check-size.ts'
import { SessionGoneError } from '../../errors.ts'
import { commit } from '../../request/commit.ts'
import type { Mount } from '../../mount/mount.ts'
import { versionOf } from '../../mount/session-version.ts'
import type { SessionWatch } from '../../mount/session-watch.ts'
import { isDue, renewNow } from '../../request/renew.ts'
import { SessionState } from '../../request/session-state.ts'
import { issueTicket } from '../../mount/tickets.ts'
import type { GoneReason, WatchListener } from '../../mount/watch-listeners.ts'
import { update } from '../../request/update.ts'
import type { AttachableSocket, Connection } from './connection.ts'

/** IANA's WebSocket close codes: "Unauthorized". */
const UNAUTHORIZED = 3000
/** RFC 6455 7.4.1: the server shuts down. */
const GOING_AWAY = 1001

type Listener = (definition: AnyDefinition, reason: GoneReason) => unknown

/** What counts as activity, and renews the sessions: nothing, messages of the client, or an interval in milliseconds. */
export type SocketTouch = 'never' | 'on-message' | number

/** `full`: the session has as many sockets as it may have. */
type WatchOutcome = 'watched' | 'absent' | 'full'

export class SocketConnection implements Connection {
  readonly #mount: Mount
  readonly #exchange: Exchange
  readonly #touch: SocketTouch
  readonly #watches = new Map<MountedSession, SessionWatch>()
  /** Called when the connection closes. */
  readonly #cleanups: (() => void)[] = []
  readonly #listeners: Record<'change' | 'gone', Set<Listener>> = { change: new Set(), gone: new Set() }
  #socket: AttachableSocket | undefined
  /** How to close the socket, also one that is attached later. */
  #end: readonly [code: number, reason: string] | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(mount: Mount, exchange: Exchange, touch: SocketTouch) {
    this.#mount = mount
    this.#exchange = exchange
    this.#touch = touch
  }

  /** Watches a session that was read, until the connection closes, unless `limit` sockets are open for it. */
  async watch(mounted: MountedSession, session: FoundSession, limit: number): Promise<WatchOutcome> {
    if (storedValue(mounted.codec, session.text) === undefined) return 'absent'
    const release = this.#mount.sockets.acquire(mounted, session, limit)
    if (!release) return 'full'
    this.#onClose(release)
    let version = versionOf(session)
    const listener: WatchListener = {
      changed: (now) => {
        const before = version
        version = versionOf(now)
        if (version !== before) this.#emit('change', mounted)
      },
      gone: (reason) => {
        this.#finish(UNAUTHORIZED, `session ${reason}`)
        this.#emit('gone', mounted, reason)
      },
      closed: () => this.#finish(GOING_AWAY, 'going away'),
      report: (error) => this.#exchange.report(error),
    }
    const watch = await this.#mount.watches.listen(mounted, session, listener)
    if (!watch) return 'absent'
    version = versionOf(watch.session)
    this.#watches.set(mounted, watch)
    this.#onClose(() => watch.remove(listener))
    return 'watched'
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Starts the timer of `touch`. `onClose` is called once, at the first `close`. */
  opened(onClose: () => void): void {
    this.#onClose(onClose)
    if (typeof this.#touch !== 'number') return
    this.#timer = setInterval(() => this.#renew(true), this.#touch)
    this.#timer.unref()
  }

  async get<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined> {
    const mounted = this.#mount.get(definition)
    const session = await this.#watches.get(mounted)?.current()
    return session ? (storedValue(mounted.codec, session.text) as T | undefined) : undefined
  }

  async update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R> {
    const mounted = this.#mount.get(definition)
    const watch = this.#watches.get(mounted)
    const { name } = mounted
    // Against a stale copy, a real change can look like none, and be lost.
    await watch?.reload()
    if (watch?.isGone) throw new SessionGoneError(`session '${name}' has ended while the socket was open`, name)
    const state = this.#stateOf(mounted, watch)
    try {
      const value = await update(state, change as (value: object | undefined) => unknown)
      if (state.destroyRequested) await commit([state], true)
      watch?.accept(state.found)
      return value as R
    } catch (error) {
      if (error instanceof SessionGoneError) watch?.accept('gone')
      throw error
    }
  }

  async ticket<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>): Promise<string> {
    const mounted = this.#mount.get(definition)
    const text = mounted.codec.write(value)
    checkSize(mounted, text)
    return issueTicket(mounted, 'login', text)
  }

  on(event: 'change' | 'gone', listener: Listener): void {
    this.#listeners[event].add(listener)
  }

  off(event: 'change' | 'gone', listener: Listener): void {
    this.#listeners[event].delete(listener)
  }

  attach(socket: AttachableSocket): void {
    this.#socket = socket
    // `close` follows each error; a frame that violates the protocol must not end the process.
    socket.on('error', () => {})
    socket.on('close', () => this.close())
    if (this.#touch === 'on-message') socket.on('message', () => this.#renew(false))
    this.#closeSocket()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const cleanup of this.#cleanups) cleanup()
  }

  #onClose(cleanup: () => void): void {
    if (this.#isClosed) cleanup()
    else this.#cleanups.push(cleanup)
  }

  #finish(code: number, reason: string): void {
    if (this.#end) return
    this.#end = [code, reason]
    this.#closeSocket()
  }

  /** Reports an error of the socket, which may be closed already, so that the listeners are still called. */
  #closeSocket(): void {
    try {
      if (this.#end) this.#socket?.close(...this.#end)
    } catch (error) {
      this.#exchange.report(error)
    }
  }

  #emit(event: 'change' | 'gone', mounted: MountedSession, reason: GoneReason = 'ended'): void {
    const definition = this.#mount.definitions.get(mounted) as AnyDefinition
    for (const listener of [...this.#listeners[event]]) {
      void andThen(
        attempt(() => listener(definition, reason)),
        (outcome) => 'failure' in outcome && this.#exchange.report(outcome.failure),
      )
    }
  }

  /** Sessions by value are not renewed: the client would need a new token. @param always Whether a renewal is due or not. */
  #renew(always: boolean): void {
    for (const [mounted, watch] of this.#watches) {
      if (!mounted.tracker.byId || watch.isGone) continue
      const state = this.#stateOf(mounted, watch)
      if (always || isDue(state, watch.session)) void this.#renewOne(state, watch)
    }
  }

  async #renewOne(state: SessionState, watch: SessionWatch): Promise<void> {
    try {
      await watch.renewal.run(async () => {
        await renewNow(state)
        watch.accept(state.found)
      })
    } catch (error) {
      this.#exchange.report(error)
    }
  }

  #stateOf(mounted: MountedSession, watch: SessionWatch | undefined): SessionState {
    const { events, queue } = this.#mount
    return new SessionState(mounted, this.#exchange, events, queue, watch?.session ?? null)
  }
}
