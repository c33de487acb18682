import { HEARTBEAT_EVERY, readFrame, type Frame, type Gone } from '../wire/frame.ts'
import { toText } from '../wire/text.ts'
import { nonreactive } from './current.ts'
import type { Environment } from './environment.ts'
import type { Frozen } from './frozen.ts'
import { subscribeTo } from './listen.ts'
import { MirrorState, type MirrorStatus } from './mirror-state.ts'
import { attempt } from './report.ts'
import type { ConnectSessionOptions, SessionMirror } from './session-mirror.ts'
import { readStream } from './stream.ts'
import { joinTabs, type Message, type Tabs } from './tabs.ts'

type Key<T> = keyof T & string

/** A stream that is silent for longer than this is dead. */
const SILENCE = 2.5 * HEARTBEAT_EVERY
/** How long one waits for another tab to show what it knows. */
const PATIENCE = 500
/** A leader that is silent for longer than this is dead, or asleep. It outlasts the leader's own `SILENCE`. */
const LEADER_SILENCE = 3 * HEARTBEAT_EVERY
/** The server says by itself that a session has expired: this is for when it cannot. */
const EXPIRY_GRACE = 2_000
const NOBODY: Gone = { session: null, reason: 'ended' }
/** A connection that has lasted for longer than this has come to something. */
const STEADY = 5_000

export class Connection<T extends object> implements SessionMirror<T> {
  readonly #state = new MirrorState()
  readonly #url: string
  readonly #options: ConnectSessionOptions
  readonly #environment: Environment
  readonly #closing = new AbortController()
  #tabs: Tabs | undefined
  #isLeading = false
  #request: AbortController | undefined
  /** When the request was made. */
  #began = 0
  /** How many connections have come to nothing, one after the other. */
  #tries = 0
  #looks = 0
  #alarm: unknown
  #expiry: unknown
  #subject: string | null | undefined
  /** What the server's clock says more than this one. */
  #offset = 0

  constructor(url: string, options: ConnectSessionOptions, environment: Environment) {
    this.#url = url
    this.#options = options
    this.#environment = environment
    // On a server it shows what the page will show at first, and does nothing.
    if (!environment.document) this.#closing.abort()
    this.#take(readFrame('snapshot', options.initial ?? ''), this.#now())
    this.#state.show(this.#state.shown, 'pending')
    if (this.#isClosed) return
    const on = (type: string, listener: (event: { readonly persisted: boolean }) => void): void =>
      environment.addEventListener(type, listener, this.#closing)
    on('pagehide', ({ persisted }) => {
      this.#suspend()
      // It may be shown again as it is, after a sign-out.
      if (persisted) this.#state.show(undefined, 'pending')
    })
    on('pageshow', ({ persisted }) => persisted && this.#start())
    on('offline', () => this.#request && this.#lose())
    const look = (): unknown => this.status === 'live' || this.#check()
    on('online', look)
    on('visibilitychange', () => environment.document?.visibilityState === 'hidden' || look())
    this.#start()
  }

  get status(): MirrorStatus {
    return this.#state.status
  }

  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined {
    return this.#state.values.get(key) as Frozen<T[K]> | undefined
  }

  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean {
    return this.#state.values.equals(key, value)
  }

  all(): Frozen<T> | undefined {
    return this.#state.all() as Frozen<T> | undefined
  }

  readonly getSnapshot = (): Frozen<T> | undefined => nonreactive(() => this.all())

  // The status is read too, so that a listener is told of that as well.
  readonly subscribe = subscribeTo(this.#state.values, () => this.status && this.all()) as SessionMirror<T>['subscribe']

  refresh(): void {
    this.#check('again')
  }

  close(): void {
    this.#closing.abort()
    this.#suspend()
    this.#state.lose()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  #now(): number {
    return this.#environment.Date.now()
  }

  #start(): void {
    if (!this.#options.headers) {
      this.#tabs = joinTabs(
        this.#environment,
        `koa-typed-sessions:${new URL(this.#url, this.#environment.document?.baseURI).href}`,
        (message) => this.#hear(message),
        () => {
          this.#isLeading = true
          this.#open()
        },
      )
    }
    this.#check()
  }

  #suspend(): void {
    this.#tabs?.leave()
    this.#tabs = undefined
    this.#isLeading = false
    this.#environment.clearTimeout(this.#expiry)
    this.#stop()
  }

  /** Whoever has a stream asks the server; others ask the leader, and the server if that is silent. */
  #check(ask = this.#state.known, open = this.#open): void {
    if (!this.#tabs || this.#isLeading || this.#request) return open()
    this.#tabs.post({ ask })
    this.#wake(PATIENCE, this.#open)
  }

  #wake(milliseconds: number, f: () => void): void {
    this.#environment.clearTimeout(this.#alarm)
    this.#alarm = this.#after(milliseconds, f)
  }

  #after(milliseconds: number, f: () => void): unknown {
    return this.#isClosed || this.#environment.setTimeout(f, milliseconds)
  }

  #stop(): void {
    this.#environment.clearTimeout(this.#alarm)
    if (this.#request && this.#now() - this.#began > STEADY) this.#tries = 0
    this.#request?.abort()
    this.#request = undefined
  }

  readonly #open = (): void => {
    this.#stop()
    if (this.#isClosed) return
    const request = new AbortController()
    this.#began = this.#now()
    // Later than what is known, though the clock may have been set back.
    const at = Math.max(this.#began, this.#state.at)
    this.#request = request
    this.#wake(SILENCE, this.#lose)
    void this.#read(request, at)
      .catch(() => false)
      .then((isGone) => request === this.#request && (isGone ? this.#none(at) : this.#lose()))
  }

  async #read(request: AbortController, at: number): Promise<boolean> {
    const headers = (await this.#options.headers?.()) ?? {}
    return readStream(this.#environment, this.#url, headers, request.signal, (frames) => {
      if (request !== this.#request) return
      this.#wake(SILENCE, this.#lose)
      for (const frame of frames) this.#take(frame, frame.event === 'gone' ? this.#now() : at)
      this.#tell()
      if (frames.at(-1)?.event === 'gone') {
        // The end of one id may be the beginning of another one.
        this.#looks = 1
        this.#again()
      }
    })
  }

  #none(at: number): void {
    this.#stop()
    this.#take({ event: 'gone', data: NOBODY }, at)
    this.#tell()
    if (this.#looks-- > 0) this.#wake(1_000, this.#open)
  }

  readonly #lose = (): void => {
    this.#stop()
    this.#state.lose()
    this.#tell()
    this.#retry()
  }

  /** The pause grows as long as connections come to nothing within seconds. */
  #retry(): void {
    const { min, max } = this.#options.retry ?? { min: 1_000, max: 30_000 }
    this.#wake(this.#environment.Math.random() * Math.min(max, min * 2 ** this.#tries++), this.#open)
  }

  /** Asks anew: at once, but if it was just this that came to nothing. */
  readonly #again = (): void => {
    this.#stop()
    if (this.#tries > 0) return this.#retry()
    this.#tries = 1
    this.#open()
  }

  #take(frame: Frame | undefined, at: number): void {
    if (!frame || !this.#state.take(frame, at)) return
    this.#environment.clearTimeout(this.#expiry)
    if (frame.event === 'gone') return
    const { now, expiresAt, subject } = frame.data
    this.#offset = now - this.#now()
    this.#expire(expiresAt)
    const { onIdentityChange } = this.#options
    if (onIdentityChange && this.#subject !== undefined && this.#subject !== subject) attempt(onIdentityChange)
    this.#subject = subject
  }

  #expire(expiresAt: number): void {
    const from = this.#now()
    const left = expiresAt + EXPIRY_GRACE - from - this.#offset
    // Timers stand still while a laptop sleeps, and take 32 bits: so the clock is looked at again and again.
    const pause = Math.min(left, HEARTBEAT_EVERY)
    if (left > 0) {
      this.#expiry = this.#after(pause, () => {
        // The clock may have been set back meanwhile.
        this.#offset += Math.max(0, from + pause - this.#now())
        this.#expire(expiresAt)
      })
    } else {
      this.#state.show(undefined, 'stale')
      this.#check('', this.#again)
    }
  }

  /** Tells the others what this one, as their leader, knows; and that it lives. */
  #tell(): void {
    if (!this.#isLeading) return
    const { shown, status, at } = this.#state
    this.#tabs?.post({
      at,
      tell: status,
      text: toText(shown && status !== 'pending' ? { ...shown, now: this.#now() + this.#offset } : NOBODY),
    })
  }

  #hear(message: Message): void {
    const { known, status } = this.#state
    if (this.#isLeading) {
      if (message.ask === undefined) return
      if ((message.ask || known) !== known || !this.#request) this.#open()
      else this.#tell()
    } else if (message.tell && Number.isFinite(message.at)) {
      // Of two connections the one that works counts.
      const isLost = message.tell === 'stale'
      if (isLost && status === 'live' && this.#request) return
      this.#stop()
      this.#take(readFrame(message.tell === 'gone' ? 'gone' : 'snapshot', message.text), message.at)
      if (isLost) this.#state.lose()
      if (this.status !== 'gone') this.#wake(LEADER_SILENCE, this.#open)
    }
  }
}
