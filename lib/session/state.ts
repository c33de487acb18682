import { isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import type { KeyQueue } from '../base/key-queue.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import type { Read } from '../definition/codec.ts'
import { SessionNotLoadedError, SessionTooLateError, SessionValueError } from '../errors.ts'
import { readBody, type Body } from '../lifecycle/body.ts'
import { valueOf, withoutStored, withWhole, type Draft } from './draft.ts'
import { planDraft, type DraftPlan } from './draft-plan.ts'
import type { Observer } from './observer.ts'
import { present } from './present.ts'

/** These leave the client's token alone: what a login set meanwhile must not be deleted, nor one of two cookies. */
const HARMLESS: ReadonlySet<RefusalReason> = new Set(['unknown-id', 'duplicate'])

const EMPTY: Body = {}

/**
 * One session on one request: what it came with, and what the handler makes of it. Reading and drafting; storing is
 * `write.ts` and `commit.ts`.
 */
export class SessionState {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  readonly observer: Observer
  readonly queue: KeyQueue

  /** The session as it was last read or written; `null` where there is none. */
  found: Tracked | null = null
  draft: Draft | null = null
  /** Whether what the request presents is to be destroyed. */
  doomed = false
  /** Ids beside that of `found` which this request has given up but left alive: they end with it. */
  readonly left: Set<string> = new Set()
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
  /** The id of the flash that this request was given, until it is stored as read. */
  claimed: string | undefined
  /** Whether the response has gone, and nobody will store a draft any more. */
  closed = false

  #phase: 'unread' | 'read' | 'failed' = 'unread'
  #failure: unknown
  #newId: string | undefined
  #body: { readonly of: string; readonly body: Body } | undefined
  #parsed: { readonly text: string; readonly read: Read } | undefined

  constructor(mounted: MountedSession, exchange: Exchange, observer: Observer, queue: KeyQueue) {
    this.mounted = mounted
    this.exchange = exchange
    this.observer = observer
    this.queue = queue
  }

  get isRead(): boolean {
    return this.#phase === 'read'
  }

  /** What there will be: `found`, unless it is to be destroyed. */
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
    // What was read of flash stays read.
    this.draft = this.claimed === undefined ? null : { consumed: this.claimed }
    const row = this.found?.row
    if (!row && this.#phase !== 'read') await this.#open(this.mounted.transport.receive(this.exchange), true)
    else if (row && !this.doomed) {
      const loaded = await this.mounted.tracker.load(row.id, true)
      this.found = loaded.refused === undefined ? loaded : null
    }
    return this.value()
  }

  /** The whole value. @throws SessionValueError where single keys have left what the schema refuses. */
  value(): object | undefined {
    this.ensure()
    const { draft, base } = this
    const body = base ? this.bodyOf(base) : EMPTY
    const text = draft ? valueOf(draft, body, this.mounted.codec) : body.value
    if (text === undefined) return undefined
    const value = this.parse(text)
    if (value) return value
    if (text !== body.value) {
      const { name } = this.mounted
      throw new SessionValueError(
        `session '${name}' holds a value that its own serializer, schema or type does not read back`,
        '',
        name,
      )
    }
    this.#refused('invalid-value')
    return undefined
  }

  set(value: unknown, regenerate = false): void {
    this.ensure()
    this.change(withWhole(this.draft, this.mounted.codec.write(value), regenerate))
  }

  /** Drafts a change. @throws SessionTooLateError where it needs a header that cannot be sent any more. */
  change(draft: Draft): void {
    this.refuseIfClosed()
    if (this.exchange.headersSent && this.#needsHeader(draft)) throw this.tooLate()
    if (this.base === null) this.newId()
    this.draft = draft
  }

  plan(draft: Draft): DraftPlan {
    return planDraft(this, draft)
  }

  clear(): void {
    this.asked = true
    this.refuseIfClosed()
    const { mounted, exchange } = this
    if (this.#phase === 'unread' && !this.presented) this.presented = mounted.transport.receive(exchange) !== null
    if (!mounted.tracker.byId && exchange.headersSent && this.presented) throw this.tooLate()
    this.draft = null
    this.#newId = undefined
    this.doomed = true
  }

  id(): string | undefined {
    this.ensure()
    const { draft, base, mounted } = this
    if (!mounted.tracker.byId) return undefined
    if (!draft) return base?.row?.id
    if (base === null || draft.regenerate !== undefined) return this.newId()
    return (this.#isComplete(draft) ? this.plan(draft).id : undefined) ?? base.row?.id
  }

  /** The id that is to be: one, however often it is asked for before it is stored. */
  newId(): string | undefined {
    return (this.#newId ??= this.mounted.newId(this.exchange.context))
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
  stored(session: Tracked, plan: DraftPlan): void {
    const { mounted, observer, draft, found } = this
    const moved = plan.login || plan.id !== undefined
    observer.tell(this.found === null ? 'created' : moved ? 'regenerated' : 'updated', mounted.name, session)
    if (found?.row && plan.draft.regenerate === 'copy' && !plan.login) this.left.add(found.row.id)
    this.found = session
    this.changed = true
    this.forget = false
    this.#phase = 'read'
    if (plan.id !== undefined) this.#newId = undefined
    if (plan.draft.consumed === this.claimed) this.claimed = undefined
    // What was drafted while this was being stored goes on in the session that there is now.
    this.draft = draft && withoutStored(draft, plan.draft)
    if (plan.needsHeader) this.announce = true
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
    this.announce = false
    // What was set after a clear() is for another session.
    if (!this.doomed) this.draft = null
  }

  bodyOf(session: Tracked): Body {
    if (this.#body?.of !== session.text) this.#body = { of: session.text, body: readBody(session.text) ?? EMPTY }
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

  /** Sees to it that the session is there, or known not to be. */
  ensure(): void {
    this.asked = true
    if (this.#phase === 'read' || this.doomed) return
    if (this.#phase === 'failed') throw this.#failure
    const { mounted, exchange } = this
    const tokens = mounted.transport.receive(exchange)
    if (tokens === null) this.#phase = 'read'
    else if (mounted.options.deferred) {
      throw new SessionNotLoadedError(
        `session '${mounted.name}' is deferred: await ctx.sessions.load(definition) first`,
        mounted.name,
      )
    } else void this.#open(tokens, true)
  }

  #open(tokens: string | readonly string[] | null, asked: boolean): Awaitable<void> {
    if (tokens === null) {
      this.#phase = 'read'
      return
    }
    this.presented = true
    return andThen(present(this.mounted, tokens, asked), (result) => {
      this.#phase = 'read'
      if (result.refused !== undefined) return this.#refused(result.refused)
      if (readBody(result.session.text) === null) return this.#refused('invalid-value')
      this.found = result.session
      this.retired = result.retired
      this.observer.tell('read', this.mounted.name, this.found)
    })
  }

  /** Whether what single keys come to is a value already: that is known when a schema has seen it. */
  #isComplete(draft: Draft): boolean {
    if (!draft.keys) return true
    try {
      this.plan(draft)
      return true
    } catch (error) {
      if (error instanceof SessionValueError) return false
      throw error
    }
  }

  #needsHeader(draft: Draft): boolean {
    if (!this.mounted.tracker.byId || this.base === null) return true
    // What single keys come to may not be valid yet: that is known when they are stored.
    return draft.keys === undefined && this.plan(draft).needsHeader
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
}
