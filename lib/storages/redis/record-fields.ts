import { toUSVString } from 'node:util'
import type { SessionRecord } from '../../contracts/record.ts'
import { tryParseJson } from '../../base/json.ts'
import { validRecord } from '../shared/valid-record.ts'
import { replyText } from './client.ts'

/** Precedes a payload that is stored as a JSON string. */
const ESCAPED = '\u0001'

/** Fields and values, alternating, as `HSET` takes them; the scripts rely on the order. */
export function fieldsOf(record: SessionRecord, version: number, indexedUntil?: number): string[] {
  const { data, createdAt, expiresAt, identity, subject } = record
  const fields = ['v', `${version}`, 'd', toUtf8(data), 'c', `${createdAt}`, 'e', `${expiresAt}`, 'i', identity]
  if (subject !== undefined) fields.push('s', subject)
  if (indexedUntil !== undefined) fields.push('x', `${indexedUntil}`)
  return fields
}

/** The fields whose values {@link recordFrom} takes. */
export const FIELDS: readonly string[] = ['v', 'd', 'c', 'e', 'i', 's']

/** The record that the values of {@link FIELDS} make, or `null` if they make none. */
export function recordFrom(values: readonly unknown[]): SessionRecord | null {
  const [version, text, createdAt, expiresAt, identity, subject] = values.map(replyText)
  const [v, c, e] = [version, createdAt, expiresAt].map(numberOf)
  const data = text === undefined ? undefined : fromUtf8(text)
  return validRecord({ data, version: v, createdAt: c, expiresAt: e, identity, subject })
}

/** A number as this storage writes it; NaN for any other text. */
function numberOf(text: string | undefined): number {
  const number = Number(text)
  return String(number) === text ? number : Number.NaN
}

/** The payload as it is, or as a JSON string if it has lone surrogates, which UTF-8 cannot represent. */
function toUtf8(data: string): string {
  return toUSVString(data) === data && !data.startsWith(ESCAPED) ? data : ESCAPED + JSON.stringify(data)
}

/** The payload of a text from {@link toUtf8}; not a string for any other text. */
function fromUtf8(text: string): unknown {
  return text.startsWith(ESCAPED) ? tryParseJson(text.slice(ESCAPED.length)) : text
}

/** The argument of `PEXPIREAT`. Redis keeps a key during the millisecond of its deadline, and this library does not. */
export function deadlineOf(expiresAt: number): string {
  return `${Math.ceil(expiresAt) - 1}`
}
