/**
 * The characters that a column of type `text` does not return as they were: NUL, lone surrogates, and a byte order mark, which
 * PGlite drops at the start. U+0001 too, since it starts an escape.
 */
const UNSTORABLE = /[\0\u0001\uFEFF\p{Surrogate}]/gu
const ESCAPE = /\u0001([0-9a-f]{4})/g

/** A text as PostgreSQL can store it: with few exceptions unchanged. Two different texts stay different. */
export function toColumn(text: string): string {
  return text.replace(UNSTORABLE, (unit) => `\u0001${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The text that {@link toColumn} was given. */
export function fromColumn(text: string): string {
  return text.replace(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
