import type { Channel, Environment, WebStorage } from '../../lib/client/environment.ts'
import { frameText, HEARTBEAT, type Frame, type Snapshot } from '../../lib/wire/mirror-frame.ts'

type Listener = (event: never) => void

/** A browser whose clock, network and tabs are led by the test: nothing happens but what it says. */
export class Browser {
  time = 1_000_000
  /** What the clock on the wall shows more than timers have counted: it has been set, or the laptop was asleep. */
  drift = 0
  random = 1
  /** Requests that no test has looked at yet. */
  readonly requests: Request[] = []
  /** All requests that are under way: what takes a connection. */
  readonly open = new Set<Request>()
  readonly localStorage = new FakeStorage()
  readonly channels = new Map<string, Set<FakeChannel>>()
  readonly locks = new Map<string, (() => void)[]>()
  #timers = new Map<number, { at: number; f: () => void }>()
  #timerCount = 0

  tab(options: { readonly isAlone?: boolean } = {}): Tab {
    return new Tab(this, options.isAlone ?? false)
  }

  /** Lets time pass, and whatever is due happen in its order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds
    for (;;) {
      await settled()
      const [id, timer] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? []
      if (!timer || timer.at > end) break
      this.#timers.delete(id!)
      this.time = Math.max(this.time, timer.at)
      timer.f()
    }
    this.time = end
    await settled()
  }

  setTimeout(f: () => void, milliseconds: number): number {
    // As browsers do: what does not fit into 32 bits is at once.
    this.#timers.set(++this.#timerCount, { at: this.time + (milliseconds > 2 ** 31 - 1 ? 0 : milliseconds), f })
    return this.#timerCount
  }

  clearTimeout(id: unknown): void {
    this.#timers.delete(id as number)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** The next request, in the order in which they were made. */
  next(): Request {
    const request = this.requests.shift()
    if (!request) throw new Error('there is no request')
    return request
  }
}

/** After all that is ready has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

/** One page of a tab: its globals. */
export class Tab implements Environment {
  readonly Date: Environment['Date']
  readonly Math: Environment['Math']
  readonly document = { visibilityState: 'visible', baseURI: 'http://app.example/page' }
  readonly navigator: NonNullable<Environment['navigator']>
  readonly sessionStorage: FakeStorage
  readonly localStorage: FakeStorage
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly setTimeout: Environment['setTimeout']
  readonly clearTimeout: Environment['clearTimeout']
  readonly #browser: Browser
  readonly #listeners = new Map<string, Set<Listener>>()
  #waiting: (() => void)[] | undefined

  readonly #isAlone: boolean

  constructor(browser: Browser, isAlone: boolean, sessionStorage: FakeStorage = new FakeStorage()) {
    this.#browser = browser
    this.#isAlone = isAlone
    this.sessionStorage = sessionStorage
    this.Date = { now: () => browser.time + browser.drift }
    this.Math = { random: () => browser.random }
    this.localStorage = browser.localStorage
    this.setTimeout = (f, milliseconds) => browser.setTimeout(() => this.run(f), milliseconds)
    this.clearTimeout = (id) => browser.clearTimeout(id)
    if (!isAlone) {
      // oxlint-disable-next-line typescript/no-this-alias -- a class inside has a `this` of its own
      const tab = this
      this.BroadcastChannel = class extends FakeChannel {
        constructor(name: string) {
          super(browser, name, (f) => tab.run(f))
        }
      }
    }
    this.navigator = isAlone ? {} : { locks: { request: (...args) => this.#lock(...args) } }
  }

  /** The next page of this tab, which has its storage. */
  anotherPage(): Tab {
    return new Tab(this.#browser, this.#isAlone, this.sessionStorage)
  }

  fetch(url: string, options: Parameters<Environment['fetch']>[1]): ReturnType<Environment['fetch']> {
    const request = new Request(this.#browser, url, options.headers, options.signal)
    this.#browser.requests.push(request)
    return request.answered as ReturnType<Environment['fetch']>
  }

  addEventListener(type: string, listener: Listener, { signal }: { signal: AbortSignal }): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    signal.addEventListener('abort', () => listeners.delete(listener))
  }

  /** Asleep, as browsers have tabs that nobody looks at: nothing of it runs until it wakes. */
  freeze(): void {
    this.#waiting = []
  }

  async thaw(): Promise<void> {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const f of waiting) f()
    await settled()
  }

  run(f: () => void): void {
    if (this.#waiting) this.#waiting.push(f)
    else f()
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }

  async dispatch(type: string, event: object = {}): Promise<void> {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event as never)
    await settled()
  }

  #lock(name: string, { signal }: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown> {
    const queue = this.#browser.locks.get(name) ?? []
    this.#browser.locks.set(name, queue)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const isFirst = queue[0] === take
        queue.splice(queue.indexOf(take), 1)
        if (isFirst) queue[0]?.()
      }
      let isHeld = false
      const take = (): void =>
        queueMicrotask(() => {
          if (signal.aborted) return
          isHeld = true
          void held().then(leave).then(resolve)
        })
      signal.addEventListener('abort', () => {
        if (isHeld) return
        leave()
        reject(new Error('aborted'))
      })
      queue.push(take)
      if (queue[0] === take) take()
    })
  }
}

class FakeChannel implements Channel {
  readonly #browser: Browser
  readonly #name: string
  readonly #run: (f: () => void) => void
  #listener: ((event: { readonly data: unknown }) => void) | undefined

  constructor(browser: Browser, name: string, run: (f: () => void) => void) {
    this.#browser = browser
    this.#name = name
    this.#run = run
    browser.channels.set(name, (browser.channels.get(name) ?? new Set()).add(this))
  }

  addEventListener(_: 'message', listener: (event: { readonly data: unknown }) => void): void {
    this.#listener = listener
  }

  postMessage(message: unknown): void {
    const data = structuredClone(message)
    for (const channel of this.#others()) setImmediate(() => channel.#run(() => channel.#listener?.({ data })))
  }

  close(): void {
    this.#browser.channels.get(this.#name)?.delete(this)
    this.#listener = undefined
  }

  #others(): FakeChannel[] {
    return [...(this.#browser.channels.get(this.#name) ?? [])].filter((channel) => channel !== this)
  }
}

/** A request that the test answers. */
export class Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly answered: Promise<unknown>
  isAborted = false
  /** The status that a stream begins with. */
  streamStatus = 200
  readonly #browser: Browser
  #answer!: (answer: unknown) => void
  #fail!: (error: unknown) => void
  #chunks: (Uint8Array | undefined)[] = []
  #wanted: { resolve: (read: object) => void; reject: (error: unknown) => void } | undefined

  constructor(browser: Browser, url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.url = url
    this.headers = headers
    this.#browser = browser
    browser.open.add(this)
    this.answered = new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
    })
    signal.addEventListener('abort', () => {
      this.isAborted = true
      this.#over(new Error('aborted'))
    })
  }

  #over(error: Error): void {
    this.#browser.open.delete(this)
    this.#fail(error)
    this.#wanted?.reject(error)
  }

  async status(status: number, type = 'basic'): Promise<void> {
    this.#browser.open.delete(this)
    this.#answer({ status, type, body: null })
    await settled()
  }

  async networkError(): Promise<void> {
    this.#over(new TypeError('network'))
    await settled()
  }

  /** Begins a stream, and sends frames. */
  async send(...frames: Frame[]): Promise<void> {
    await this.text(frames.map(frameText).join(''))
  }

  async beat(): Promise<void> {
    await this.text(HEARTBEAT)
  }

  async text(text: string): Promise<void> {
    this.#stream()
    this.#push(new TextEncoder().encode(text))
    await settled()
  }

  async end(): Promise<void> {
    this.#browser.open.delete(this)
    this.#push(undefined)
    await settled()
  }

  #stream(): void {
    const read = (): Promise<object> => {
      if (this.isAborted) return Promise.reject(new Error('aborted'))
      if (this.#chunks.length > 0) return Promise.resolve(this.#read(this.#chunks.shift()))
      return new Promise((resolve, reject) => {
        this.#wanted = { resolve, reject }
      })
    }
    this.#answer({ status: this.streamStatus, type: 'basic', body: { getReader: () => ({ read }) } })
  }

  #read(value: Uint8Array | undefined): object {
    return { done: value === undefined, value }
  }

  #push(chunk: Uint8Array | undefined): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted) wanted.resolve(this.#read(chunk))
    else this.#chunks.push(chunk)
  }
}

/** What a page keeps: its items are its own properties, as those of a real one are. */
export class FakeStorage implements WebStorage {
  getItem(name: string): string | null {
    return Object.hasOwn(this, name) ? (this as unknown as Record<string, string>)[name]! : null
  }

  setItem(name: string, text: string): void {
    Object.defineProperty(this, name, { value: text, enumerable: true, configurable: true, writable: true })
  }

  removeItem(name: string): void {
    Reflect.deleteProperty(this, name)
  }
}

/** A frame as the server sends it. */
export function snapshot(browser: Browser, value: unknown, more: Partial<Snapshot> = {}): Frame {
  const now = browser.time
  return {
    event: 'snapshot',
    data: { session: 'S', subject: 'ada', version: 1, now, expiresAt: now + 3_600_000, value, ...more },
  }
}

export function gone(session: string | null = 'S', reason: 'ended' | 'expired' = 'ended'): Frame {
  return { event: 'gone', data: { session, reason } }
}
