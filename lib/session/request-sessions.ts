import { attempt, isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import { planOf } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError, SessionValueError } from '../errors.ts'
import { commit } from './commit.ts'
import { LiveSession } from './live-session.ts'
import { labelOf, type Mount, type SessionKey } from '../mount/mount.ts'
import type { Session } from './session.ts'
import type { Sessions, SetOptions } from './sessions.ts'
import { SessionState } from './state.ts'
import { update } from './update.ts'

/** `ctx.sessions`: finds the session that is meant, in this mount or in the ones around it, and makes its state on first use. */
export class RequestSessions implements Sessions {
  readonly #exchange: Exchange
  readonly #mount: Mount
  readonly #outer: RequestSessions | null
  /** Of the sessions that were looked at: few, so a list is enough. */
  #states: SessionState[] | undefined
  #open: Map<SessionState, LiveSession> | undefined
  /** Names that a mount inside this one has taken over. */
  #shadowed: Set<string> | undefined
  #committing: Awaitable<void> = undefined
  #finished = false

  /** @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the same middleware is around it already. */
  constructor(mount: Mount, exchange: Exchange, outer: RequestSessions | null) {
    this.#mount = mount
    this.#exchange = exchange
    this.#outer = outer
    for (let around = outer; around; around = around.#outer) {
      if (around.#mount === mount)
        throw new SessionConfigError('the same sessions([…]) runs twice on one request: mount it once')
      mount.checkWithin(around.#mount)
      for (const { name } of mount.all) (around.#shadowed ??= new Set()).add(name)
    }
  }

  /** The request and response that sessions belong to. No property: printing them must not print the request's cookies. */
  static exchangeOf(sessions: RequestSessions): Exchange {
    return sessions.#exchange
  }

  /** Reads, at once, what must be read before the handler. Never fails: what fails is told to whoever asks. */
  static prepare(sessions: RequestSessions): Awaitable<void> {
    let reading: Promise<void>[] | undefined
    for (const mounted of sessions.#mount.eager) {
      const tokens = mounted.transport.receive(sessions.#exchange)
      if (tokens === null) continue
      const prepared = sessions.#stateOf(mounted).prepare(tokens)
      if (isPromise(prepared)) (reading ??= []).push(prepared)
    }
    return reading && Promise.all(reading).then(() => undefined)
  }

  /** The last word: stores what was set, or, behind a failure, only tells what was stored already. */
  static finish(sessions: RequestSessions, writes: boolean): Awaitable<void> {
    const states = sessions.#states
    if (!states) {
      sessions.#finished = true
      return
    }
    const finished = attempt(() => sessions.#commit(states, writes))
    sessions.#finished = true
    for (const state of states) state.closed = true
    return andThen(finished, ({ failure }) => {
      for (const { claimed } of states) if (claimed !== undefined) sessions.#mount.flashes.release(claimed)
      if (failure !== undefined) throw failure
    })
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
    return this.#state(key).value()
  }

  set(key: SessionKey, value?: unknown, options?: SetOptions): void {
    if (value === undefined && typeof key === 'object' && key !== null && !planOf(key)) {
      const type = this.#classOf(key)
      if (type) return this.#state(type).set(key)
      throw this.#notMounted(
        "the class of the value alone (write set(definition, value), or give a definition the 'type')",
      )
    }
    const state = this.#state(key)
    if (value === undefined) {
      const { name } = state.mounted
      throw new SessionValueError(`set() needs a value for session '${name}': clear() ends it`, '', name)
    }
    state.set(value, options?.regenerate)
  }

  clear(key: SessionKey): void {
    this.#state(key).clear()
  }

  getOrSet(key: SessionKey, make: () => object): Readonly<any> {
    const state = this.#state(key)
    const value = state.value()
    if (value !== undefined) return value
    state.set(make())
    return state.value() as object
  }

  async update(key: SessionKey, change: (value: any) => any): Promise<any> {
    return update(this.#state(key), change)
  }

  open(key: SessionKey): Session<any, any> {
    const state = this.#state(key)
    let session = this.#open?.get(state)
    // One that was destroyed stays so; what was set afterwards is another.
    if (!session || (session.destroyed && state.draft)) {
      session = new LiveSession(state, this.#mount.flashes, (work) => this.#queue(work))
      ;(this.#open ??= new Map()).set(state, session)
    }
    return session
  }

  id(key: SessionKey): string | undefined {
    return this.#state(key).id()
  }

  async load(key: SessionKey): Promise<Readonly<any> | undefined> {
    return this.#state(key).load()
  }

  async commit(): Promise<void> {
    if (this.#states) await this.#commit(this.#states, true)
    // The headers of those around leave with these.
    await this.#outer?.commit()
  }

  /** Shows which sessions there are, and nothing of what is in them. */
  toJSON(): Record<string, string> {
    return { sessions: this.#visible().join(', ') }
  }

  #commit(states: readonly SessionState[], writes: boolean): Awaitable<void> {
    return this.#queue(() => {
      const shadowed = this.#shadowed
      if (!shadowed) return commit(states, writes)
      return commit(
        states.filter(({ mounted, draft, doomed }) => !shadowed.has(mounted.name) || draft || doomed),
        writes,
      )
    })
  }

  /** One at a time: two commits at once would both create a new session's row. */
  #queue(work: () => Awaitable<void>): Awaitable<void> {
    const before = this.#committing
    this.#committing = isPromise(before) ? before.then(work, work) : work()
    return this.#committing
  }

  #state(key: SessionKey | undefined): SessionState {
    const found = key === undefined ? this.#only() : this.#find(key)
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
    if (mounted) return this.#stateOf(mounted)
    const outer = this.#outer ? this.#outer.#find(key) : undefined
    return outer && this.#mount.find(outer.mounted.name) ? undefined : outer
  }

  /** The class that an instance is given to the session of. */
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
    const present = this.#states?.find((state) => state.mounted === mounted)
    if (present) return present
    const state = new SessionState(mounted, this.#exchange, this.#mount.observer, this.#mount.queue)
    state.closed = this.#finished
    if (this.#states) this.#states.push(state)
    else this.#states = [state]
    return state
  }
}

/** Whether a `deferred` session still has to be read by `load`. */
export function isDeferred(sessions: RequestSessions, key: SessionKey): boolean {
  const { mounted, isRead, doomed } = RequestSessions.stateOf(sessions, key)
  return mounted.options.deferred === true && !isRead && !doomed
}

/** The session as it is stored, without claiming its flash. */
export function storedSession(sessions: RequestSessions, key: SessionKey): Tracked | null {
  const state = RequestSessions.stateOf(sessions, key)
  state.ensure()
  return state.base
}

/** Milliseconds since the last login with this session, or since its creation; `undefined` if it is not stored yet. */
export function sessionAge(sessions: RequestSessions, key: SessionKey): number | undefined {
  const session = storedSession(sessions, key)
  if (!session) return undefined
  const state = RequestSessions.stateOf(sessions, key)
  return state.signsIn() ? 0 : state.mounted.clock() - session.createdAt
}

/** Sends a session by value again, with the generation that a `revokeAll` of its subject just began. */
export function reissue(sessions: RequestSessions, key: SessionKey, subject: string, generation: number): void {
  const state = RequestSessions.stateOf(sessions, key)
  state.ensure()
  // A pending change may be for another subject; storing it reads the generation of that one.
  const value = state.base ? state.bodyOf(state.base).value : undefined
  const read = value === undefined ? undefined : state.parse(value)
  if (!read || state.mounted.subjectOf(read) !== subject) return
  state.found = { ...(state.found as Tracked), generation }
  state.announce = true
}
