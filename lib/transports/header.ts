import { checkOptionTypes } from '../base/options.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'

/** Node refuses requests whose headers are above 16 KiB in all; a token may take half of that, name included. In bytes. */
const LIMIT = 8192

/** What stands for a text that cannot be a token: one that nobody ever made. */
const NO_TOKEN = ''

/** RFC 9110 token: what a header's name, and an authentication scheme, consists of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/

/** Headers that HTTP, proxies and browsers give a meaning, so that a token there would break the request or the response. */
const RESERVED =
  /^(?:(?:accept|access-control|content|if|proxy|sec|x-forwarded)-.*|accept|age|allow|alt-svc|cache-control|clear-site-data|connection|cookie2?|cross-origin-.*|date|dnt|etag|expect|expires|forwarded|from|host|http2-settings|keep-alive|last-modified|link|location|max-forwards|origin|permissions-policy|pragma|range|referer|referrer-policy|refresh|retry-after|server|server-timing|set-cookie2?|strict-transport-security|te|trailer|transfer-encoding|upgrade|upgrade-insecure-requests|user-agent|vary|via|warning|www-authenticate|x-content-type-options|x-frame-options|x-real-ip)$/i

/** What `header(name, options)` takes for its transport. */
export interface HeaderOptions {
  /** The word before the token in the request: `'Bearer'`. A header with another word holds no token. Default none. */
  readonly scheme?: string
  /** The response header that carries a new token, bare. Default: the same name. `Authorization` needs another. */
  readonly response?: string
}

/**
 * The token travels in a header of the request, and a new one in a header of the response; an empty one tells the client to
 * forget it.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on a name that is none, or that is not the app's to use.
 */
export function headerTransport(name: string, options: HeaderOptions = {}): SessionTransport {
  checkOptionTypes(`header '${name}'`, options, { scheme: 'string', response: 'string' }, name)
  const { scheme, response = name } = options
  for (const [what, text] of [
    ['name', name],
    ['scheme', scheme],
    ['response', response],
  ] as const) {
    if (text !== undefined && !TOKEN.test(text)) {
      throw new SessionConfigError(`header '${name}': ${what} must be letters, digits and '-'`, name)
    }
  }
  const lowerName = name.toLowerCase()
  for (const header of new Set([name, response])) {
    if (!RESERVED.test(header)) continue
    throw new SessionConfigError(
      `header '${name}': '${header}' is a header that HTTP itself uses; write one of your own, such as 'X-Session'`,
      name,
    )
  }
  if (response.toLowerCase() === 'authorization') {
    throw new SessionConfigError(
      `header '${name}': Authorization is a request header; say in 'response' which header carries a new token`,
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
      return token.length > LIMIT ? NO_TOKEN : token
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

/** The token behind the word, whatever its case (RFC 9110 11.1). */
function afterScheme(text: string | undefined, scheme: string): string | undefined {
  if (text === undefined || text.length <= scheme.length || text[scheme.length] !== ' ') return undefined
  return text.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase()
    ? text.slice(scheme.length + 1).trim()
    : undefined
}
