/**
 * What callbacks of a definition are given of the request: Koa's context. The Koa floor says so by merging its own
 * type into this one; nothing below that floor knows Koa.
 */
export interface RequestContext {}

/** One request and its response, as far as sessions need them: the port to a server. */
export interface Exchange {
  /** What callbacks are given. */
  readonly context: RequestContext
  /** Whether cookies are to be `Secure` unless a definition says otherwise: the request came by TLS, or the app is in production. */
  readonly secure: boolean
  /** Whether a page of another origin is asking. */
  readonly crossOrigin: boolean
  /** Whether it is too late for a header. */
  readonly headersSent: boolean
  /** Whether no response follows, as on a WebSocket: `headersSent` is true from the beginning. Default: `false`. */
  readonly isSocket?: boolean
  /** Whether the app lets shared caches keep the response. */
  readonly publiclyCached: boolean
  /** Set for a read-only request, which renews no session. */
  readOnly?: boolean

  /** Whether another `sessions([…])` of the same app has a session of this name that travels likewise. */
  isShared?(kind: string, name: string): boolean
  /** A header of the request, by its lower-case name. */
  header(name: string): string | undefined
  /** Puts a `Set-Cookie` line on the response, in place of an earlier one of the same cookie. Other lines are left alone. */
  setCookie(cookie: string, line: string): void
  /** Takes back what {@link setCookie} has put on this response. */
  unsetCookie(cookie: string): void
  /** Puts a header on the response. */
  setHeader(name: string, value: string): void
  /** Lets scripts of another origin read a response header. */
  exposeHeader(name: string): void
  /** Tells caches that the response depends on a request header. */
  vary(name: string): void
  /** Forbids shared caches to keep the response: it carries somebody's token. */
  keepPrivate(): void
  /** Emits the app's `error` event; the response stays as it is. */
  report(error: unknown): void
}
