import { systemClock, wholeClock, type Clock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import { CookieStore, type JarCookie } from './cookie-store.ts'
import { nextRequest } from './redirect.ts'

/** What {@link cookieJar} may be told. */
export interface CookieJarOptions {
  /** By which cookies expire. Default: the system's. */
  readonly clock?: Clock
}

/** `fetch` with the cookies of one browser. */
export interface CookieJar {
  /** All cookies that have not expired, oldest first. */
  readonly cookies: readonly JarCookie[]
  /**
   * As the `fetch` of Node, but that it takes an address and no `Request`: sends the jar's cookies, and keeps those
   * that come back. Redirects are followed, unless `redirect` says otherwise, and their cookies are kept, too.
   *
   * @throws TypeError where the request brings a `Cookie` header of its own, and as `fetch` does.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /** The cookie of that name: the one that goes to this address, or, without one, the oldest of that name. */
  get(name: string, url?: string | URL): JarCookie | undefined
  /** Keeps cookies as though that address had sent them: `Set-Cookie` lines, such as those of `mint`. */
  set(url: string | URL, setCookie: string | readonly string[]): void
  /** Another jar that holds the same cookies now: a second request under way, or a thief. */
  copy(): CookieJar
}

/**
 * An empty cookie jar: a browser's, as far as a test of one's own app needs it.
 *
 * Cookies belong to the host that sent them, whatever its port, so that an app that is started again finds those of
 * the one before. They go to their paths only, and end by `Max-Age`, `Expires` or a `Max-Age=0`. `Secure` ones go by
 * TLS and to loopback hosts. Left out is what takes a page or several sites: `Domain` (a cookie never goes to another
 * host), `SameSite`, `HttpOnly`, `Partitioned`, prefixes of names, limits of size and number. Use a real browser for
 * these.
 *
 * @example
 * const jar = cookieJar()
 * await jar.fetch('http://localhost:3000/login', { method: 'POST', body: new URLSearchParams({ user: 'ada' }) })
 * const page = await jar.fetch('http://localhost:3000/account')
 */
export function cookieJar(options: CookieJarOptions = {}): CookieJar {
  checkOptions('cookieJar()', options, { clock: 'function' })
  return over(new CookieStore(wholeClock(options.clock ?? systemClock)))
}

function over(store: CookieStore): CookieJar {
  return {
    get cookies() {
      return store.all()
    },
    async fetch(url, init = {}) {
      refuseCookies(init)
      let request = { url: new URL(url), init }
      for (let hops = 0; ; hops++) {
        const response = await fetch(request.url, withCookies(request.init, store.header(request.url)))
        for (const line of response.headers.getSetCookie()) store.keep(request.url, line)
        const next = nextRequest(request, response, hops)
        if (next === undefined) return response
        // Read to its end, so that the connection can be used again.
        await response.arrayBuffer()
        request = next
      }
    },
    get: (name, url) =>
      (url === undefined ? store.all() : store.sent(new URL(url))).find((cookie) => cookie.name === name),
    set(url, setCookie) {
      for (const line of [setCookie].flat()) store.keep(new URL(url), line)
    },
    copy: () => over(store.copy()),
  }
}

function withCookies(init: RequestInit, cookies: string): RequestInit {
  const headers = new Headers(init.headers)
  if (cookies) headers.set('Cookie', cookies)
  return { ...init, headers, redirect: 'manual' }
}

/** Two cookies of one name would be sent, and which one counts would be anybody's guess. */
function refuseCookies(init: RequestInit): void {
  if (!new Headers(init.headers).has('Cookie')) return
  throw new TypeError("a cookie jar sends its own cookies: put others into it by jar.set(url, 'name=value')")
}
