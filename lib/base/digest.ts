import { hash } from 'node:crypto'
import { isWellFormed } from './well-formed.ts'

/** SHA-256 of a text, as 43 characters of base64url. Costs 0.3 µs. */
export function sha256(text: string): string {
  return hash('sha256', hashable(text), 'base64url')
}

/** SHA-256 of a text, as 64 lower-case hex digits, which are a valid file name on every system. */
export function sha256Hex(text: string): string {
  return hash('sha256', hashable(text), 'hex')
}

/**
 * Joins parts unambiguously: each is preceded by its length, so that different lists of parts never give the same text. Hashes and derived
 * keys always use such a text.
 */
export function framed(...parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${part.length}:${part}`
  return text
}

/**
 * UTF-8 encoders write all lone surrogates as the same character, so that different texts would have one hash. JSON escapes them, and
 * begins with a quotation mark, as no framed text does.
 */
function hashable(text: string): string {
  return isWellFormed(text) ? text : JSON.stringify(text)
}
