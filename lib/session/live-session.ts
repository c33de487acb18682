import type { Awaitable } from '../base/awaitable.ts'
import { freeze, isPlain } from '../base/freeze.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import type { Tracked } from '../contracts/tracker.ts'
import { SessionConfigError, SessionGoneError, SessionValueError } from '../errors.ts'
import { commit } from './commit.ts'
import { flashValues, merged, withFlash, withKey, type Draft } from './draft.ts'
import { claimOf, type FlashClaims } from '../mount/flash-claims.ts'
import { renewNow } from './renew.ts'
import type { Session } from './session.ts'
import type { SessionState } from './state.ts'

type Values = Readonly<Record<string, unknown>>

const NONE: Values = Object.freeze({})

/** A {@link Session}: the state of one session, as a map of its keys. */
export class LiveSession implements Session<Record<string, unknown>, Record<string, unknown>> {
  readonly #state: SessionState
  readonly #claims: FlashClaims
  readonly #queue: (work: () => Awaitable<void>) => Awaitable<void>
  readonly isNew: boolean
  #destroyed = false
  #seen: { readonly draft: Draft | null; readonly found: unknown; readonly values: Values } | undefined

  /** `queue` runs one storing of a request at a time. */
  constructor(state: SessionState, claims: FlashClaims, queue: (work: () => Awaitable<void>) => Awaitable<void>) {
    this.#state = state
    this.#claims = claims
    this.#queue = queue
    state.ensure()
    // What the definition would not read as a whole is no session by its keys either.
    if (state.draft === null) state.value()
    this.isNew = state.base === null
    this.#claimFlash()
  }

  get id(): string | undefined {
    return this.#destroyed ? undefined : this.#state.id()
  }

  get handle(): string | undefined {
    const row = this.#found?.row
    return row && this.#state.mounted.handles.of(row.record)
  }

  get dirty(): boolean {
    const { draft, doomed, presented, found } = this.#state
    if (doomed && (presented || found !== null)) return true
    return !this.#destroyed && draft !== null && this.#isChange(draft)
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
    const { draft, mounted } = this.#state
    const found = this.#found
    const drafted = this.#destroyed ? undefined : draft?.idleTimeout
    const own = drafted ?? (found ? this.#state.bodyOf(found).idleTimeout : undefined)
    return own ?? mounted.lifetimes.idleTimeout
  }

  set idleTimeout(timeout: Duration) {
    const { name } = this.#state.mounted
    this.#refuseUnlessAuthenticated('an idle timeout of its own')
    const idleTimeout = milliseconds(timeout, `idleTimeout of session '${name}'`)
    if (idleTimeout === 0)
      throw new SessionConfigError(`idleTimeout of session '${name}' must be above 0: destroy() ends it`, name)
    this.#change((draft) => ({ ...draft, idleTimeout }))
  }

  get value(): Values | undefined {
    return this.#destroyed ? undefined : (this.#state.value() as Values | undefined)
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
    this.#change((draft) => withKey(draft, key, text))
    return this
  }

  unset(key: string): boolean {
    const had = Object.hasOwn(this.#values(), key)
    this.#change((draft) => withKey(draft, key, null))
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
    this.#change((draft) => withFlash(draft, key, text))
    return this
  }

  regenerateId({ deleteOld = true }: { readonly deleteOld?: boolean } = {}): void {
    this.#change((draft) => ({ ...draft, regenerate: deleteOld || draft?.regenerate === 'move' ? 'move' : 'copy' }))
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#state.clear()
    this.#destroyed = true
  }

  async load(): Promise<this> {
    this.#refuseIfDestroyed()
    await this.#state.load()
    return this
  }

  async save(): Promise<this> {
    const hadSession = this.#state.base !== null
    await this.#queue(() => commit([this.#state], true))
    if (hadSession && !this.#destroyed && this.#state.base === null)
      throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  async touch(): Promise<this> {
    this.#refuseIfDestroyed()
    const hadSession = this.#state.base !== null
    await this.#queue(() => renewNow(this.#state))
    if (hadSession && this.#state.base === null) throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  get #found(): Tracked | null {
    return this.#destroyed ? null : this.#state.base
  }

  /** What a schema refuses is a change all the same: it is told when it is stored. */
  #isChange(draft: Draft): boolean {
    try {
      return this.#state.plan(draft).changes
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

  #change(change: (draft: Draft | null) => Draft): void {
    this.#refuseIfDestroyed()
    this.#state.change(change(this.#state.draft))
  }

  #refuseIfDestroyed(): void {
    if (this.#destroyed) throw this.#gone('has been destroyed by this request')
  }

  /** What a client may have written is not read back, so it must not seem to be kept. */
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
    return this.#destroyed || this.#state.base === null ? NONE : this.#state.flashed
  }

  /** The values with what was changed by key, as they are now; fresh with each read where one of them can change. */
  #values(): Values {
    if (this.#destroyed) return {}
    const { draft, base, mounted } = this.#state
    if (this.#seen && this.#seen.draft === draft && this.#seen.found === base) return this.#seen.values
    const text = draft?.whole ?? (base ? this.#state.bodyOf(base).value : undefined)
    const values = merged((text !== undefined && this.#state.parse(text)) || {}, draft?.keys, mounted.codec)
    this.#seen = isPlain(values) && freeze(values) ? { draft, found: base, values } : undefined
    return values
  }

  #claimFlash(): void {
    const { base, mounted, exchange, closed } = this.#state
    const flash = base ? this.#state.bodyOf(base).flash : undefined
    // What could not be stored as read would be delivered again.
    if (!flash || closed || (exchange.headersSent && !mounted.tracker.byId)) return
    const mine = this.#claims.claim(flash)
    if (mine.length === 0) return
    const consumed = claimOf(mine)
    this.#state.claimed = consumed
    this.#state.draft = { ...this.#state.draft, consumed }
    this.#state.flashed = Object.assign({}, ...mine.map((one) => flashValues(one, mounted.codec))) as Values
  }
}
