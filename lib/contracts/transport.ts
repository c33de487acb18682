import type { Exchange } from './exchange.ts'

/** Carries a session's token between client and server. `cookie` and `header` are built in; `session` takes a custom one. */
export interface SessionTransport {
  /** The request header that responses vary by. Leave it out if the transport reads no header. */
  readonly vary?: string
  /**
   * The cookies and headers that the transport reads and sets, as `cookie sid.0` or `header x-session`. Two sessions that are mounted
   * together must not share one. Default: none.
   */
  readonly claims?: readonly string[]
  /** Returns the request's token: none, one, or several if the client sent duplicates. Never throws. */
  receive(exchange: Exchange): string | readonly string[] | null
  /** Sends the client a token. `lifetime`: how long the token is valid, in milliseconds; `Infinity`: no limit. */
  send(exchange: Exchange, token: string, lifetime: number): void
  /**
   * Whether the client drops a token before the end of `lifetime`. The token is then sent again whenever the session is written or renewed.
   * Leave it out if the client never does.
   */
  lapses?(exchange: Exchange, lifetime: number): boolean
  /** Tells the client to drop its token. */
  clear(exchange: Exchange): void
}
