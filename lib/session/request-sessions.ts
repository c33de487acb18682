import { attempt, isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { planOf } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError, SessionValueError } from '../errors.ts'
import { commit } from './commit.ts'
import { LiveSession } from './live-session.ts'
import type { Mount, SessionKey } from './mount.ts'
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
  prepare(): Awaitable<void> {
    let reading: Promise<void>[] | undefined
    for (const mounted of this.#mount.eager) {
      const tokens = mounted.transport.receive(this.#exchange)
      if (tokens === null) continue
      const prepared = this.#stateOf(mounted).prepare(tokens)
      if (isPromise(prepared)) (reading ??= []).push(prepared)
    }
    return reading && Promise.all(reading).then(() => undefined)
  }

  /** The last word: stores what was set, or, behind a failure, only tells what was stored already. */
  finish(writes: boolean): Awaitable<void> {
    const states = this.#states
    if (!states) {
      this.#finished = true
      return
    }
    const finished = attempt(() => this.#commit(states, writes))
    this.#finished = true
    for (const state of states) state.closed = true
    return andThen(finished, ({ failure }) => {
      for (const { claimed } of states) if (claimed !== undefined) this.#mount.flashes.release(claimed)
      if (failure !== undefined) throw failure
    })
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

  /** Whether any session was looked at on this request. */
  get wasUsed(): boolean {
    return this.#states !== undefined
  }

  /** The sessions of one mount on this request; `undefined` where it is not around. */
  of(mount: Mount): RequestSessions | undefined {
    if (this.#mount === mount) return this
    return this.#outer ? this.#outer.of(mount) : undefined
  }

  /** Whether a session is still to be read by `load`. */
  isDeferred(key: SessionKey): boolean {
    const { mounted, isRead, doomed } = this.#state(key)
    return mounted.options.deferred === true && !isRead && !doomed
  }

  /** How many milliseconds ago the session was created, or last signed in with. */
  age(key: SessionKey): number | undefined {
    const session = this.stored(key)
    const state = this.#state(key)
    if (!session) return undefined
    return state.signsIn() ? 0 : state.mounted.clock() - session.createdAt
  }

  /** The session as it is stored, without claiming its flash. */
  stored(key: SessionKey): Tracked | null {
    const state = this.#state(key)
    state.ensure()
    return state.base
  }

  /** Where a session is mounted that {@link stored} knows: here, or around. */
  mountOf(key: SessionKey): Mount {
    return this.#outer && !this.#mount.find(key) ? this.#outer.mountOf(key) : this.#mount
  }

  /** Issues a session by value anew, for another generation of its subject. */
  reissue(key: SessionKey, subject: string, generation: number): void {
    const state = this.#state(key)
    state.ensure()
    // What is drafted may be somebody else's, and reads its own generation when it is stored.
    const value = state.base ? state.bodyOf(state.base).value : undefined
    const read = value === undefined ? undefined : state.parse(value)
    if (!read || state.mounted.subjectOf(read) !== subject) return
    state.found = { ...(state.found as Tracked), generation }
    state.announce = true
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
    const named = typeof key === 'string' || typeof key === 'function' ? key : planOf(key)
    const name = typeof named === 'string' ? named : named?.name
    throw this.#notMounted(name === undefined ? 'what was asked for' : `session '${name}'`)
  }

  #notMounted(what: string): SessionNotMountedError {
    return new SessionNotMountedError(
      `${what} is not mounted on this request: ` +
        `give it to sessions([…]); mounted are ${this.#visible().join(', ') || 'none'}`,
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
