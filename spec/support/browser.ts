/** A response with its body read. */
export interface Page {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly setCookie: readonly string[]
}

/** The names of the cookies that a page sets, sorted. */
export function namesSetBy(page: Page): string[] {
  return page.setCookie.map((line) => line.slice(0, line.indexOf('='))).toSorted()
}

/** A client that keeps cookies: by name, which is enough for one host and one path. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** Another one that holds the same cookies as this one does now: a second request under way, or a thief. */
  copy(): Browser {
    const copy = new Browser(this.#url)
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  /** The page; its cookies are kept, in the order in which the pages arrive. */
  async get(path: string, init: RequestInit = {}): Promise<Page> {
    const headers = new Headers(init.headers)
    const cookie = Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ')
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie)
    const response = await fetch(this.#url + path, { redirect: 'manual', ...init, headers })
    const setCookie = response.headers.getSetCookie()
    for (const line of setCookie) this.#keep(line)
    return { status: response.status, text: await response.text(), headers: response.headers, setCookie }
  }

  async json<T = unknown>(path: string): Promise<T> {
    return JSON.parse((await this.get(path)).text) as T
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    if (attributes.some((attribute) => /^max-age=(?:0|-\d+)$/i.test(attribute))) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
