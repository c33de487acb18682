import { cookieJar, type CookieJar, type JarCookie } from 'koa-typed-sessions/testing'

/** What {@link BrowserJar.fetch} takes besides `fetch`'s own. */
export interface JarRequest extends Omit<RequestInit, 'redirect'> {
  /** Goes where redirects lead, as a browser does. Default `false`: the redirect is the response. */
  readonly follow?: boolean
}

/** The library's cookie jar, with what a person at a browser does: open pages, and send forms. */
export class BrowserJar {
  readonly #jar: CookieJar

  constructor(jar: CookieJar = cookieJar()) {
    this.#jar = jar
  }

  /** All cookies that have not expired. */
  get cookies(): readonly JarCookie[] {
    return this.#jar.cookies
  }

  /** The cookie of that name; `undefined` where there is none. */
  cookie(name: string): JarCookie | undefined {
    return this.#jar.get(name)
  }

  /** Another jar with the same cookies: what a thief has who copied them. */
  copy(): BrowserJar {
    return new BrowserJar(this.#jar.copy())
  }

  fetch(url: string | URL, { follow = false, ...init }: JarRequest = {}): Promise<Response> {
    return this.#jar.fetch(url, { ...init, redirect: follow ? 'follow' : 'manual' })
  }

  /** Sends a form, as a page does. */
  post(url: string | URL, fields: Record<string, string> = {}, request: JarRequest = {}): Promise<Response> {
    return this.fetch(url, { ...request, method: 'POST', body: new URLSearchParams(fields) })
  }

  /** The text of the page that a browser ends up with. */
  async page(url: string | URL, request: JarRequest = {}): Promise<string> {
    return (await this.fetch(url, { follow: true, ...request })).text()
  }
}
