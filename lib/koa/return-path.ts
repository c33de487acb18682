import type { ExtendableContext } from 'koa'

/** The query parameter that a redirecting challenge adds. */
const PARAMETER = 'returnTo'

/**
 * Browsers treat a backslash in a path as a slash, and remove tabs and line breaks: '/\\evil' and '/\t/evil' become '//evil'.
 * In a query they keep a backslash.
 */
const OWN_PATH = /^\/(?![/\\])[\x21-\x3e\x40-\x5b\x5d-\x7e]*(?:\?[\x21-\x7e]*)?$/

/** The address of a login page, with the return path in its query. Only a GET or HEAD request can be repeated. */
export function withReturnPath(ctx: ExtendableContext, url: string): string {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return url
  const [address = '', fragment] = url.split('#')
  const separator = address.includes('?') ? '&' : '?'
  const back = `${address}${separator}${PARAMETER}=${encodeURIComponent(ctx.originalUrl)}`
  return fragment === undefined ? back : `${back}#${fragment}`
}

/**
 * The path to redirect to after a login: the one that a challenge of `authenticate` put in the query, or `fallback`. Always a path of
 * this site, because a path that leads elsewhere is an open redirect (CWE-601).
 *
 * @example
 * router.post('/login', (ctx) => {
 *   ctx.sessions.set(UserSession, { id: 'ada', count: 0 })
 *   ctx.redirect(returnPath(ctx))
 * })
 */
export function returnPath(ctx: ExtendableContext, fallback: string = '/'): string {
  const { [PARAMETER]: path } = ctx.query
  return typeof path === 'string' && OWN_PATH.test(path) ? path : fallback
}
