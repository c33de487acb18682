import { isPromise, type Awaitable } from '../base/awaitable.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { resolvedDefinition } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError, SessionValueError } from '../errors.ts'
import { labelOf, type Mount, type SessionKey } from '../mount/mount.ts'
import { commit } from './commit.ts'
import { OpenSession } from './open-session.ts'
import { ensureRead, prepare } from './receive.ts'
import type { Session } from './session.ts'
import type { Sessions, SetOptions } from './sessions.ts'
import { SessionState } from './session-state.ts'
import { update } from './update.ts'
import { clear, idOf, load, setValue, signsIn, valueOf } from './value.ts'

/** `ctx.sessions`: finds a session by its definition, class or name, in this mount or an enclosing one, and makes its state on first use. */
export class RequestSessions implements Sessions {
  readonly #exchange: Exchange
  readonly #mount: Mount
  readonly #outer: RequestSessions | null
  /** The states of the sessions that were used: few, so that a list is enough. */
  #states: SessionState[] | undefined
  #open: Map<SessionState, OpenSession> | undefined
  /** The names that a mount inside this one uses for its own sessions. */
  #shadowed: Set<string> | undefined
  #committing: Awaitable<void> = undefined
  #finished = false

  /** @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the same middleware encloses this one. */
  constructor(mount: Mount, exchange: Exchange, outer: RequestSessions | null) {
    this.#mount = mount
    this.#exchange = exchange
    this.#outer = outer
    for (let enclosing = outer; enclosing; enclosing = enclosing.#outer) {
      if (enclosing.#mount === mount)
        throw new SessionConfigError('the same sessions([…]) runs twice on one request: mount it once')
      mount.checkWithin(enclosing.#mount)
      for (const { name } of mount.all) (enclosing.#shadowed ??= new Set()).add(name)
    }
  }

  /** The request and response of some sessions. Not a property: printing `ctx.sessions` must not print the request's cookies. */
  static exchangeOf(sessions: RequestSessions): Exchange {
    return sessions.#exchange
  }

  /** Reads ahead, all at once, the sessions that must be read before the handler. Never fails: an error is thrown at the first use. */
  static prepare(sessions: RequestSessions): Awaitable<void> {
    let reading: Promise<void>[] | undefined
    for (const mounted of sessions.#mount.eager) {
      const tokens = mounted.transport.receive(sessions.#exchange)
      if (tokens === null) continue
      const prepared = prepare(sessions.#stateOf(mounted), tokens)
      if (isPromise(prepared)) (reading ??= []).push(prepared)
    }
    return reading && Promise.all(reading).then(() => undefined)
  }

  /** The last commit of the request. `writes`: whether changes are stored, as they are not after an error of the handler. */
  static finish(sessions: RequestSessions, writes: boolean): Awaitable<void> {
    const states = sessions.#states
    if (!states) {
      sessions.#finished = true
      return
    }
    let committing: Awaitable<void>
    try {
      committing = sessions.#commit(states, writes)
    } catch (error) {
      committing = Promise.reject(error)
    }
    sessions.#finished = true
    let hasFlash = false
    for (const state of states) {
      state.close()
      hasFlash ||= state.flashClaim !== undefined
    }
    return hasFlash ? sessions.#releaseFlash(states, committing) : committing
  }

  /** Whether the handler, or a token of the request, used any session. */
  static wasUsed(sessions: RequestSessions): boolean {
    return sessions.#states !== undefined
  }

  /** The sessions of one mount on the same request; `undefined` if that mount does not enclose the caller. */
  static ofMount(sessions: RequestSessions, mount: Mount): RequestSessions | undefined {
    if (sessions.#mount === mount) return sessions
    return sessions.#outer ? RequestSessions.ofMount(sessions.#outer, mount) : undefined
  }

  /** The mount that {@link stateOf} finds a session in. */
  static mountOf(sessions: RequestSessions, key: SessionKey): Mount {
    return sessions.#outer && !sessions.#mount.find(key)
      ? RequestSessions.mountOf(sessions.#outer, key)
      : sessions.#mount
  }

  /** @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) */
  static stateOf(sessions: RequestSessions, key: SessionKey): SessionState {
    return sessions.#state(key)
  }

  get(key?: SessionKey): Readonly<any> | undefined {
    return valueOf(this.#state(key))
  }

  set(key: SessionKey, value?: unknown, options?: SetOptions): void {
    if (value === undefined && typeof key === 'object' && key !== null && !resolvedDefinition(key)) {
      const type = this.#classOf(key)
      if (type) return setValue(this.#state(type), key)
      throw this.#notMounted(
        "the class of the value alone (write set(definition, value), or give a definition the 'type')",
      )
    }
    const state = this.#state(key)
    if (value === undefined) {
      const { name } = state.mounted
      throw new SessionValueError(`set() needs a value for session '${name}': clear() ends it`, '', name)
    }
    setValue(state, value, options?.regenerate)
  }

  clear(key: SessionKey): void {
    clear(this.#state(key))
  }

  getOrSet(key: SessionKey, make: () => object): Readonly<any> {
    const state = this.#state(key)
    const value = valueOf(state)
    if (value !== undefined) return value
    setValue(state, make())
    return valueOf(state) as object
  }

  async update(key: SessionKey, change: (value: any) => any): Promise<any> {
    return update(this.#state(key), change)
  }

  open(key: SessionKey): Session<any, any> {
    const state = this.#state(key)
    let session = this.#open?.get(state)
    // A destroyed session stays destroyed: values set afterwards are those of another one.
    if (!session || (session.destroyed && state.changes)) {
      session = new OpenSession(state, this.#mount.flashes, (work) => this.#queue(work))
      ;(this.#open ??= new Map()).set(state, session)
    }
    return session
  }

  id(key: SessionKey): string | undefined {
    return idOf(this.#state(key))
  }

  async load(key: SessionKey): Promise<Readonly<any> | undefined> {
    return load(this.#state(key))
  }

  async commit(): Promise<void> {
    if (this.#states) await this.#commit(this.#states, true)
    // The sessions of enclosing mounts send their headers with the same response.
    await this.#outer?.commit()
  }

  /** Shows the names of the sessions, and nothing that they hold. */
  toJSON(): Record<string, string> {
    return { sessions: this.#visible().join(', ') }
  }

  #commit(states: readonly SessionState[], writes: boolean): Awaitable<void> {
    if (isPromise(this.#committing)) return this.#queue(() => commit(this.#notShadowed(states), writes))
    return (this.#committing = commit(this.#shadowed ? this.#notShadowed(states) : states, writes))
  }

  /** One commit at a time: of two at once, both would create a new session's row. */
  #queue(work: () => Awaitable<void>): Awaitable<void> {
    const before = this.#committing
    this.#committing = isPromise(before) ? before.then(work, work) : work()
    return this.#committing
  }

  #notShadowed(states: readonly SessionState[]): readonly SessionState[] {
    const shadowed = this.#shadowed
    if (!shadowed) return states
    return states.filter(
      ({ mounted, changes, destroyRequested }) => !shadowed.has(mounted.name) || changes || destroyRequested,
    )
  }

  /** Flash that was claimed, and not stored as delivered by the end of the commit, is for a later request. */
  async #releaseFlash(states: readonly SessionState[], committing: Awaitable<void>): Promise<void> {
    try {
      await committing
    } finally {
      for (const { flashClaim } of states) if (flashClaim !== undefined) this.#mount.flashes.release(flashClaim)
    }
  }

  #state(key: SessionKey | undefined): SessionState {
    const mounted = key === undefined ? undefined : this.#mount.find(key)
    if (mounted) return this.#stateOf(mounted)
    const found = key === undefined ? this.#only() : this.#findOutside(key)
    if (found) return found
    throw this.#notMounted(labelOf(key))
  }

  #notMounted(what: string): SessionNotMountedError {
    return new SessionNotMountedError(
      `${what} is not mounted on this request: ` +
        `give it to sessions([…]); mounted: ${this.#visible().join(', ') || 'none'}`,
    )
  }

  #find(key: SessionKey): SessionState | undefined {
    const mounted = this.#mount.find(key)
    return mounted ? this.#stateOf(mounted) : this.#findOutside(key)
  }

  #findOutside(key: SessionKey): SessionState | undefined {
    const outer = this.#outer ? this.#outer.#find(key) : undefined
    return outer && this.#mount.find(outer.mounted.name) ? undefined : outer
  }

  /** The class whose session stores an instance. */
  #classOf(instance: object): SessionKey | undefined {
    return this.#mount.classOf(instance) ?? (this.#outer ? this.#outer.#classOf(instance) : undefined)
  }

  #only(): SessionState | undefined {
    const visible = this.#visible()
    const [name, ...others] = visible
    if (others.length === 0) return name === undefined ? undefined : this.#find(name)
    throw new SessionNotMountedError(`there are several sessions, say which: ${visible.join(', ')}`)
  }

  #visible(): string[] {
    const outer = this.#outer ? this.#outer.#visible() : []
    return [...new Set([...this.#mount.all.map(({ name }) => name), ...outer])]
  }

  #stateOf(mounted: MountedSession): SessionState {
    const states = (this.#states ??= [])
    for (const state of states) if (state.mounted === mounted) return state
    const state = new SessionState(mounted, this.#exchange, this.#mount.events, this.#mount.queue)
    if (this.#finished) state.close()
    states.push(state)
    return state
  }
}

/** Whether a `deferred` session still has to be read by `load`. */
export function isDeferred(sessions: RequestSessions, key: SessionKey): boolean {
  const { mounted, isRead, destroyRequested } = RequestSessions.stateOf(sessions, key)
  return mounted.options.deferred === true && !isRead && !destroyRequested
}

/** The session as it is stored, without claiming its flash. */
export function storedSession(sessions: RequestSessions, key: SessionKey): FoundSession | null {
  const state = RequestSessions.stateOf(sessions, key)
  ensureRead(state)
  return state.session
}

/** Milliseconds since the last login with this session, or since its creation; `undefined` if it is not stored yet. */
export function sessionAge(sessions: RequestSessions, key: SessionKey): number | undefined {
  const session = storedSession(sessions, key)
  if (!session) return undefined
  const state = RequestSessions.stateOf(sessions, key)
  return signsIn(state) ? 0 : state.mounted.clock() - session.createdAt
}

/** Sends a session by value again, with the generation that a `revokeAll` of its subject just began. */
export function reissue(sessions: RequestSessions, key: SessionKey, subject: string, generation: number): void {
  const state = RequestSessions.stateOf(sessions, key)
  ensureRead(state)
  const { session } = state
  // A pending change may be for another subject; storing it reads the generation of that one.
  const value = session ? state.payloadOf(session).value : undefined
  const read = value === undefined ? undefined : state.parse(value)
  if (!session || !read || state.mounted.subjectOf(read) !== subject) return
  state.seen({ ...session, generation })
  state.sendToken()
}
