/** A cookie as a browser keeps it. */
export interface JarCookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Epoch milliseconds; `null`: until the browser is closed. */
  readonly expiresAt: number | null
  /** The attributes as they were sent, by lower-case name. */
  readonly attributes: ReadonlyMap<string, string>
}

/** What {@link BrowserJar.fetch} takes besides `fetch`'s own. */
export interface JarRequest extends RequestInit {
  /** Goes where redirects lead, as a browser does. Default `false`: the redirect is the response. */
  readonly follow?: boolean
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303])
const LONGEST_CHAIN = 10

/**
 * `fetch` with the cookie jar of one browser. Cookies belong to the host, whatever the port, so that an app that was
 * started again finds those of the one before. All hosts here are loopback ones, which browsers trust with `Secure`
 * cookies too.
 */
export class BrowserJar {
  readonly #cookies = new Map<string, JarCookie & { readonly host: string }>()
  readonly #clock: () => number

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  /** All cookies that have not expired. */
  get cookies(): readonly JarCookie[] {
    return [...this.#cookies.values()].filter((cookie) => this.#isAlive(cookie))
  }

  /** The cookie of that name; `undefined` where there is none. */
  cookie(name: string): JarCookie | undefined {
    return this.cookies.find((cookie) => cookie.name === name)
  }

  /** Another jar with the same cookies: what a thief has who copied them. */
  copy(): BrowserJar {
    const copy = new BrowserJar(this.#clock)
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie)
    return copy
  }

  async fetch(url: string | URL, { follow = false, ...init }: JarRequest = {}): Promise<Response> {
    let target = new URL(url)
    let request: RequestInit = init
    for (let hops = 0; ; hops++) {
      const headers = new Headers(request.headers)
      const cookies = this.#headerFor(target)
      if (cookies) headers.set('Cookie', cookies)
      const response = await fetch(target, { ...request, headers, redirect: 'manual' })
      for (const line of response.headers.getSetCookie()) this.#remember(target, line)
      const location = response.headers.get('Location')
      if (!follow || !REDIRECTS.has(response.status) || location === null) return response
      if (hops === LONGEST_CHAIN) throw new Error(`${String(url)} redirects without end`)
      await response.arrayBuffer()
      target = new URL(location, target)
      request = {}
    }
  }

  /** Sends a form, as a page does. */
  post(url: string | URL, fields: Record<string, string> = {}, request: JarRequest = {}): Promise<Response> {
    return this.fetch(url, { ...request, method: 'POST', body: new URLSearchParams(fields) })
  }

  /** The text of the page that a browser ends up with. */
  async page(url: string | URL, request: JarRequest = {}): Promise<string> {
    return (await this.fetch(url, { follow: true, ...request })).text()
  }

  /** Longer paths first (RFC 6265 5.4). */
  #headerFor({ hostname, pathname }: URL): string {
    return [...this.#cookies.values()]
      .filter((cookie) => cookie.host === hostname && this.#isAlive(cookie) && isBelow(pathname, cookie.path))
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  #remember({ hostname, pathname }: URL, line: string): void {
    const [pair = '', ...rest] = line.split(';')
    const [name, value] = divide(pair)
    const attributes = new Map(rest.map(divide).map(([key, text]) => [key.toLowerCase(), text]))
    const given = attributes.get('path') ?? ''
    const path = given.startsWith('/') ? given : pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')))
    const key = JSON.stringify([hostname, path, name])
    const cookie = { name, value, path, attributes, host: hostname, expiresAt: this.#expiry(attributes) }
    if (this.#isAlive(cookie)) this.#cookies.set(key, cookie)
    else this.#cookies.delete(key)
  }

  /** `Max-Age` counts where both are given (RFC 6265 5.3). */
  #expiry(attributes: ReadonlyMap<string, string>): number | null {
    const maxAge = attributes.get('max-age')
    if (maxAge !== undefined) return this.#clock() + Number(maxAge) * 1000
    const expires = attributes.get('expires')
    return expires === undefined ? null : Date.parse(expires)
  }

  #isAlive({ expiresAt }: JarCookie): boolean {
    return expiresAt === null || expiresAt > this.#clock()
  }
}

function divide(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}

/** Whether a cookie of that path goes to this one (RFC 6265 5.1.4). */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
