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

/** A stream that is silent for longer than this is lost. All times are in milliseconds. */
const SILENCE = 2.5 * HEARTBEAT_EVERY
/** How long a tab waits for its leader's answer. */
const LEADER_ANSWER = 500
/** A leader that is silent for longer than this is closed or suspended. Longer than the leader's own `SILENCE`. */
const LEADER_SILENCE = 3 * HEARTBEAT_EVERY
/** The minimum interval between messages to other tabs while a stream brings no whole frame. */
const POST_EVERY = 1_000
/** The delay of a second check after the end of a session. */
const SECOND_CHECK = 1_000
const NO_SESSION: Gone = { session: null, reason: 'ended' }

/**
 * Keeps a mirror's state current, through its own stream or through another tab that has one, the leader. There is at most one
 * request at a time, and one alarm, which goes off if nothing arrives.
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
  #postedAt = 0
  #isSecondCheckDue = false
  /** The subject of the last session: `null` for a session without one, `undefined` before the first session. */
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
      this.#tabs = joinTabs(this.#environment, `koa-typed-sessions:${href}`, (message) => this.#receive(message), lead)
    }
    this.check()
  }

  suspend(): void {
    this.#tabs?.leave()
    this.#tabs = undefined
    this.#isLeading = false
    this.#expiry.forget()
    this.#disconnect()
  }

  /** Asks the leader for its state, or the server if this tab leads or has a stream. `known` is the state that this tab has. */
  check(known: string = this.#state.known, open: () => void = this.#open): void {
    if (!this.#tabs || this.#isLeading || this.#request) return open()
    this.#tabs.post({ ask: known })
    this.#alarm.set(LEADER_ANSWER, this.#open)
  }

  /** Drops the connection, and schedules the next one. */
  readonly lose = (): void => {
    this.#disconnect()
    this.#state.lose()
    this.#postState()
    this.#retry()
  }

  /** Shows a frame if it is news. For `at`, see `MirrorState.take`. */
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

  #disconnect(): void {
    this.#alarm.clear()
    if (this.#request) this.#backoff.ended(this.#requestedAt)
    this.#request?.abort()
    this.#request = undefined
  }

  readonly #open = (): void => {
    this.#disconnect()
    if (this.#closed.aborted) return
    const request = new AbortController()
    this.#requestedAt = this.#now()
    // Not before the last known state, even if the clock was set back.
    const at = Math.max(this.#requestedAt, this.#state.at)
    this.#request = request
    this.#alarm.set(SILENCE, this.lose)
    void this.#read(request, at)
      .catch(() => false)
      .then(
        (isWithoutSession) =>
          request === this.#request && (isWithoutSession ? this.#endWithoutSession(at) : this.lose()),
      )
  }

  async #read(request: AbortController, at: number): Promise<boolean> {
    const headers = (await this.#options.headers?.()) ?? {}
    return readStream(this.#environment, this.#url, headers, request.signal, (frames) => {
      if (request === this.#request) this.#receiveFrames(frames, at)
    })
  }

  #receiveFrames(frames: Frame[], at: number): void {
    this.#alarm.set(SILENCE, this.lose)
    for (const frame of frames) this.take(frame, frame.event === 'gone' ? this.#now() : at)
    if (frames.length > 0 || this.#now() - this.#postedAt >= POST_EVERY) this.#postState()
    if (frames.at(-1)?.event !== 'gone') return
    // The session may go on under a new id.
    this.#isSecondCheckDue = true
    this.#openAnew()
  }

  /** Handles the response that there is no session. */
  #endWithoutSession(at: number): void {
    this.#disconnect()
    this.take({ event: 'gone', data: NO_SESSION }, at)
    this.#postState()
    if (this.#isSecondCheckDue) this.#alarm.set(SECOND_CHECK, this.#open)
    this.#isSecondCheckDue = false
  }

  #expire(): void {
    this.#state.show(undefined, 'stale')
    this.check('', this.#openAnew)
  }

  #retry(): void {
    this.#alarm.set(this.#backoff.pause(), this.#open)
  }

  /** Reconnects immediately, unless the previous connection failed. */
  readonly #openAnew = (): void => {
    this.#disconnect()
    if (this.#backoff.hasFailed) return this.#retry()
    this.#backoff.fail()
    this.#open()
  }

  /** If this tab leads, sends its state to the others, which also shows that it is alive. */
  #postState(): void {
    if (!this.#isLeading) return
    this.#postedAt = this.#now()
    const { shown, status, at } = this.#state
    const known = shown && status !== 'pending' ? { ...shown, now: this.#expiry.now } : NO_SESSION
    this.#tabs?.post({ at, tell: status, text: toCanonicalText(known) })
  }

  #receive(message: Message): void {
    if (this.#isLeading) {
      if (message.ask !== undefined) this.#answer(message.ask)
    } else if (message.tell && Number.isFinite(message.at)) this.#adopt(message)
  }

  /** Answers a follower that knows `known`. If that differs from the leader's own state, asks the server. */
  #answer(known: string): void {
    if ((known && known !== this.#state.known) || !this.#request) this.#open()
    else this.#postState()
  }

  /** Adopts the leader's state. */
  #adopt({ tell, text, at }: Message & { readonly tell: string }): void {
    const isLost = tell === 'stale'
    // This tab's own stream still works, so it counts.
    if (isLost && this.#state.status === 'live' && this.#request) return
    this.#disconnect()
    this.take(readFrame(tell === 'gone' ? 'gone' : 'snapshot', text), at)
    if (isLost) this.#state.lose()
    if (this.#state.status !== 'gone') this.#alarm.set(LEADER_SILENCE, this.#open)
  }
}
