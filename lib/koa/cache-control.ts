/** The `Cache-Control` of a response with a token. */
export const PRIVATE = 'private, no-store'

/** Headers that override `Cache-Control` for shared caches (RFC 9213, and its predecessor). */
export const SHARED_CACHES = ['cdn-cache-control', 'surrogate-control'] as const

/** Whether shared caches may keep a response. */
export function isPublic(cacheControl: string): boolean {
  if (cacheControl === '') return false
  const directives = directivesIn(cacheControl)
  const has = (...names: readonly string[]): boolean => names.some((name) => directives.has(name))
  return has('public', 's-maxage', 'max-age') && !has('private', 'no-store')
}

/** The `Cache-Control` to send in place of another one, for a response with a token. Keeps one that is as strict, and `no-transform`. */
export function strictest(cacheControl: string): string {
  const directives = directivesIn(cacheControl)
  if (directives.has('no-store') && !directives.has('public')) return cacheControl
  return directives.has('no-transform') ? `${PRIVATE}, no-transform` : PRIVATE
}

/** The names of the directives, in lower case (RFC 9111 5.2). A text in quotes is an argument. */
function directivesIn(cacheControl: string): ReadonlySet<string> {
  const unquoted = cacheControl.replace(/"[^"]*"/g, '')
  return new Set(unquoted.split(',').map((directive) => (directive.split('=', 1)[0] as string).trim().toLowerCase()))
}
