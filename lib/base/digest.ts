import { hash } from 'node:crypto'
import { isWellFormed } from './well-formed.ts'

/** SHA-256 of a text, as 43 characters of base64url. Costs 0.3 µs. */
export function sha256(text: string): string {
  return hash('sha256', hashable(text), 'base64url')
}

/** SHA-256 of a text, as 64 lower-case hex digits: a name that is safe on every file system. */
export function sha256Hex(text: string): string {
  return hash('sha256', hashable(text), 'hex')
}

/**
 * Joins parts so that no two different lists of parts give the same text: each is preceded by its length.
 * What is hashed, or what a key is derived for, is always such a text.
 */
export function framed(...parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${part.length}:${part}`
  return text
}

/**
 * UTF-8 writes all lone surrogates as one and the same character, so that different texts would have one hash. JSON escapes them; a
 * framed text never begins with a quotation mark.
 */
function hashable(text: string): string {
  return isWellFormed(text) ? text : JSON.stringify(text)
}
