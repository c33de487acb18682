import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'

/** Node refuses requests whose headers are above 16 KiB in all; a token may take half of that, name included. In bytes. */
const LIMIT = 8192

/** What stands for a text that cannot be a token: one that nobody ever made. */
const NO_TOKEN = ''

/** RFC 9110 token: what a header's name, and an authentication scheme, consists of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/

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
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on a name that is none.
 */
export function headerTransport(name: string, options: HeaderOptions = {}): SessionTransport {
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
