import type { Awaitable } from '../base/awaitable.ts'
import { freeze, isPlain } from '../base/freeze.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import { SessionConfigError, SessionGoneError, SessionValueError } from '../errors.ts'
import { commit } from './commit.ts'
import { flashValues, merged, withFlash, withKey, type PendingChanges } from './changes.ts'
import { claimOf, type FlashClaims } from '../mount/flash-claims.ts'
import { renewNow } from './renew.ts'
import type { Session } from './session.ts'
import type { SessionState } from './session-state.ts'
import { changeTo, clear, idOf, load, valueOf } from './value.ts'
import { ensureRead } from './receive.ts'

type Values = Readonly<Record<string, unknown>>

const NONE: Values = Object.freeze({})

/** A {@link Session}, as `open` gives it: one session as a map of its keys. */
export class OpenSession implements Session<Record<string, unknown>, Record<string, unknown>> {
  readonly #state: SessionState
  readonly #claims: FlashClaims
  readonly #queue: (work: () => Awaitable<void>) => Awaitable<void>
  readonly isNew: boolean
  #destroyed = false
  #seen: { readonly changes: PendingChanges | null; readonly session: unknown; readonly values: Values } | undefined

  /** `queue` runs one commit of the request at a time. */
  constructor(state: SessionState, claims: FlashClaims, queue: (work: () => Awaitable<void>) => Awaitable<void>) {
    this.#state = state
    this.#claims = claims
    this.#queue = queue
    ensureRead(state)
    // A value that the definition refuses as a whole is no session by its keys either.
    if (state.changes === null) valueOf(state)
    this.isNew = state.session === null
    this.#claimFlash()
  }

  get id(): string | undefined {
    return this.#destroyed ? undefined : idOf(this.#state)
  }

  get handle(): string | undefined {
    const row = this.#found?.row
    return row && this.#state.mounted.handles.of(row.record)
  }

  get dirty(): boolean {
    const { changes, destroyRequested, clientHasToken, found } = this.#state
    if (destroyRequested && (clientHasToken || found !== null)) return true
    return !this.#destroyed && changes !== null && this.#isWrite(changes)
  }

  get destroyed(): boolean {
    return this.#destroyed
  }

  get size(): number {
    return this.#names().size
  }

  get createdAt(): number | undefined {
    return this.#found?.createdAt
  }

  get expiresAt(): number | undefined {
    return this.#found?.expiresAt
  }

  get idleTimeout(): number | null {
    const { changes, mounted } = this.#state
    const found = this.#found
    const changed = this.#destroyed ? undefined : changes?.idleTimeout
    const own = changed ?? (found ? this.#state.payloadOf(found).idleTimeout : undefined)
    return own ?? mounted.lifetimes.idleTimeout
  }

  set idleTimeout(timeout: Duration) {
    const { name } = this.#state.mounted
    this.#refuseUnlessAuthenticated('an idle timeout of its own')
    const idleTimeout = milliseconds(timeout, `idleTimeout of session '${name}'`)
    if (idleTimeout === 0)
      throw new SessionConfigError(`idleTimeout of session '${name}' must be above 0: destroy() ends it`, name)
    this.#change((changes) => ({ ...changes, idleTimeout }))
  }

  get value(): Values | undefined {
    return this.#destroyed ? undefined : (valueOf(this.#state) as Values | undefined)
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- the interface says what a key holds
  get(key: string): any {
    const values = this.#values()
    return Object.hasOwn(values, key) ? values[key] : this.#flashed(key)
  }

  set(key: string, value: unknown): this {
    if (value === undefined || value === null) {
      this.unset(key)
      return this
    }
    const text = this.#write(key, value)
    this.#change((changes) => withKey(changes, key, text))
    return this
  }

  unset(key: string): boolean {
    const had = Object.hasOwn(this.#values(), key)
    this.#change((changes) => withKey(changes, key, null))
    return had
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values(), key) || Object.hasOwn(this.#given(), key)
  }

  keys(): IterableIterator<string> {
    return this.#names().values()
  }

  *values(): IterableIterator<unknown> {
    for (const key of this.#names()) yield this.get(key)
  }

  *entries(): IterableIterator<[string, unknown]> {
    for (const key of this.#names()) yield [key, this.get(key)]
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.entries()
  }

  forEach(each: (value: unknown, key: string) => void): void {
    for (const [key, value] of this.entries()) each(value, key)
  }

  toJSON(): Record<string, unknown> {
    return { ...this.#values() }
  }

  flash(key: string, value: unknown): this {
    this.#refuseUnlessAuthenticated('flash')
    const text = this.#write(key, value)
    this.#change((changes) => withFlash(changes, key, text))
    return this
  }

  regenerateId({ deleteOld = true }: { readonly deleteOld?: boolean } = {}): void {
    this.#change((changes) => ({
      ...changes,
      regenerate: deleteOld || changes?.regenerate === 'move' ? 'move' : 'copy',
    }))
  }

  destroy(): void {
    if (this.#destroyed) return
    clear(this.#state)
    this.#destroyed = true
  }

  async load(): Promise<this> {
    this.#refuseIfDestroyed()
    await load(this.#state)
    return this
  }

  async save(): Promise<this> {
    const hadSession = this.#state.session !== null
    await this.#queue(() => commit([this.#state], true))
    if (hadSession && !this.#destroyed && this.#state.session === null)
      throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  async touch(): Promise<this> {
    this.#refuseIfDestroyed()
    const hadSession = this.#state.session !== null
    await this.#queue(() => renewNow(this.#state))
    if (hadSession && this.#state.session === null) throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  get #found(): FoundSession | null {
    return this.#destroyed ? null : this.#state.session
  }

  /** A value that the schema refuses is a change all the same: storing it throws. */
  #isWrite(changes: PendingChanges): boolean {
    try {
      return this.#state.plan(changes).isNeeded
    } catch (error) {
      if (error instanceof SessionValueError) return true
      throw error
    }
  }

  #write(key: string, value: unknown): string {
    const { codec, name } = this.#state.mounted
    if (key === '__proto__') throw new SessionValueError(`session '${name}' cannot keep a key of that name`, key, name)
    return codec.writePart(key, value)
  }

  #change(change: (changes: PendingChanges | null) => PendingChanges): void {
    this.#refuseIfDestroyed()
    changeTo(this.#state, change(this.#state.changes))
  }

  #refuseIfDestroyed(): void {
    if (this.#destroyed) throw this.#gone('has been destroyed by this request')
  }

  /** Only the value is read from a token that the client may have written: the rest must not seem to be kept. */
  #refuseUnlessAuthenticated(what: string): void {
    const { name, authenticated } = this.#state.mounted
    if (authenticated) return
    throw new SessionConfigError(
      `session '${name}' cannot carry ${what}, since the client can change what it sends: ` +
        "transform it with sign() or encrypt(), keep it in a 'storage', or say 'authenticates: true' of a transformer of your own that does",
      name,
    )
  }

  #gone(what: string): SessionGoneError {
    const { name } = this.#state.mounted
    return new SessionGoneError(`session '${name}' ${what}`, name)
  }

  #names(): Set<string> {
    return new Set([...Object.keys(this.#values()), ...Object.keys(this.#given())])
  }

  #flashed(key: string): unknown {
    const flash = this.#given()
    return Object.hasOwn(flash, key) ? flash[key] : undefined
  }

  /** The flash that this request was given. */
  #given(): Values {
    return this.#destroyed || this.#state.session === null ? NONE : this.#state.flash
  }

  /** The values with the changes of keys. A fresh object with each call if one of its values can be modified. */
  #values(): Values {
    if (this.#destroyed) return {}
    const { changes, session, mounted } = this.#state
    if (this.#seen && this.#seen.changes === changes && this.#seen.session === session) return this.#seen.values
    const text = changes?.whole ?? (session ? this.#state.payloadOf(session).value : undefined)
    const values = merged((text !== undefined && this.#state.parse(text)) || {}, changes?.keys, mounted.codec)
    this.#seen = isPlain(values) && freeze(values) ? { changes, session, values } : undefined
    return values
  }

  #claimFlash(): void {
    const { session, mounted, exchange, closed } = this.#state
    const flash = session ? this.#state.payloadOf(session).flash : undefined
    // Flash that cannot be stored as delivered would be delivered again.
    if (!flash || closed || (exchange.headersSent && !mounted.tracker.byId)) return
    const mine = this.#claims.claim(flash)
    if (mine.length === 0) return
    const values = Object.assign({}, ...mine.map((one) => flashValues(one, mounted.codec))) as Values
    this.#state.flashGiven(claimOf(mine), values)
  }
}
