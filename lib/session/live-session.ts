import { freeze, isPlain } from '../base/freeze.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import { SessionGoneError, SessionValueError } from '../errors.ts'
import { commit } from './commit.ts'
import { flashValues, merged, withFlash, withKey, type Draft } from './draft.ts'
import type { FlashClaims } from './flash-claims.ts'
import { renewNow } from './renew.ts'
import type { Session } from './session.ts'
import type { SessionState } from './state.ts'

type Values = Readonly<Record<string, unknown>>

/** A {@link Session}: the state of one session, as a map of its keys. */
export class LiveSession implements Session<Record<string, unknown>, Record<string, unknown>> {
  readonly #state: SessionState
  readonly #claims: FlashClaims
  readonly isNew: boolean
  #destroyed = false
  #flash: Values
  #seen: { readonly draft: Draft | null; readonly found: unknown; readonly values: Values } | undefined

  constructor(state: SessionState, claims: FlashClaims) {
    this.#state = state
    this.#claims = claims
    state.ensure()
    this.isNew = state.base === null
    this.#flash = this.#claimFlash()
  }

  get id(): string | undefined {
    return this.#destroyed ? undefined : this.#state.id()
  }

  get handle(): string | undefined {
    const row = this.#state.base?.row
    return row && this.#state.mounted.handleOf(row.record)
  }

  get dirty(): boolean {
    const { draft, doomed } = this.#state
    return doomed || (draft !== null && this.#state.plan(draft).changes)
  }

  get destroyed(): boolean {
    return this.#destroyed
  }

  get size(): number {
    return this.#names().size
  }

  get createdAt(): number | undefined {
    return this.#state.base?.createdAt
  }

  get expiresAt(): number | undefined {
    return this.#state.base?.expiresAt
  }

  get idleTimeout(): number | null {
    const { base, draft, mounted } = this.#state
    const own = draft?.idleTimeout ?? (base ? this.#state.bodyOf(base).idleTimeout : undefined)
    return own ?? mounted.lifetimes.idleTimeout
  }

  set idleTimeout(timeout: Duration) {
    const { name } = this.#state.mounted
    const idleTimeout = milliseconds(timeout, `idleTimeout of session '${name}'`)
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
    const { codec, name } = this.#state.mounted
    if (key === '__proto__') throw new SessionValueError(`session '${name}' cannot keep a key of that name`, key, name)
    const text = codec.writePart(key, value)
    this.#change((draft) => withKey(draft, key, text))
    return this
  }

  unset(key: string): boolean {
    const had = Object.hasOwn(this.#values(), key)
    this.#change((draft) => withKey(draft, key, null))
    return had
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values(), key) || this.#flashed(key) !== undefined
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
    const { codec } = this.#state.mounted
    const text = codec.writePart(key, value)
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
    this.#flash = {}
  }

  async load(): Promise<this> {
    this.#refuseIfDestroyed()
    this.#giveBack()
    await this.#state.load()
    this.#flash = this.#claimFlash()
    return this
  }

  async save(): Promise<this> {
    const hadSession = this.#state.base !== null
    await commit([this.#state], true)
    if (hadSession && !this.#destroyed && this.#state.base === null) throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  async touch(): Promise<this> {
    this.#refuseIfDestroyed()
    const hadSession = this.#state.base !== null
    await renewNow(this.#state)
    if (hadSession && this.#state.base === null) throw this.#gone('was destroyed, or got another id, meanwhile')
    return this
  }

  #change(change: (draft: Draft | null) => Draft): void {
    this.#refuseIfDestroyed()
    this.#state.change(change(this.#state.draft))
  }

  #refuseIfDestroyed(): void {
    if (this.#destroyed) throw this.#gone('has been destroyed by this request')
  }

  #gone(what: string): SessionGoneError {
    const { name } = this.#state.mounted
    return new SessionGoneError(`session '${name}' ${what}`, name)
  }

  #names(): Set<string> {
    return new Set([...Object.keys(this.#values()), ...Object.keys(this.#flash)])
  }

  #flashed(key: string): unknown {
    return Object.hasOwn(this.#flash, key) ? this.#flash[key] : undefined
  }

  /** The values with what was changed by key, as they are now; fresh with each read where something in them can change. */
  #values(): Values {
    if (this.#destroyed) return {}
    const { draft, base, mounted } = this.#state
    if (this.#seen && this.#seen.draft === draft && this.#seen.found === base) return this.#seen.values
    const text = draft?.whole ?? (base ? this.#state.bodyOf(base).value : undefined)
    const values = merged(text, draft?.keys, mounted.codec)
    this.#seen = isPlain(values) && freeze(values) ? { draft, found: base, values } : undefined
    return values
  }

  #claimFlash(): Values {
    const { base, mounted } = this.#state
    const flash = base ? this.#state.bodyOf(base).flash : undefined
    const { exchange, closed } = this.#state
    // What could not be stored as read would be delivered again.
    if (!flash || closed || (exchange.headersSent && !mounted.tracker.byId)) return {}
    if (!this.#claims.claim(flash.id)) return {}
    this.#state.claimed = flash.id
    this.#state.draft = { ...this.#state.draft, consumed: flash.id }
    return flashValues(flash, mounted.codec)
  }

  #giveBack(): void {
    const { claimed } = this.#state
    if (claimed !== undefined) this.#claims.release(claimed)
    this.#state.claimed = undefined
  }
}
