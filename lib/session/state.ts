import { isPromise, then, type Awaitable } from '../base/awaitable.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import type { Read } from '../definition/codec.ts'
import { SessionNotLoadedError, SessionTooLateError, SessionValueError } from '../errors.ts'
import type { Observer } from './observer.ts'
import { present } from './present.ts'

/** What the handler has set and nobody has stored yet. */
export interface Draft {
  readonly text: string
  /** Whose session it is, as the record says it. */
  readonly subject: string | undefined
  /** By id: the id of a new session, or the one that takes over at a login. */
  readonly id: string | undefined
  readonly login: boolean
}

/** These leave the client's token alone: what a login set meanwhile must not be deleted, nor one of two cookies. */
const HARMLESS: ReadonlySet<RefusalReason> = new Set(['unknown-id', 'duplicate'])

/**
 * One session on one request: what it came with, and what the handler makes of it. Reading and drafting; storing is
 * `commit.ts`, atomic updates are `update.ts`.
 */
export class SessionState {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  readonly observer: Observer

  /** The session as it was last read or written; `null` where there is none. */
  found: Tracked | null = null
  draft: Draft | null = null
  /** Whether what the request presents is to be destroyed. */
  doomed = false
  /** Whether the client presents a token, or was given one. */
  presented = false
  /** Whether the handler asked for the session: the response depends on it then. */
  asked = false
  /** Whether the client is to learn the token of `found`. */
  announce = false
  /** Whether the client is to forget its token. */
  forget = false
  /** Whether that is all that a logout comes to: by value nothing else ends the session. */
  cleared = false
  /** Whether the token was made with a retired key. */
  retired = false
  /** Whether something was stored or destroyed since the client was last told. */
  changed = false
  /** Whether the response has gone, and nobody will store a draft any more. */
  closed = false

  #phase: 'unread' | 'read' | 'failed' = 'unread'
  #failure: unknown
  #parsed: { readonly text: string; readonly read: Read } | undefined

  constructor(mounted: MountedSession, exchange: Exchange, observer: Observer) {
    this.mounted = mounted
    this.exchange = exchange
    this.observer = observer
  }

  get isRead(): boolean {
    return this.#phase === 'read'
  }

  /** What the session will be when it is stored: `found`, unless it is to be destroyed. */
  get base(): Tracked | null {
    return this.doomed ? null : this.found
  }

  /** Reads before the handler. What fails is kept for whoever asks for the session: a route that does not must work. */
  prepare(tokens: string | readonly string[]): Awaitable<void> {
    try {
      const reading = this.#open(tokens, false)
      return isPromise(reading) ? reading.catch((error: unknown) => this.#fail(error)) : reading
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Reads again what the request, or an earlier write, stands for. Drops what was not stored. */
  async load(): Promise<object | undefined> {
    this.asked = true
    this.draft = null
    const row = this.found?.row
    if (!row) await this.#open(this.mounted.transport.receive(this.exchange), true)
    else if (!this.doomed) {
      const loaded = await this.mounted.tracker.load(row.id, true)
      this.found = loaded.refused === undefined ? loaded : null
    }
    return this.value()
  }

  value(): object | undefined {
    this.#ensure()
    const text = this.draft?.text ?? this.base?.text
    if (text === undefined) return undefined
    const value = this.#parse(text)
    if (value) return value
    if (this.draft) {
      throw new SessionValueError(
        `session '${this.mounted.name}' holds a value that its own serializer, schema or type does not read back`,
        '',
        this.mounted.name,
      )
    }
    this.#refused('invalid-value')
    return undefined
  }

  set(value: unknown, regenerate = false): void {
    this.#ensure()
    this.refuseIfClosed()
    const draft = this.draftOf(value, regenerate)
    if (this.exchange.headersSent && this.needsHeader(draft)) throw this.tooLate()
    this.draft = draft
  }

  /** The draft that a value makes: its snapshot, and whether setting it is a login. */
  draftOf(value: unknown, regenerate = false): Draft {
    const { mounted, base } = this
    const text = mounted.codec.write(value)
    const subject = mounted.subjectOf(value as object, () => this.#parse(text) ?? (value as object))
    const login = base !== null && (regenerate || this.draft?.login === true || subject !== this.#subjectOf(base))
    const needsId = mounted.tracker.byId && (base === null || login)
    return { text, subject, login, id: needsId ? (this.draft?.id ?? mounted.newId(this.exchange.context)) : undefined }
  }

  clear(): void {
    this.asked = true
    this.refuseIfClosed()
    const { mounted, exchange } = this
    if (this.#phase === 'unread' && !this.presented) this.presented = mounted.transport.receive(exchange) !== null
    if (!mounted.tracker.byId && exchange.headersSent && this.presented) throw this.tooLate()
    this.draft = null
    this.doomed = true
  }

  id(): string | undefined {
    this.#ensure()
    return this.draft?.id ?? this.base?.row?.id
  }

  /** Whether storing a draft changes what the client must hold. */
  needsHeader(draft: Draft): boolean {
    return !this.mounted.tracker.byId || draft.id !== undefined
  }

  refuseIfClosed(): void {
    if (this.closed) throw this.tooLate()
  }

  tooLate(): SessionTooLateError {
    const { name } = this.mounted
    return new SessionTooLateError(
      `session '${name}' was changed after the response's headers were sent: change it before, or await ctx.sessions.commit() first`,
      name,
    )
  }

  /** A draft was stored. */
  stored(session: Tracked, draft: Draft): void {
    const { mounted, observer } = this
    observer.tell(this.base === null ? 'created' : draft.login ? 'regenerated' : 'updated', mounted.name, session)
    this.found = session
    this.changed = true
    this.doomed = false
    this.forget = false
    this.#phase = 'read'
    if (this.draft === draft) this.draft = null
    // What was set while this was being stored goes on in the session that there is now.
    else if (this.draft && this.draft.id === draft.id) this.draft = { ...this.draft, id: undefined, login: false }
    if (this.needsHeader(draft)) this.announce = true
  }

  /** What the request presented was destroyed. */
  destroyed(): void {
    if (this.presented || this.found) {
      this.observer.tell('destroyed', this.mounted.name, this.found)
      this.changed = true
    }
    this.found = null
    this.doomed = false
    this.announce = false
    this.forget = this.presented
    this.cleared = !this.mounted.tracker.byId
    this.#phase = 'read'
  }

  /** What a storage said while it was being written: there is no such session any more. */
  lost(): void {
    this.observer.tell('gone', this.mounted.name, this.found)
    this.found = null
    this.draft = null
    this.announce = false
  }

  /** The session is there, or known not to be. */
  #ensure(): void {
    this.asked = true
    if (this.#phase === 'read' || this.doomed) return
    if (this.#phase === 'failed') throw this.#failure
    const { mounted, exchange } = this
    const tokens = mounted.transport.receive(exchange)
    if (tokens === null) this.#phase = 'read'
    else if (mounted.options.deferred) {
      throw new SessionNotLoadedError(`session '${mounted.name}' is deferred: await ctx.sessions.load(definition) first`, mounted.name)
    } else void this.#open(tokens, true)
  }

  #open(tokens: string | readonly string[] | null, asked: boolean): Awaitable<void> {
    if (tokens === null) {
      this.#phase = 'read'
      return
    }
    this.presented = true
    return then(present(this.mounted, tokens, asked), (result) => {
      this.#phase = 'read'
      if (result.refused !== undefined) return this.#refused(result.refused)
      this.found = result.session
      this.retired = result.retired
      this.observer.tell('read', this.mounted.name, this.found)
    })
  }

  #fail(error: unknown): void {
    this.#phase = 'failed'
    this.#failure = error
  }

  #refused(reason: RefusalReason): void {
    const { mounted, exchange, observer } = this
    this.found = null
    this.forget = !HARMLESS.has(reason)
    observer.tell('rejected', mounted.name, null, reason)
    try {
      mounted.options.onInvalid?.(reason, exchange.context)
    } catch (error) {
      exchange.report(error)
    }
  }

  #subjectOf(session: Tracked): string | undefined {
    if (session.row) return session.row.record.subject
    const value = this.#parse(session.text)
    return value && this.mounted.subjectOf(value, () => value)
  }

  /** The value of a text; the same object again where nobody can have changed it. */
  #parse(text: string): object | undefined {
    if (this.#parsed?.text === text && this.#parsed.read.lasting) return this.#parsed.read.value
    const read = this.mounted.codec.read(text)
    if (!read) return undefined
    this.#parsed = { text, read }
    return read.value
  }
}
