/** The parts of a browser's global scope that the stores use, by their names there. */
export interface Environment {
  readonly Date: { now(): number }
  readonly Math: { random(): number }
  /** Absent outside a page, as on a server. */
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

/** `Storage` of the HTML Standard. Its items are also its own enumerable properties. */
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

/** The global scope. Its members are read only when they are used, so this module loads in any runtime. */
export const browserEnvironment: Environment = globalThis as unknown as Environment
