/** What a response says that carries somebody's token. */
export const PRIVATE = 'private, no-store'

/** Headers by which shared caches are told something else than by `Cache-Control` (RFC 9213, and what came before it). */
export const SHARED_CACHES = ['cdn-cache-control', 'surrogate-control'] as const

/** Whether shared caches may keep a response. */
export function isPublic(cacheControl: string): boolean {
  if (cacheControl === '') return false
  const directives = directivesIn(cacheControl)
  const has = (...names: readonly string[]): boolean => names.some((name) => directives.has(name))
  return has('public', 's-maxage', 'max-age') && !has('private', 'no-store')
}

/**
 * What a response says instead that carries somebody's token: `private, no-store`, unless it is as strict already. That no proxy
 * may transform it is kept.
 */
export function strictest(cacheControl: string): string {
  const directives = directivesIn(cacheControl)
  if (directives.has('no-store') && !directives.has('public')) return cacheControl
  return directives.has('no-transform') ? `${PRIVATE}, no-transform` : PRIVATE
}

/** The names of the directives, in lower case (RFC 9111 5.2). What stands in quotes is an argument. */
function directivesIn(cacheControl: string): ReadonlySet<string> {
  const unquoted = cacheControl.replace(/"[^"]*"/g, '')
  return new Set(unquoted.split(',').map((directive) => (directive.split('=', 1)[0] as string).trim().toLowerCase()))
}
