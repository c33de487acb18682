import { toUSVString } from 'node:util'
import type { SessionRecord } from '../../contracts/record.ts'
import { validRecord } from '../valid-record.ts'
import { replyText } from './client.ts'

/** What stands before a payload that is a JSON string. */
const ESCAPED = '\u0001'

/** Field and value by turns, as `HSET` takes them, in the order that the scripts count on. */
export function fieldsOf(record: SessionRecord, version: number, indexedUntil?: number): string[] {
  const { data, createdAt, expiresAt, identity, subject } = record
  const fields = ['v', `${version}`, 'd', toUtf8(data), 'c', `${createdAt}`, 'e', `${expiresAt}`, 'i', identity]
  if (subject !== undefined) fields.push('s', subject)
  if (indexedUntil !== undefined) fields.push('x', `${indexedUntil}`)
  return fields
}

/** What {@link recordFrom} wants to be read. */
export const FIELDS: readonly string[] = ['v', 'd', 'c', 'e', 'i', 's']

/** A record of the values of {@link FIELDS}; `null` where they make none. */
export function recordFrom(values: readonly unknown[]): SessionRecord | null {
  const [version, text, createdAt, expiresAt, identity, subject] = values.map(replyText)
  const [v, c, e] = [version, createdAt, expiresAt].map(numberOf)
  const data = text === undefined ? undefined : fromUtf8(text)
  return validRecord({ data, version: v, createdAt: c, expiresAt: e, identity, subject })
}

/** A number as this storage writes it; NaN for another text. */
function numberOf(text: string | undefined): number {
  const number = Number(text)
  return String(number) === text ? number : Number.NaN
}

/**
 * The payload as it can be sent in UTF-8, which cannot carry halves of surrogate pairs: such a payload is sent as a JSON string,
 * any other one as it is.
 */
function toUtf8(data: string): string {
  return toUSVString(data) === data && !data.startsWith(ESCAPED) ? data : ESCAPED + JSON.stringify(data)
}

/** The payload that was given to {@link toUtf8}; `undefined` where the text is none that it gives. */
function fromUtf8(text: string): string | undefined {
  if (!text.startsWith(ESCAPED)) return text
  try {
    const data: unknown = JSON.parse(text.slice(ESCAPED.length))
    return typeof data === 'string' ? data : undefined
  } catch {
    return undefined
  }
}

/** What `PEXPIREAT` takes. The engine keeps a key through the millisecond that it names, and we do not. */
export function deadlineOf(expiresAt: number): string {
  return `${Math.ceil(expiresAt) - 1}`
}
