import type { KeyQueue } from '../base/key-queue.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import { SessionTooLateError, SessionValueError } from '../errors.ts'
import { valueOf, withGiven, withoutStored, type Draft } from './draft.ts'
import { planDraft, subjectOf, type DraftPlan } from './draft-plan.ts'
import { EMPTY_BODY, Incoming } from './incoming.ts'
import type { Observer } from './observer.ts'
import { checkSize } from './size.ts'
import { lapses } from './token-life.ts'

const NO_FLASH: Readonly<Record<string, unknown>> = Object.freeze({})

/** One session on one request: what it came with, and what the handler makes of it. Storing is `write.ts` and `commit.ts`. */
export class SessionState extends Incoming {
  readonly queue: KeyQueue

  draft: Draft | null = null
  /** Whether what the request presents is to be destroyed. */
  doomed = false
  /** Whether the client is to learn the token of `found`. */
  announce = false
  /** Whether that is all that a logout comes to: by value nothing else ends the session. */
  cleared = false
  /** Whether something was stored or destroyed since the client was last told. */
  changed = false
  /** The id of the flash that this request was given, until it is stored as read. */
  claimed: string | undefined
  /** The values of that flash: they end with their session, and no other one shows them. */
  flashed: Readonly<Record<string, unknown>> = NO_FLASH
  /** Whether the response has gone, and nobody will store a draft any more. */
  closed = false

  #newId: string | undefined
  constructor(mounted: MountedSession, exchange: Exchange, observer: Observer, queue: KeyQueue) {
    super(mounted, exchange, observer)
    this.queue = queue
  }

  /** What there will be: `found`, unless it is to be destroyed. */
  get base(): Tracked | null {
    return this.doomed ? null : this.found
  }

  /** What is to be destroyed need not be read. */
  override ensure(): void {
    this.asked = true
    if (!this.doomed) super.ensure()
  }

  /** Reads again what the request, or an earlier write, stands for. Drops what was not stored. */
  async load(): Promise<object | undefined> {
    this.asked = true
    // What was read of flash stays read.
    this.draft = this.claimed === undefined || this.doomed ? null : { consumed: this.claimed }
    const row = this.found?.row
    if (!row && !this.isRead) await this.open(this.mounted.transport.receive(this.exchange), true)
    else if (row && !this.doomed) {
      const loaded = await this.mounted.tracker.load(row.id, 'full')
      this.found = loaded.refused === undefined ? loaded : null
    }
    return this.value()
  }

  /** The whole value. @throws SessionValueError where single keys have left what the schema refuses. */
  value(): object | undefined {
    this.ensure()
    const { draft, base } = this
    const body = base ? this.bodyOf(base) : EMPTY_BODY
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
    this.refused('invalid-value')
    return undefined
  }

  set(value: unknown, regenerate = false): void {
    this.ensure()
    const whole = this.written(value)
    // Refuses a subject that is none while it can still be seen which call was wrong.
    subjectOf(this, { value: whole })
    this.change(withGiven(this.draft, whole, regenerate))
  }

  /** A value as it is stored. @throws SessionTooLargeError (`ERR_SESSION_TOO_LARGE`) above `maxSize`. */
  written(value: unknown): string {
    const text = this.mounted.codec.write(value)
    checkSize(this.mounted, text)
    return text
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
    if (!this.isRead && !this.presented) this.presented = mounted.transport.receive(exchange) !== null
    if (!mounted.tracker.byId && exchange.headersSent && this.presented) throw this.tooLate()
    this.draft = null
    this.flashed = NO_FLASH
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

  /** Whether what is drafted makes somebody sign in. */
  signsIn(): boolean {
    const { draft } = this
    return draft !== null && this.#isComplete(draft) && this.plan(draft).login
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
    const { mounted, observer, draft } = this
    const moved = plan.login || plan.id !== undefined
    observer.tell(this.found === null ? 'created' : moved ? 'regenerated' : 'updated', mounted.name, session)
    this.found = session
    this.changed = true
    this.forget = false
    this.known()
    if (plan.id !== undefined) this.#newId = undefined
    if (plan.draft.consumed === this.claimed) this.claimed = undefined
    // What was drafted while this was being stored goes on in the session that there is now.
    this.draft = draft && withoutStored(draft, plan.draft)
    if (plan.needsHeader || (!this.exchange.headersSent && lapses(mounted, this.exchange, session)))
      this.announce = true
  }

  /** What the request presented was destroyed. */
  destroyed(): void {
    if (this.presented || this.found) {
      this.observer.tell('destroyed', this.mounted.name, this.found)
      this.changed = true
    }
    this.found = null
    this.claimed = undefined
    this.doomed = false
    this.announce = false
    this.forget = this.presented
    this.cleared = !this.mounted.tracker.byId
    this.known()
  }

  /** What a storage said while it was being written: there is no such session any more. */
  lost(): void {
    this.observer.tell('gone', this.mounted.name, this.found)
    this.found = null
    this.flashed = NO_FLASH
    this.announce = false
    // What was set after a clear() is for another session.
    if (!this.doomed) this.draft = null
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
}
