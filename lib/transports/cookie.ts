import { milliseconds } from '../base/duration.ts'
import { checkOptions, type OptionChecks } from '../base/options.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'
import { cookieAttributes, type CookieAttributes } from './cookie-attributes.ts'
import { cookieValues } from './cookie-reader.ts'
import { HTTP_TOKEN, OVERSIZED } from './token.ts'

/** Browsers silently drop a cookie with a longer name and value (RFC 6265bis 5.6). In bytes. */
const LIMIT = 4096
/** Browsers keep a cookie for 400 days at most (RFC 6265bis 5.5). */
const LONGEST = milliseconds('400d', 'the limit')
/** The option `cookie` of `cookie(name, { cookie })`. */
export interface CookieOptions extends CookieAttributes {
  /** The number of cookies that a value above 4,096 bytes may be split over, from 1 to 16. Default 1: such a value is an error. */
  readonly chunks?: number
}

/** The values are checked below, since most may be functions of the request. */
const CHECKS: OptionChecks<CookieOptions> = {
  path: 'any',
  domain: 'any',
  maxAge: 'any',
  secure: 'any',
  httpOnly: 'any',
  sameSite: 'any',
  partitioned: 'any',
  priority: 'any',
  chunks: 'any',
}

/**
 * Keeps the token in a cookie, or, if it is too long for one and `chunks` allows it, in several: `name.0`, `name.1` and so on.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the name is not a valid cookie name, and as {@link cookieAttributes}.
 */
export function cookieTransport(name: string, options: CookieOptions = {}): SessionTransport {
  if (!HTTP_TOKEN.test(name))
    throw new SessionConfigError(
      `session '${name}': the name of a cookie must consist of letters, digits, '-' and '_'`,
      name,
    )
  checkOptions(`session '${name}': 'cookie'`, options, CHECKS, name)
  const { chunks = 1, ...attributes } = options
  if (!Number.isInteger(chunks) || chunks < 1 || chunks > 16) {
    throw new SessionConfigError(`session '${name}': cookie.chunks must be a whole number from 1 to 16`, name)
  }
  const compute = cookieAttributes(name, attributes)
  const partNames = chunks === 1 ? [] : Array.from({ length: chunks }, (_, part) => `${name}.${part}`)

  const expire = (exchange: Exchange, cookies: readonly string[]): void => {
    const { text } = compute(exchange.context, exchange.secure)
    const rest = `=${text}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`
    for (const cookie of cookies) exchange.setCookie(cookie, cookie + rest)
  }
  /** Expires the parts of an earlier split: they must not be joined with those of the new value. */
  const dropParts = (exchange: Exchange, cookies: readonly string[]): void => {
    const header = exchange.header('cookie') ?? ''
    const held = cookies.filter((cookie) => cookieValues(header, cookie).length > 0)
    for (const cookie of cookies) exchange.unsetCookie(cookie)
    if (held.length > 0) expire(exchange, held)
  }

  const received = (text: string): string => (text.length > LIMIT * chunks ? OVERSIZED : text)

  const transport: SessionTransport = {
    vary: 'Cookie',
    claims: [name, ...partNames].map((cookie) => `cookie ${cookie}`),
    receive(exchange) {
      const header = exchange.header('cookie')
      if (header === undefined) return null
      const candidates = cookieValues(header, name)
      const joined = chunks === 1 ? null : joinParts(header, partNames)
      if (joined !== null) candidates.push(joined)
      if (candidates.length < 2) return candidates.length === 0 ? null : received(candidates[0] as string)
      return [...new Set(candidates)].map(received)
    },
    send(exchange, token, lifetime) {
      const parts = split(name, token, chunks)
      const { text, maxAge } = compute(exchange.context, exchange.secure)
      const rest = text + maxAgeText(maxAge, lifetime)
      for (const [cookie, part] of parts) exchange.setCookie(cookie, `${cookie}=${part}${rest}`)
      if (chunks > 1)
        dropParts(
          exchange,
          [name, ...partNames].filter((cookie) => !parts.some(([part]) => part === cookie)),
        )
    },
    clear(exchange) {
      expire(exchange, [name])
      dropParts(exchange, partNames)
    },
  }
  if (options.maxAge === undefined || options.maxAge === null) return transport
  return {
    ...transport,
    lapses(exchange, lifetime) {
      const { maxAge } = compute(exchange.context, exchange.secure)
      return typeof maxAge === 'number' && maxAge < Math.min(lifetime, LONGEST)
    },
  }
}

/** The value that was split over the parts; `null` if there is none, or if a part comes twice with different values. */
function joinParts(header: string, partNames: readonly string[]): string | null {
  let value = ''
  for (const [part, cookie] of partNames.entries()) {
    const [text, ...others] = new Set(cookieValues(header, cookie))
    if (text === undefined) return part === 0 ? null : value
    if (others.length > 0) return null
    value += text
  }
  return value || null
}

function split(name: string, value: string, chunks: number): [cookie: string, part: string][] {
  const size = name.length + value.length
  if (size <= LIMIT) return [[name, value]]
  const room = LIMIT - name.length - '.00'.length
  const count = Math.ceil(value.length / room)
  if (chunks === 1 || count > chunks) {
    throw new SessionTooLargeError(
      `session '${name}' is ${size} bytes, name and value, and ${chunks === 1 ? 'a cookie holds' : `${chunks} cookies hold`} ` +
        `${LIMIT * chunks}: keep it in a storage` +
        (chunks === 1 ? ", or allow 'chunks'" : ''),
      name,
      size,
      LIMIT * chunks,
    )
  }
  return Array.from({ length: count }, (_, part) => [`${name}.${part}`, value.slice(part * room, (part + 1) * room)])
}

/** Rounded up: the browser must not drop the cookie before the session ends. */
function maxAgeText(maxAge: number | null | undefined, lifetime: number): string {
  if (maxAge === null) return ''
  return `; Max-Age=${Math.ceil(Math.min(maxAge ?? LONGEST, lifetime, LONGEST) / 1000)}`
}
