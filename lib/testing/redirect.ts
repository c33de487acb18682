/** One request of a chain. */
export interface Hop {
  readonly url: URL
  readonly init: RequestInit
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const LONGEST_CHAIN = 20

/** Headers that describe the body, which is not sent again. */
const OF_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']

/**
 * The next request of a redirect, by the rules of `fetch`; `undefined` if the response is final.
 *
 * @throws TypeError if `redirect` is `'error'`, and after the twentieth redirect.
 */
export function nextRequest({ url, init }: Hop, response: Response, hops: number): Hop | undefined {
  const location = response.headers.get('Location')
  if (init.redirect === 'manual' || !REDIRECTS.has(response.status) || location === null) return undefined
  if (init.redirect === 'error') throw new TypeError(`${url.href} redirects, and redirect is 'error'`)
  if (hops === LONGEST_CHAIN) throw new TypeError(`${url.href} is behind ${LONGEST_CHAIN} redirects, and redirects`)
  const target = new URL(location, url)
  const headers = new Headers(init.headers)
  if (target.origin !== url.origin) headers.delete('Authorization')
  if (!becomesGet(init.method?.toUpperCase() ?? 'GET', response.status))
    return { url: target, init: { ...init, headers } }
  for (const name of OF_BODY) headers.delete(name)
  const { body: _, ...rest } = init
  return { url: target, init: { ...rest, headers, method: 'GET' } }
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
