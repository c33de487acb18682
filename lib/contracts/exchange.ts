/**
 * The request as a definition's callbacks see it: Koa's context. The room `koa/` merges Koa's type into this one, so that the rooms below
 * need not know Koa.
 */
export interface RequestContext {}

/** One request and its response, as far as sessions need them: the port to the web framework. */
export interface Exchange {
  /** The argument of callbacks. */
  readonly context: RequestContext
  /** The default of a cookie's `secure`: the request came over TLS, or the app is in production. */
  readonly secure: boolean
  /** Whether a page of another origin sent the request. */
  readonly crossOrigin: boolean
  /** Whether the response's headers were sent, so that none can be added. */
  readonly headersSent: boolean
  /** Whether no response follows, as on a WebSocket: `headersSent` is true from the beginning. Default: `false`. */
  readonly isSocket?: boolean
  /** Whether the app allows shared caches to store the response. */
  readonly publiclyCached: boolean
  /** Set for a read-only request, which renews no session. */
  readOnly?: boolean

  /** Whether another `sessions([…])` of the same app has a session with this name and kind of transport. */
  isShared?(kind: string, name: string): boolean
  /** Returns a request header, by its lower-case name. */
  header(name: string): string | undefined
  /** Sets a `Set-Cookie` line, in place of an earlier one of the same cookie. Other lines stay. */
  setCookie(cookie: string, line: string): void
  /** Removes a line that {@link setCookie} has set on this response. */
  unsetCookie(cookie: string): void
  /** Sets a response header. */
  setHeader(name: string, value: string): void
  /** Allows scripts of another origin to read a response header. */
  exposeHeader(name: string): void
  /** Adds a request header to `Vary`. */
  vary(name: string): void
  /** Forbids shared caches to store the response: it carries a token. */
  keepPrivate(): void
  /** Emits the app's `error` event; the response stays as it is. */
  report(error: unknown): void
}
