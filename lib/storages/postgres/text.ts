/**
 * What would not come back from a column of type `text`: NUL, halves of a surrogate pair, and a byte order mark, which
 * PGlite drops at the beginning. And what escapes begin with.
 */
const UNSTORABLE = /[\0\u0001\uFEFF\p{Surrogate}]/gu
const ESCAPE = /\u0001([0-9a-f]{4})/g

/** A text as PostgreSQL can hold it: almost always as it is. No two texts become one. */
export function toColumn(text: string): string {
  return text.replace(UNSTORABLE, (unit) => `\u0001${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The text that was given to {@link toColumn}. */
export function fromColumn(text: string): string {
  return text.replace(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
