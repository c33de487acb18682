/** What the stores use of a browser, by the names that it has there. */
export interface Environment {
  readonly Date: { now(): number }
  readonly Math: { random(): number }
  /** There is one where there is a page. */
  readonly document?: { readonly visibilityState: string; readonly baseURI: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly sessionStorage?: WebStorage
  readonly localStorage?: WebStorage
  readonly BroadcastChannel?: new (name: string) => Channel
  fetch(url: string, options: FetchOptions): Promise<Answer>
  setTimeout(f: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
  addEventListener(type: string, listener: (event: never) => void, options: { signal: AbortSignal }): void
}

/** `Storage` of the HTML Standard. What it keeps are its own enumerable properties, too. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, text: string): void
  removeItem(key: string): void
}

/** `BroadcastChannel` of the HTML Standard. */
export interface Channel {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  postMessage(message: unknown): void
  close(): void
}

/** `LockManager` of Web Locks. */
interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown>
}

interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly cache: 'no-store'
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): BodyReader } | null
}

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
}

/** The one that runs this. Each member is looked for when it is used, so that this module can be loaded anywhere. */
export const browserEnvironment: Environment = globalThis as unknown as Environment
