import type { MountedSession } from '../definition/mounted-session.ts'
import type { HeaderSessionOptions } from '../definition/options.ts'

/**
 * The subprotocol to agree on where the page offers session tokens as others: browsers set no header on a WebSocket, and an
 * address is logged. The server answers with this one only, and never with a token.
 *
 * @example
 * const sockets = new WebSocketServer({
 *   noServer: true,
 *   handleProtocols: (offered) => offered.has(SESSION_PROTOCOL) && SESSION_PROTOCOL,
 * })
 */
export const SESSION_PROTOCOL = 'koa-typed-sessions'

const TICKET = 'ticket.'

/** What a page offers beside {@link SESSION_PROTOCOL}. */
export interface Offer {
  /** The request headers that the page could not set: the token of a header session, by the header's lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly tickets: readonly string[]
}

/** Reads `<header>.<base64url of its token>` and `ticket.<ticket>`. What is neither is somebody else's. */
export function readOffer(header: string | undefined, mounted: readonly MountedSession[]): Offer {
  const protocols = header?.split(',').map((text) => text.trim()) ?? []
  const headers = new Map<string, string>()
  if (!protocols.includes(SESSION_PROTOCOL)) return { headers, tickets: [] }
  for (const { kind, name, options } of mounted) {
    if (kind !== 'header') continue
    const start = `${name.toLowerCase()}.`
    const tokens = protocols.filter((text) => text.toLowerCase().startsWith(start))
    if (tokens.length === 0) continue
    const { scheme } = options as HeaderSessionOptions<object>
    // As Node joins a header that comes twice: two different tokens are none.
    const token = [...new Set(tokens)].map((text) => decoded(text.slice(start.length))).join(', ')
    headers.set(name.toLowerCase(), scheme === undefined ? token : `${scheme} ${token}`)
  }
  const tickets = protocols.filter((text) => text.startsWith(TICKET)).map((text) => text.slice(TICKET.length))
  return { headers, tickets }
}

/** The alphabet of a subprotocol is smaller than that of a token (RFC 6455 4.1). */
function decoded(text: string): string {
  return Buffer.from(text, 'base64url').toString()
}
