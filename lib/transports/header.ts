import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'
import { HTTP_TOKEN, OVERSIZED } from './token.ts'

/** Node.js refuses requests with more than 16 KiB of headers. A token, with its header's name, may take half of that. In bytes. */
const LIMIT = 8192

/** Headers with a meaning for HTTP, proxies or browsers: a token in one of them would break the request or the response. */
const RESERVED =
  /^(?:(?:accept|access-control|content|if|proxy|sec|x-forwarded)-.*|accept|age|allow|alt-svc|cache-control|clear-site-data|connection|cookie2?|cross-origin-.*|date|dnt|etag|expect|expires|forwarded|from|host|http2-settings|keep-alive|last-modified|link|location|max-forwards|origin|permissions-policy|pragma|range|referer|referrer-policy|refresh|retry-after|server|server-timing|set-cookie2?|strict-transport-security|te|trailer|transfer-encoding|upgrade|upgrade-insecure-requests|user-agent|vary|via|warning|www-authenticate|x-content-type-options|x-frame-options|x-real-ip)$/i

/** Options of `header(name, options)` for its transport. */
export interface HeaderOptions {
  /** The word before the token in the request: `'Bearer'`. A header with another word has no token. Default: none. */
  readonly scheme?: string
  /** The response header that carries a new token, without a scheme. Default: the same name. `Authorization` needs another one. */
  readonly response?: string
}

/**
 * Reads the token from a request header and sends a new one in a response header. An empty response header tells the client to forget
 * its token.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if a name is not a valid header name, or has a meaning in HTTP.
 */
export function headerTransport(name: string, options: HeaderOptions = {}): SessionTransport {
  const { scheme, response = name } = options
  for (const [what, text] of [
    ['name', name],
    ['scheme', scheme],
    ['response', response],
  ] as const) {
    if (text !== undefined && !HTTP_TOKEN.test(text)) {
      throw new SessionConfigError(`session '${name}': '${what}' must consist of letters, digits and '-'`, name)
    }
  }
  const lowerName = name.toLowerCase()
  for (const header of new Set([name, response])) {
    if (!RESERVED.test(header)) continue
    throw new SessionConfigError(
      `session '${name}': '${header}' is a header that HTTP itself uses: write one of your own, such as 'X-Session'`,
      name,
    )
  }
  if (response.toLowerCase() === 'authorization') {
    throw new SessionConfigError(
      `session '${name}': Authorization is a request header: name the header that carries a new token in 'response'`,
      name,
    )
  }
  const answer = (exchange: Parameters<SessionTransport['clear']>[0], value: string): void => {
    exchange.setHeader(response, value)
    if (exchange.crossOrigin) exchange.exposeHeader(response)
  }

  return {
    vary: name,
    claims: Array.from(new Set([name, response]), (header) => `header ${header.toLowerCase()}`),
    receive(exchange) {
      const text = exchange.header(lowerName)
      const token = scheme === undefined ? text : afterScheme(text, scheme)
      if (!token) return null
      return token.length > LIMIT ? OVERSIZED : token
    },
    send(exchange, token) {
      const size = response.length + token.length
      if (size > LIMIT) {
        throw new SessionTooLargeError(
          `session '${name}' is ${size} bytes, name and value, and a header holds ${LIMIT}: keep it in a storage`,
          name,
          size,
          LIMIT,
        )
      }
      answer(exchange, token)
    },
    clear: (exchange) => answer(exchange, ''),
  }
}

/** The token after the scheme. The scheme is case-insensitive (RFC 9110 11.1). */
function afterScheme(text: string | undefined, scheme: string): string | undefined {
  if (text === undefined || text.length <= scheme.length || text[scheme.length] !== ' ') return undefined
  return text.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase()
    ? text.slice(scheme.length + 1).trim()
    : undefined
}
