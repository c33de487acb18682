import { andThen, attempt, isPromise, type Awaitable } from '../base/awaitable.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { Read } from '../definition/codec.ts'
import { SessionNotLoadedError } from '../errors.ts'
import { readBody, type Body } from '../formats/payload.ts'
import type { Observer } from './observer.ts'
import { present } from './present.ts'

/** These leave the client's token alone: what a login set meanwhile must not be deleted, nor one of two cookies. */
const HARMLESS: ReadonlySet<RefusalReason> = new Set(['unknown-id', 'duplicate'])

export const EMPTY_BODY: Body = Object.freeze({})

/** What a request came with for one session: read once, before the handler or on first use, and then known. */
export class Incoming {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  readonly observer: Observer

  /** The session as it was last read or written; `null` where there is none. */
  found: Tracked | null = null
  /** Whether the client presents a token, or was given one. */
  presented = false
  /** Whether the handler asked for the session: the response depends on it then. */
  asked = false
  /** Whether the client is to forget its token. */
  forget = false
  /** Whether the token was made with a retired key. */
  retired = false

  #phase: 'unread' | 'read' | 'failed' = 'unread'
  #failure: unknown
  #body: { readonly of: string; readonly body: Body } | undefined
  #parsed: { readonly text: string; readonly read: Read } | undefined

  constructor(mounted: MountedSession, exchange: Exchange, observer: Observer) {
    this.mounted = mounted
    this.exchange = exchange
    this.observer = observer
  }

  get isRead(): boolean {
    return this.#phase === 'read'
  }

  /** Reads before the handler. What fails is kept for whoever asks for the session: a route that does not must work. */
  prepare(tokens: string | readonly string[]): Awaitable<void> {
    try {
      const reading = this.open(tokens, false)
      return isPromise(reading) ? reading.catch((error: unknown) => this.#fail(error)) : reading
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Sees to it that the session is there, or known not to be. */
  ensure(): void {
    this.asked = true
    if (this.#phase === 'read') return
    if (this.#phase === 'failed') throw this.#failure
    const { mounted, exchange } = this
    const tokens = mounted.transport.receive(exchange)
    if (tokens !== null && mounted.options.deferred) {
      throw new SessionNotLoadedError(
        `session '${mounted.name}' is deferred: await ctx.sessions.load(definition) first`,
        mounted.name,
      )
    }
    void this.open(tokens, true)
  }

  /** What a session holds. */
  bodyOf(session: Tracked): Body {
    if (this.#body?.of !== session.text) this.#body = { of: session.text, body: readBody(session.text) ?? EMPTY_BODY }
    return this.#body.body
  }

  /** The value of a text; the same object again where nobody can have changed it. */
  parse(text: string): object | undefined {
    if (this.#parsed?.text === text && this.#parsed.read.lasting) return this.#parsed.read.value
    const read = this.mounted.codec.read(text)
    if (!read) return undefined
    this.#parsed = { text, read }
    return read.value
  }

  protected open(tokens: string | readonly string[] | null, asked: boolean): Awaitable<void> {
    if (tokens === null) return this.known()
    this.presented = true
    return andThen(present(this.mounted, tokens, asked), (result) => {
      this.known()
      if (result.refused !== undefined) return this.refused(result.refused)
      const { text } = result.session
      const body = readBody(text)
      if (body === null) return this.refused('invalid-value')
      this.#body = { of: text, body }
      this.found = result.session
      this.retired = result.retired
      this.observer.tell('read', this.mounted.name, this.found)
    })
  }

  /** Nothing has to be read any more to know what there is. */
  protected known(): void {
    this.#phase = 'read'
  }

  protected refused(reason: RefusalReason): void {
    const { mounted, exchange, observer } = this
    this.found = null
    // Another part of the app may know the token as its own: reading it here must not sign anybody out there.
    this.forget = !HARMLESS.has(reason) && exchange.isShared?.(mounted.kind, mounted.name) !== true
    observer.tell('rejected', mounted.name, null, reason)
    const { onInvalid } = mounted.options
    if (!onInvalid) return
    // Nothing waits for it, and its failure must neither change the response nor end the process.
    void andThen(
      attempt(() => onInvalid(reason, exchange.context)),
      (told) => 'failure' in told && exchange.report(told.failure),
    )
  }

  #fail(error: unknown): void {
    this.#phase = 'failed'
    this.#failure = error
  }
}
