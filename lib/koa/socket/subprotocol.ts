import type { MountedSession } from '../../definition/mounted-session.ts'
import type { HeaderSessionOptions } from '../../definition/options.ts'

/**
 * The subprotocol to select when the page offers session tokens as further subprotocols: a browser cannot set a header on a WebSocket,
 * and a URL is logged. The server responds with this one only, and never with a token.
 *
 * @example
 * const sockets = new WebSocketServer({
 *   noServer: true,
 *   handleProtocols: (offered) => offered.has(SESSION_PROTOCOL) && SESSION_PROTOCOL,
 * })
 */
export const SESSION_PROTOCOL = 'koa-typed-sessions'

const TICKET = 'ticket.'

/** What a page offers besides {@link SESSION_PROTOCOL}. */
export interface Offer {
  /** The request headers that the page could not set: the tokens of header sessions, by the header's lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly tickets: readonly string[]
}

/** Reads `<header>.<base64url of its token>` and `ticket.<ticket>`. Other subprotocols belong to the app. */
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
    // Joined as Node joins a repeated header, so that two different tokens are malformed.
    const token = [...new Set(tokens)].map((text) => decoded(text.slice(start.length))).join(', ')
    headers.set(name.toLowerCase(), scheme === undefined ? token : `${scheme} ${token}`)
  }
  const tickets = protocols.filter((text) => text.startsWith(TICKET)).map((text) => text.slice(TICKET.length))
  return { headers, tickets }
}

/** A subprotocol allows fewer characters than a token (RFC 6455 4.1). */
function decoded(text: string): string {
  return Buffer.from(text, 'base64url').toString()
}
