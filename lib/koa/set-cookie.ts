/**
 * Whether two `Set-Cookie` lines set the same cookie: the same name, domain and path (RFC 6265 5.3). Of two such lines in one
 * response a browser keeps the later one, and a server should send only one (RFC 6265 4.1.1).
 */
export function isSameCookie(one: string, other: string): boolean {
  const end = one.indexOf('=')
  if (end < 0 || !other.startsWith(one.slice(0, end + 1))) return false
  return (
    attribute(one, 'path', '/') === attribute(other, 'path', '/') &&
    attribute(one, 'domain', '') === attribute(other, 'domain', '')
  )
}

/** An attribute of a line, as a browser reads it: case-insensitive, and the last one counts. */
function attribute(line: string, name: string, standard: string): string {
  let value = standard
  for (const part of line.split(';').slice(1)) {
    const [key = '', ...rest] = part.split('=')
    if (key.trim().toLowerCase() === name) value = rest.join('=').trim() || standard
  }
  return name === 'domain' ? value.toLowerCase().replace(/^\./, '') : value
}
