import { HEARTBEAT_EVERY, readFrame, type Frame, type Gone } from '../wire/frame.ts'
import { toText } from '../wire/text.ts'
import { nonreactive } from './current.ts'
import type { Environment } from './environment.ts'
import type { Frozen } from './frozen.ts'
import { listen } from './listen.ts'
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
/** `setTimeout` takes 32 bits. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

export class Connection<T extends object> implements SessionMirror<T> {
  readonly #state = new MirrorState()
  readonly #url: string
  readonly #options: ConnectSessionOptions
  readonly #environment: Environment
  readonly #closing = new AbortController()
  #tabs: Tabs | undefined
  #isLeading = false
  #request: AbortController | undefined
  #alarm: unknown
  #expiry: unknown
  #tries = 0
  #looks = 0
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

  readonly subscribe = (...args: unknown[]): (() => void) => {
    const listener = args.pop() as (value: unknown) => void
    return listen(
      () => (args.length > 0 ? this.#state.values.get(String(args[0])) : this.status && this.all()),
      listener,
    )
  }

  refresh(): void {
    this.#check(true)
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
  #check(again = false): void {
    if (this.#isLeading || this.#request || !this.#tabs) return this.#open()
    this.#tabs.post({ ask: this.#state.shown?.session ?? null, again })
    this.#wake(PATIENCE, () => this.#open())
  }

  #wake(milliseconds: number, f: () => void): void {
    this.#environment.clearTimeout(this.#alarm)
    this.#alarm = this.#after(milliseconds, f)
  }

  #after(milliseconds: number, f: () => void): unknown {
    return this.#isClosed || this.#environment.setTimeout(f, Math.min(milliseconds, LONGEST_TIMEOUT))
  }

  #stop(): void {
    this.#environment.clearTimeout(this.#alarm)
    this.#request?.abort()
    this.#request = undefined
  }

  #open(): void {
    this.#stop()
    if (this.#isClosed) return
    const request = new AbortController()
    // Later than what is known, though the clock may have been set back.
    const at = Math.max(this.#now(), this.#state.at)
    this.#request = request
    this.#wake(SILENCE, () => this.#lose())
    this.#read(request, at).then(
      (isGone) => request === this.#request && (isGone ? this.#none(at) : this.#lose()),
      () => request === this.#request && this.#lose(),
    )
  }

  async #read(request: AbortController, at: number): Promise<boolean> {
    const headers = (await this.#options.headers?.()) ?? {}
    return readStream(this.#environment, this.#url, headers, request.signal, (frames) => {
      if (request !== this.#request) return
      if (frames.length > 0) this.#tries = 0
      this.#wake(SILENCE, () => this.#lose())
      for (const frame of frames) this.#take(frame, frame.event === 'gone' ? this.#now() : at)
      this.#tell()
      if (frames.at(-1)?.event === 'gone') {
        // The end of one id may be the beginning of another one.
        this.#looks = 1
        this.#open()
      }
    })
  }

  #none(at: number): void {
    this.#stop()
    this.#take({ event: 'gone', data: NOBODY }, at)
    this.#tell()
    if (this.#looks-- > 0) this.#wake(1_000, () => this.#open())
  }

  #lose(): void {
    this.#stop()
    this.#state.lose()
    this.#tell()
    const { min, max } = this.#options.retry ?? { min: 1_000, max: 30_000 }
    this.#wake(this.#environment.Math.random() * Math.min(max, min * 2 ** this.#tries++), () => this.#open())
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
    const left = expiresAt + EXPIRY_GRACE - this.#now() - this.#offset
    if (left > 0) {
      this.#expiry = this.#after(left, () => this.#expire(expiresAt))
      return
    }
    this.#state.show(undefined, 'stale')
    this.#check()
  }

  /** Tells the others what this one, as their leader, knows; and that it lives. */
  #tell(): void {
    if (!this.#isLeading) return
    const { shown, status, at } = this.#state
    this.#tabs?.post({
      at,
      lost: status === 'stale',
      tell: shown ? 'snapshot' : status,
      text: toText(shown ? { ...shown, now: this.#now() + this.#offset } : NOBODY),
    })
  }

  #hear(message: Message): void {
    const { shown, status } = this.#state
    if (this.#isLeading) {
      if (message.ask === undefined) return
      const isOther = status === 'live' && message.ask !== null && message.ask !== shown?.session
      if (message.again || isOther || !this.#request) this.#open()
      else this.#tell()
    } else if (message.tell) {
      // Of two connections the one that works counts.
      if (message.lost && status === 'live' && this.#request) return
      this.#stop()
      this.#take(readFrame(message.tell, message.text), message.at)
      if (message.lost) this.#state.lose()
      if (this.status !== 'gone') this.#wake(LEADER_SILENCE, () => this.#open())
    }
  }
}
