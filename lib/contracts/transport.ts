import type { Exchange } from './exchange.ts'

/** How a session's token travels. `cookie` and `header` are built in; `session` takes one of your own. */
export interface SessionTransport {
  /** The request header that responses vary by, for caches; none for a transport of your own that reads no header. */
  readonly vary?: string
  /**
   * The cookies and headers that it reads and sets, as `cookie sid.0` or `header x-session`: no two sessions that are mounted together
   * may have one in common. None for a transport of your own that does not say.
   */
  readonly claims?: readonly string[]
  /** The token that the request presents: none, one, or several where a client sent duplicates. Never throws. */
  receive(exchange: Exchange): string | readonly string[] | null
  /** Gives the client a token. `lifetime`: for how many milliseconds it is worth anything, `Infinity` for no end. */
  send(exchange: Exchange, token: string, lifetime: number): void
  /**
   * Whether the client forgets a token earlier than `lifetime` says, which is then sent again whenever the session is written or
   * renewed. Left out where it never does.
   */
  lapses?(exchange: Exchange, lifetime: number): boolean
  /** Tells the client to forget its token. */
  clear(exchange: Exchange): void
}
