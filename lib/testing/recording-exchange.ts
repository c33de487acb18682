import type { Exchange, RequestContext } from '../contracts/exchange.ts'

/** A request without a token, and a response that records the headers of sessions. */
export class RecordingExchange implements Exchange {
  readonly context = {} as RequestContext
  readonly secure = false
  readonly crossOrigin = false
  readonly headersSent = false
  readonly publiclyCached = false
  readonly #lines = new Map<string, string>()
  #header = ''

  /** The `Set-Cookie` lines, in order. */
  get lines(): readonly string[] {
    return [...this.#lines.values()]
  }

  /** The `Cookie` header of the client's next request. */
  get cookies(): string {
    return this.lines.map(pair).join('; ')
  }

  /** The token; joined if it was split over several cookies. */
  get token(): string {
    return this.#header + Array.from(this.#lines, ([cookie, line]) => pair(line).slice(cookie.length + 1)).join('')
  }

  header(): undefined {
    return undefined
  }

  setCookie(cookie: string, line: string): void {
    this.#lines.set(cookie, line)
  }

  unsetCookie(cookie: string): void {
    this.#lines.delete(cookie)
  }

  setHeader(_name: string, value: string): void {
    this.#header = value
  }

  exposeHeader(): void {}

  vary(): void {}

  keepPrivate(): void {}

  report(error: unknown): void {
    throw error
  }
}

/** `name=value` of a `Set-Cookie` line. */
function pair(line: string): string {
  return line.split(';', 1).join()
}
