import { systemClock, wholeClock, type Clock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import { CookieStore, type JarCookie } from './cookie-store.ts'
import { nextRequest } from './redirect.ts'

/** The options of {@link cookieJar}. */
export interface CookieJarOptions {
  /** The clock for the expiry of cookies. Default: the system's clock. */
  readonly clock?: Clock
}

/** The cookies of one browser, and a `fetch` that sends them. */
export interface CookieJar {
  /** All cookies that have not expired, oldest first. */
  readonly cookies: readonly JarCookie[]
  /**
   * Like the `fetch` of Node.js, but takes a URL and not a `Request`. It sends the jar's cookies and stores those of the response. By default,
   * it follows redirects, and stores their cookies, too.
   *
   * @throws TypeError if the request has a `Cookie` header, and as `fetch` does.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /** Returns a cookie by its name: the one that is sent to `url`, or, without `url`, the oldest one. */
  get(name: string, url?: string | URL): JarCookie | undefined
  /** Stores `Set-Cookie` lines, such as those of `mint`, as if `url` had sent them. */
  set(url: string | URL, setCookie: string | readonly string[]): void
  /** Returns another jar with the same cookies, for a concurrent request or a thief. */
  copy(): CookieJar
}

/**
 * Creates an empty cookie jar, with as much of a browser's behavior as tests of an app need.
 *
 * Cookies belong to the host that set them, with any port, so that they survive a restart of the app. They are sent to their paths only, and
 * expire by `Max-Age` or `Expires`. `Secure` cookies are sent over TLS and to loopback hosts. The jar does not implement what needs a page or
 * several sites: `Domain` (a cookie is never sent to another host), `SameSite`, `HttpOnly`, `Partitioned`, prefixes of names, limits of size
 * and number. Use a real browser for these.
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
        // Read the body, so that the connection can be reused.
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

/** With a second cookie of the same name, the result would be undefined. */
function refuseCookies(init: RequestInit): void {
  if (!new Headers(init.headers).has('Cookie')) return
  throw new TypeError("a cookie jar sends its own cookies: add others by jar.set(url, 'name=value')")
}
