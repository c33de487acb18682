/** What a browser sends of cookies that are nobody's session. */
const OTHERS = 'theme=dark; _ga=GA1.2.1234567890.1700000000; lang=en-GB'

/** The `Cookie` header of a client that was given these `Set-Cookie` lines. */
export function cookieHeader(lines: readonly string[]): string {
  const pairs = new Map<string, string>()
  for (const line of lines) {
    const pair = line.split(';', 1)[0] as string
    pairs.set(pair.slice(0, pair.indexOf('=')), pair)
  }
  return [OTHERS, ...pairs.values()].join('; ')
}

/** The `Cookie` header of a client without a session. */
export const NO_SESSION: string = OTHERS

/** What an app without sessions is sent in place of one: as long as a small signed token. */
export const STRANGE: string = cookieHeader([`session=${'x'.repeat(210)}`])
