import type { Clock } from '../base/clock.ts'

/** A cookie as a browser stores it. */
export interface JarCookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
  /** Epoch milliseconds; `null`: the end of the browser session. */
  readonly expiresAt: number | null
  /** The attributes of the `Set-Cookie` line, by lower-case name; empty texts for those without a value. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Browsers send `Secure` cookies to these hosts without TLS, too. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/

/** The cookies of one browser, by host, path and name. */
export class CookieStore {
  readonly #cookies = new Map<string, JarCookie>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** All cookies that have not expired, oldest first. */
  all(): readonly JarCookie[] {
    return [...this.#cookies.values()].filter((cookie) => this.#isAlive(cookie))
  }

  /** The cookies of a request: longer paths first, then older ones (RFC 6265 5.4). */
  sent(url: URL): readonly JarCookie[] {
    const isMeant = (cookie: JarCookie): boolean =>
      cookie.host === url.hostname &&
      isBelow(url.pathname, cookie.path) &&
      (!cookie.attributes.has('secure') || isTrusted(url))
    return this.all()
      .filter(isMeant)
      .toSorted((one, other) => other.path.length - one.path.length)
  }

  /** The `Cookie` header of a request; empty without cookies. */
  header(url: URL): string {
    return this.sent(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** Applies a `Set-Cookie` line. */
  keep(url: URL, line: string): void {
    const [pair = '', ...rest] = line.split(';')
    const { key: name, value } = divide(pair)
    const attributes = new Map(rest.map(divide).map((attribute) => [attribute.key.toLowerCase(), attribute.value]))
    if (name === '' || (attributes.has('secure') && !isTrusted(url))) return
    const given = attributes.get('path') ?? ''
    const path = given.startsWith('/') ? given : defaultPath(url.pathname)
    const cookie = { name, value, host: url.hostname, path, attributes, expiresAt: this.#expiry(attributes) }
    const key = JSON.stringify([cookie.host, path, name])
    if (this.#isAlive(cookie)) this.#cookies.set(key, cookie)
    else this.#cookies.delete(key)
  }

  copy(): CookieStore {
    const copy = new CookieStore(this.#clock)
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie)
    return copy
  }

  /** `Max-Age` has priority over `Expires`; invalid values are ignored (RFC 6265 5.2). */
  #expiry(attributes: ReadonlyMap<string, string>): number | null {
    const maxAge = attributes.get('max-age') ?? ''
    if (/^-?\d+$/.test(maxAge)) return this.#clock() + Number(maxAge) * 1000
    const date = Date.parse(attributes.get('expires') ?? '')
    return Number.isNaN(date) ? null : date
  }

  #isAlive({ expiresAt }: JarCookie): boolean {
    return expiresAt === null || expiresAt > this.#clock()
  }
}

function divide(pair: string): { key: string; value: string } {
  const at = pair.indexOf('=')
  return at < 0 ? { key: pair.trim(), value: '' } : { key: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }
}

function isTrusted({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || LOOPBACK.test(hostname)
}

/** The default path of a cookie (RFC 6265 5.1.4). */
function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')))
}

/** Whether a cookie's path matches a request's path (RFC 6265 5.1.4). */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
