import { letGo } from '../base/awaitable.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import { kindOf } from '../base/kind.ts'
import type { RequestContext } from '../contracts/exchange.ts'
import { SessionConfigError } from '../errors.ts'

/** A value, or a function that computes it for each request. */
export type PerRequest<T> = T | ((ctx: RequestContext) => T)

/** The attributes of a session's cookie. Each may be a function of the request's context. */
export interface CookieAttributes {
  /** Default `/`. */
  readonly path?: PerRequest<string>
  /** Default: none, so that the cookie goes only to the host that set it. */
  readonly domain?: PerRequest<string | undefined>
  /**
   * How long the browser keeps the cookie; `null`: until the browser is closed. Limited to the session's lifetime, and to the 400 days
   * that browsers allow. Default: the session's lifetime.
   */
  readonly maxAge?: PerRequest<Duration | null>
  /** Default: in production (`app.env`), and on requests over TLS. `__Host-`, `__Secure-`, `SameSite=None` and `Partitioned` turn it on. */
  readonly secure?: PerRequest<boolean>
  /** Hides the cookie from scripts in the page. Default `true`. */
  readonly httpOnly?: PerRequest<boolean>
  /** Default `lax`. */
  readonly sameSite?: PerRequest<'strict' | 'lax' | 'none'>
  /** Keeps a separate cookie for each site that embeds this one (CHIPS). Default `false`. */
  readonly partitioned?: PerRequest<boolean>
  /** The browser drops cookies of low priority first when it has too many. Default: none. */
  readonly priority?: PerRequest<'low' | 'medium' | 'high'>
}

/** The attributes as they are sent. */
export interface SentAttributes {
  /** The part of a `Set-Cookie` line after the value, without `Max-Age`. */
  readonly text: string
  readonly maxAge: ComputedAttributes['maxAge']
}

/** The attributes on one request. */
interface ComputedAttributes {
  readonly path: string
  readonly domain: string | undefined
  /** Milliseconds; `undefined`: the session's lifetime. */
  readonly maxAge: number | null | undefined
  /** `undefined`: depends on the request. */
  readonly secure: boolean | undefined
  readonly httpOnly: boolean
  readonly sameSite: 'strict' | 'lax' | 'none'
  readonly partitioned: boolean
  readonly priority: 'low' | 'medium' | 'high' | undefined
}

/** RFC 6265bis: an attribute's value is at most 1,024 bytes, and has no control character and no semicolon. */
const FORBIDDEN = /[\u0000-\u001f\u007f;]/

/**
 * Computes and checks a cookie's attributes for a request. Attributes that are not functions are checked at once.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on an invalid value, and on attributes that contradict each other or the prefix of
 *   the cookie's name.
 */
export function cookieAttributes(
  name: string,
  options: CookieAttributes,
): (ctx: RequestContext, secureRequest: boolean) => SentAttributes {
  const entries = Object.entries(options)
  const computed = entries.some(([, value]) => typeof value === 'function')
  if (!computed) {
    const fixed = checked(name, options as Fixed)
    const open = sent(fixed, false)
    const secure = sent(fixed, true)
    return (_, secureRequest) => (secureRequest ? secure : open)
  }
  checked(name, Object.fromEntries(entries.filter(([, value]) => typeof value !== 'function')))
  return (ctx, secureRequest) => {
    const values = entries.map(([attribute, value]) => [attribute, typeof value === 'function' ? value(ctx) : value])
    // Promises are refused below; their rejections must not go unhandled.
    for (const [, value] of values) letGo(value)
    return sent(checked(name, Object.fromEntries(values) as Fixed), secureRequest)
  }
}

/** The options without functions: each was called. */
type Fixed = { readonly [K in keyof CookieAttributes]?: Exclude<CookieAttributes[K], (...args: never[]) => unknown> }

function checked(name: string, options: Fixed): ComputedAttributes {
  const fail = (what: string): never => {
    throw new SessionConfigError(`session '${name}': ${what}`, name)
  }
  const oneOf = <T extends string>(attribute: string, value: T | undefined, allowed: readonly T[]): T | undefined => {
    if (value === undefined || allowed.includes(value)) return value
    const names = allowed.map((one) => `'${one}'`).join(', ')
    return fail(
      `cookie.${attribute} must be one of ${names}, not ${typeof value === 'string' ? 'another text' : kindOf(value)}`,
    )
  }
  const flag = (attribute: string, value: boolean | undefined): boolean | undefined => {
    if (value === undefined || typeof value === 'boolean') return value
    return fail(`cookie.${attribute} must be true or false, not ${kindOf(value)}`)
  }
  const text = (attribute: string, value: string | undefined): string | undefined => {
    if (value === undefined || (typeof value === 'string' && !FORBIDDEN.test(value) && value.length <= 1024))
      return value
    return fail(
      `cookie.${attribute} must be a text of at most 1,024 characters without control characters and semicolons`,
    )
  }

  const path = text('path', options.path) ?? '/'
  const domain = text('domain', options.domain)
  const sameSite = oneOf('sameSite', options.sameSite, ['strict', 'lax', 'none']) ?? 'lax'
  const partitioned = flag('partitioned', options.partitioned) ?? false
  const httpOnly = flag('httpOnly', options.httpOnly) ?? true
  const priority = oneOf('priority', options.priority, ['low', 'medium', 'high'])
  const maxAge =
    options.maxAge === undefined || options.maxAge === null
      ? options.maxAge
      : milliseconds(options.maxAge, `session '${name}': cookie.maxAge`)

  if (!path.startsWith('/')) fail("cookie.path must begin with '/'")
  const prefix = cookiePrefix(name)
  if (prefix.host && path !== '/')
    fail(`a ${prefix.text} cookie must have the path '/': leave 'path' out, or rename the cookie`)
  if (prefix.host && domain !== undefined)
    fail(`a ${prefix.text} cookie must not have a domain: leave 'domain' out, or rename the cookie`)
  if (prefix.http && !httpOnly)
    fail(`a ${prefix.text} cookie must be HttpOnly: leave 'httpOnly' out, or rename the cookie`)
  const needsSecure = prefix.text
    ? `a ${prefix.text} cookie`
    : sameSite === 'none'
      ? 'sameSite: none'
      : partitioned
        ? 'partitioned'
        : ''
  const secure = flag('secure', options.secure)
  if (needsSecure && secure === false) fail(`${needsSecure} needs Secure: leave 'secure' out`)

  return { path, domain, maxAge, secure: needsSecure ? true : secure, httpOnly, sameSite, partitioned, priority }
}

/** What the prefix of a cookie's name requires (RFC 6265bis 4.1.3, layered cookies 4.1.3). Case-insensitive, as in browsers. */
function cookiePrefix(name: string): { text: string; host: boolean; http: boolean } {
  const text = /^__(?:Host-Http|Host|Secure|Http)-/i.exec(name)?.[0] ?? ''
  const lower = text.toLowerCase()
  return { text, host: lower.startsWith('__host-'), http: lower.endsWith('http-') }
}

function sent(attributes: ComputedAttributes, secureRequest: boolean): SentAttributes {
  let text = `; Path=${attributes.path}`
  if (attributes.domain !== undefined) text += `; Domain=${attributes.domain}`
  if (attributes.httpOnly) text += '; HttpOnly'
  if (attributes.secure ?? secureRequest) text += '; Secure'
  text += `; SameSite=${capital(attributes.sameSite)}`
  if (attributes.partitioned) text += '; Partitioned'
  if (attributes.priority !== undefined) text += `; Priority=${capital(attributes.priority)}`
  return { text, maxAge: attributes.maxAge }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
