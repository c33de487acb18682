import type { KeyQueue } from '../base/key-queue.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { Read } from '../definition/codec.ts'
import { readBody, type Body } from '../formats/payload.ts'
import type { EventChannels } from '../mount/event-channels.ts'
import { withoutStored, type PendingChanges } from './changes.ts'
import { planWrite, type PlannedWrite } from './plan-write.ts'
import { lapses } from './token-lifetime.ts'

/** What is known of the session that the client's token stands for. */
type Known =
  | { readonly is: 'unread' }
  /** The storage, or a transformer, threw while the session was read ahead of the handler. */
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'absent' }
  /** `hasOldKey`: the token was made with a retired key. */
  | { readonly is: 'present'; readonly session: Tracked; readonly hasOldKey: boolean }

/**
 * What the client is told: nothing; its token; to forget its token. `must-forget`: by value, nothing but a forgotten token ends the
 * session, so that it is an error if the client cannot be told.
 */
type Reply = 'none' | 'send' | 'forget' | 'must-forget'

type Values = Readonly<Record<string, unknown>>

const UNREAD: Known = Object.freeze({ is: 'unread' })
const ABSENT: Known = Object.freeze({ is: 'absent' })
export const EMPTY_BODY: Body = Object.freeze({})
const NO_FLASH: Values = Object.freeze({})

/**
 * One session on one request: what is known of it, what is to change, and what the client is told.
 *
 * All fields are written here, by methods that say what has happened. Other files see a {@link SessionState}, whose fields are
 * read-only. Nothing here asks a storage or touches the response.
 */
class State {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  readonly observer: EventChannels
  readonly queue: KeyQueue

  known: Known
  changes: PendingChanges | null = null
  /** Whether the session that the request presents is to be destroyed. Changes made afterwards are those of a new one. */
  destroyRequested = false
  reply: Reply = 'none'
  clientHasToken: boolean
  /** Whether the handler asked for the session: the response depends on it then. */
  used = false
  /** Whether something was stored or destroyed since the client was last told. */
  hasNews = false
  /** The flash that this request was given, by its ids, until it is stored as delivered. */
  flashClaim: string | undefined = undefined
  /** The values of that flash. They end with their session. */
  flash: Values = NO_FLASH
  /** Whether the response has gone, so that a change would never be stored. */
  closed = false

  #newId: string | undefined
  #plan: PlannedWrite | undefined
  #body: { readonly of: string; readonly body: Body } | undefined
  #parsed: { readonly text: string; readonly read: Read } | undefined

  constructor(
    mounted: MountedSession,
    exchange: Exchange,
    observer: EventChannels,
    queue: KeyQueue,
    session?: Tracked | null,
  ) {
    this.mounted = mounted
    this.exchange = exchange
    this.observer = observer
    this.queue = queue
    this.clientHasToken = session !== undefined && session !== null
    this.known = session ? { is: 'present', session, hasOldKey: false } : session === null ? ABSENT : UNREAD
  }

  /** The session as it was last read or written; `null` if there is none, or it was not read. */
  get found(): Tracked | null {
    return this.known.is === 'present' ? this.known.session : null
  }

  /** The session that the changes apply to: the one that was found, unless it is to be destroyed. */
  get session(): Tracked | null {
    return this.known.is === 'present' && !this.destroyRequested ? this.known.session : null
  }

  get isRead(): boolean {
    return this.known.is === 'present' || this.known.is === 'absent'
  }

  /** What a session holds, still serialized. */
  bodyOf(session: Tracked): Body {
    if (this.#body?.of !== session.text) this.#body = { of: session.text, body: readBody(session.text) ?? EMPTY_BODY }
    return this.#body.body
  }

  /** The value of a text. The same object again, if it cannot have been changed. */
  parse(text: string): object | undefined {
    if (this.#parsed?.text === text && this.#parsed.read.lasting) return this.#parsed.read.value
    const read = this.mounted.codec.read(text)
    if (!read) return undefined
    this.#parsed = { text, read }
    return read.value
  }

  /** The id that the next write gives to the session: the same until it is stored. */
  newId(): string | undefined {
    return (this.#newId ??= this.mounted.newId(this.exchange.context))
  }

  /** The write that changes result in. Planned once, and again only if the changes or the session differ. */
  plan(changes: PendingChanges): PlannedWrite {
    const plan = this.#plan
    if (plan?.changes === changes && plan.session === this.session) return plan
    return (this.#plan = planWrite(this, changes))
  }

  /** The handler asked for the session. */
  use(): void {
    this.used = true
  }

  /** The request presents no token, or the storage has no such session. */
  notFound(): void {
    this.known = ABSENT
  }

  readFailed(error: unknown): void {
    this.clientHasToken = true
    this.known = { is: 'failed', error }
  }

  read(session: Tracked, body: Body, hasOldKey: boolean): void {
    this.clientHasToken = true
    this.#body = { of: session.text, body }
    this.known = { is: 'present', session, hasOldKey }
    this.observer.tell('read', this.mounted.name, session)
  }

  refused(forget: boolean): void {
    this.clientHasToken = true
    this.known = ABSENT
    this.reply = forget ? 'forget' : 'none'
  }

  /** The storage was asked again, and has this session. */
  seen(session: Tracked): void {
    this.known = { is: 'present', session, hasOldKey: this.known.is === 'present' && this.known.hasOldKey }
  }

  change(changes: PendingChanges | null): void {
    this.changes = changes
  }

  flashGiven(claim: string, values: Values): void {
    this.flashClaim = claim
    this.flash = values
    this.changes = { ...this.changes, consumed: claim }
  }

  /** `clientHasToken`: the request presents a token, which was not read. */
  requestDestroy(clientHasToken: boolean): void {
    this.clientHasToken = clientHasToken
    this.changes = null
    this.flash = NO_FLASH
    this.#newId = undefined
    this.destroyRequested = true
  }

  stored(session: Tracked, { changes: done, id, login, needsHeader }: PlannedWrite): void {
    const { mounted, observer, changes, exchange, known } = this
    const isNew = known.is !== 'present'
    observer.tell(isNew ? 'created' : login || id !== undefined ? 'regenerated' : 'updated', mounted.name, session)
    this.known = { is: 'present', session, hasOldKey: !isNew && known.hasOldKey }
    this.hasNews = true
    if (id !== undefined) this.#newId = undefined
    if (done.consumed === this.flashClaim) this.flashClaim = undefined
    // Changes that were made while these were being stored apply to the session as it is now.
    this.changes = changes === done ? null : changes && withoutStored(changes, done)
    if (needsHeader || (!exchange.headersSent && lapses(mounted, exchange, session))) this.reply = 'send'
    else if (this.reply !== 'send') this.reply = 'none'
  }

  renewed(session: Tracked): void {
    this.seen(session)
    this.observer.tell('touched', this.mounted.name, session)
  }

  /** The session that the request presented was destroyed. */
  destroyed(): void {
    if (this.clientHasToken || this.found) {
      this.observer.tell('destroyed', this.mounted.name, this.found)
      this.hasNews = true
    }
    this.known = ABSENT
    this.flashClaim = undefined
    this.destroyRequested = false
    this.reply = !this.clientHasToken ? 'none' : this.mounted.tracker.byId ? 'forget' : 'must-forget'
  }

  /** The storage has no such session any more. */
  gone(): void {
    this.observer.tell('gone', this.mounted.name, this.found)
    this.known = ABSENT
    this.flash = NO_FLASH
    if (this.reply === 'send') this.reply = 'none'
    // Changes that were made after a clear() are those of another session.
    if (!this.destroyRequested) this.changes = null
  }

  /** The client is to be sent a token of the session as it is. */
  sendToken(): void {
    this.reply = 'send'
  }

  tokenSent(): void {
    if (this.known.is === 'present') this.known = { ...this.known, hasOldKey: false }
    this.clientHasToken = true
    this.reply = 'none'
  }

  tokenForgotten(): void {
    this.clientHasToken = false
  }

  /** The headers are on the response; a token that could not be made is still to be sent. */
  replied(failure: unknown): void {
    if (this.reply !== 'send') this.reply = 'none'
    if (this.hasNews && failure === undefined) this.observer.tell('committed', this.mounted.name, this.found)
    this.hasNews = false
  }

  close(): void {
    this.closed = true
  }
}

/** One session on one request, as the other files see it. */
export type SessionState = Readonly<State>

/** Makes the state of a session that was not read yet; or, with `session`, of one that was just read, or not found. */
export const SessionState: new (
  mounted: MountedSession,
  exchange: Exchange,
  observer: EventChannels,
  queue: KeyQueue,
  session?: Tracked | null,
) => SessionState = State
