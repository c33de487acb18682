import type { ExtendableContext } from 'koa'

/** The query parameter that a redirecting challenge adds. */
const PARAMETER = 'returnTo'

/**
 * Browsers take a backslash in a path for a slash, and drop tabs and line breaks, so that '/\\evil' and '/\t/evil' are '//evil'.
 * In a query they leave it alone, and send it as it is.
 */
const OWN_PATH = /^\/(?![/\\])[\x21-\x3e\x40-\x5b\x5d-\x7e]*(?:\?[\x21-\x7e]*)?$/

/** A login page's address with the way back in it; only what was asked for by GET or HEAD can be asked for again. */
export function withReturnPath(ctx: ExtendableContext, url: string): string {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return url
  const [address = '', fragment] = url.split('#')
  const separator = address.includes('?') ? '&' : '?'
  const back = `${address}${separator}${PARAMETER}=${encodeURIComponent(ctx.originalUrl)}`
  return fragment === undefined ? back : `${back}#${fragment}`
}

/**
 * Where to go after a login: the path that a challenge of `authenticate` noted in the query, or `fallback`. Only ever a path of
 * this site: what points elsewhere is somebody's trap (CWE-601).
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
