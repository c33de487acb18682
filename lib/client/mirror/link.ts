import { HEARTBEAT_EVERY, readFrame, type Frame, type Gone } from '../../wire/mirror-frame.ts'
import { toCanonicalText } from '../../wire/canonical-text.ts'
import { Alarm } from './alarm.ts'
import { Backoff } from './backoff.ts'
import type { Environment } from '../environment.ts'
import { Expiry } from './expiry.ts'
import type { MirrorState } from './mirror-state.ts'
import { callSafely } from '../reactive/report.ts'
import type { ConnectSessionOptions } from './session-mirror.ts'
import { readStream } from './stream.ts'
import { joinTabs, type Message, type Tabs } from './tabs.ts'

/** A stream that is silent for longer than this is dead. */
const SILENCE = 2.5 * HEARTBEAT_EVERY
/** How long a tab waits for its leader to answer. */
const PATIENCE = 500
/** A leader that is silent for longer than this is dead, or asleep. It outlasts the leader's own `SILENCE`. */
const LEADER_SILENCE = 3 * HEARTBEAT_EVERY
/** A stream of which only heartbeats or parts of frames come is told of no more often than this. */
const TELL_EVERY = 1_000
/** When it is asked once more whether there is a session, after one has ended. */
const SECOND_LOOK = 1_000
const NO_SESSION: Gone = { session: null, reason: 'ended' }

/**
 * Keeps a mirror's state up to date: over a stream of its own, or over another tab that has one, its leader. There is at
 * most one request at a time, and one alarm for what is to be done if nothing comes.
 */
export class Link {
  readonly #state: MirrorState
  readonly #url: string
  readonly #options: ConnectSessionOptions
  readonly #environment: Environment
  readonly #closed: AbortSignal
  readonly #alarm: Alarm
  readonly #expiry: Expiry
  readonly #backoff: Backoff
  #tabs: Tabs | undefined
  #isLeading = false
  #request: AbortController | undefined
  #requestedAt = 0
  #toldAt = 0
  #isSecondLookDue = false
  /** Whose session was shown last: `null` for a session of nobody's, `undefined` before any. */
  #subject: string | null | undefined

  constructor(
    state: MirrorState,
    url: string,
    options: ConnectSessionOptions,
    environment: Environment,
    closed: AbortSignal,
  ) {
    this.#state = state
    this.#url = url
    this.#options = options
    this.#environment = environment
    this.#closed = closed
    this.#alarm = new Alarm(environment, closed)
    this.#expiry = new Expiry(environment, closed, () => this.#expire())
    this.#backoff = new Backoff(environment, options.retry)
  }

  get isConnected(): boolean {
    return this.#request !== undefined
  }

  start(): void {
    if (!this.#options.headers) {
      const { href } = new URL(this.#url, this.#environment.document?.baseURI)
      const lead = (): void => {
        this.#isLeading = true
        this.#open()
      }
      this.#tabs = joinTabs(this.#environment, `koa-typed-sessions:${href}`, (message) => this.#hear(message), lead)
    }
    this.check()
  }

  suspend(): void {
    this.#tabs?.leave()
    this.#tabs = undefined
    this.#isLeading = false
    this.#expiry.forget()
    this.#hangUp()
  }

  /** Asks the server where this tab has a stream, and else the leader. `known`: what need not be told again. */
  check(known: string = this.#state.known, open: () => void = this.#open): void {
    if (!this.#tabs || this.#isLeading || this.#request) return open()
    this.#tabs.post({ ask: known })
    this.#alarm.set(PATIENCE, this.#open)
  }

  /** The connection is lost. */
  readonly lose = (): void => {
    this.#hangUp()
    this.#state.lose()
    this.#tell()
    this.#retry()
  }

  /** Shows what a frame says, if that is news. `at` as for `MirrorState.take`. */
  take(frame: Frame | undefined, at: number): void {
    if (!frame || !this.#state.take(frame, at)) return
    this.#expiry.forget()
    if (frame.event === 'gone') return
    const { now, expiresAt, subject } = frame.data
    this.#expiry.expect(expiresAt, now)
    const { onIdentityChange } = this.#options
    if (onIdentityChange && this.#subject !== undefined && this.#subject !== subject) callSafely(onIdentityChange)
    this.#subject = subject
  }

  #now(): number {
    return this.#environment.Date.now()
  }

  #hangUp(): void {
    this.#alarm.clear()
    if (this.#request) this.#backoff.ended(this.#requestedAt)
    this.#request?.abort()
    this.#request = undefined
  }

  readonly #open = (): void => {
    this.#hangUp()
    if (this.#closed.aborted) return
    const request = new AbortController()
    this.#requestedAt = this.#now()
    // Later than what is known, though the clock may have been set back.
    const at = Math.max(this.#requestedAt, this.#state.at)
    this.#request = request
    this.#alarm.set(SILENCE, this.lose)
    void this.#read(request, at)
      .catch(() => false)
      .then((isNone) => request === this.#request && (isNone ? this.#endWithout(at) : this.lose()))
  }

  async #read(request: AbortController, at: number): Promise<boolean> {
    const headers = (await this.#options.headers?.()) ?? {}
    return readStream(this.#environment, this.#url, headers, request.signal, (frames) => {
      if (request === this.#request) this.#heard(frames, at)
    })
  }

  #heard(frames: Frame[], at: number): void {
    this.#alarm.set(SILENCE, this.lose)
    for (const frame of frames) this.take(frame, frame.event === 'gone' ? this.#now() : at)
    if (frames.length > 0 || this.#now() - this.#toldAt >= TELL_EVERY) this.#tell()
    if (frames.at(-1)?.event !== 'gone') return
    // The end of one id may be the beginning of another one.
    this.#isSecondLookDue = true
    this.#openAnew()
  }

  /** The server's answer is that there is no session. */
  #endWithout(at: number): void {
    this.#hangUp()
    this.take({ event: 'gone', data: NO_SESSION }, at)
    this.#tell()
    if (this.#isSecondLookDue) this.#alarm.set(SECOND_LOOK, this.#open)
    this.#isSecondLookDue = false
  }

  #expire(): void {
    this.#state.show(undefined, 'stale')
    this.check('', this.#openAnew)
  }

  #retry(): void {
    this.#alarm.set(this.#backoff.pause(), this.#open)
  }

  /** At once, unless the connection before came to nothing. */
  readonly #openAnew = (): void => {
    this.#hangUp()
    if (this.#backoff.hasFailed) return this.#retry()
    this.#backoff.fail()
    this.#open()
  }

  /** Tells the other tabs what this one, as their leader, knows; and that it lives. */
  #tell(): void {
    if (!this.#isLeading) return
    this.#toldAt = this.#now()
    const { shown, status, at } = this.#state
    const known = shown && status !== 'pending' ? { ...shown, now: this.#expiry.now } : NO_SESSION
    this.#tabs?.post({ at, tell: status, text: toCanonicalText(known) })
  }

  #hear(message: Message): void {
    if (this.#isLeading) {
      if (message.ask !== undefined) this.#answer(message.ask)
    } else if (message.tell && Number.isFinite(message.at)) this.#follow(message)
  }

  /** A follower asks, and knows this already. Where it knows something else than the leader, the server decides. */
  #answer(known: string): void {
    if ((known && known !== this.#state.known) || !this.#request) this.#open()
    else this.#tell()
  }

  /** The leader tells its status, what it knows, and as of when. */
  #follow({ tell, text, at }: Message & { readonly tell: string }): void {
    const isLost = tell === 'stale'
    // Of two connections the one that works counts.
    if (isLost && this.#state.status === 'live' && this.#request) return
    this.#hangUp()
    this.take(readFrame(tell === 'gone' ? 'gone' : 'snapshot', text), at)
    if (isLost) this.#state.lose()
    if (this.#state.status !== 'gone') this.#alarm.set(LEADER_SILENCE, this.#open)
  }
}
