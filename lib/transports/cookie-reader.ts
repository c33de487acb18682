const SPACE = 0x20
const TAB = 0x09
const BLANK_END = /^[ \t]|[ \t]$/

/**
 * All values of one name in a `Cookie` header, in order. Names are compared byte by byte, nothing is decoded, and only spaces and tabs
 * are trimmed: with a lenient parser, a cookie of a sibling domain could pass for a `__Host-` one.
 */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = at + name.length
    // Most headers have `; ` between pairs and no other white space.
    if (header[equals] !== '=' || (at > 0 && !header.startsWith('; ', at - 2) && !beginsPair(header, at))) continue
    const end = header.indexOf(';', equals)
    const value = header.slice(equals + 1, end < 0 ? header.length : end)
    values.push(BLANK_END.test(value) ? trim(value) : value)
  }
  return values
}

function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header, before)) before--
  return before < 0 || header[before] === ';'
}

function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === SPACE || code === TAB
}
