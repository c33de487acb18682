import type { SessionRecord } from '../../contracts/record.ts'
import { validRecord } from '../valid-record.ts'
import { replyText } from './client.ts'

/** Field and value by turns, as `HSET` takes them, in the order that the scripts count on. */
export function fieldsOf(record: SessionRecord, version: number, indexedUntil?: number): string[] {
  const { data, createdAt, expiresAt, identity, subject } = record
  const fields = ['v', `${version}`, 'd', data, 'c', `${createdAt}`, 'e', `${expiresAt}`, 'i', identity]
  if (subject !== undefined) fields.push('s', subject)
  if (indexedUntil !== undefined) fields.push('x', `${indexedUntil}`)
  return fields
}

/** What {@link recordFrom} wants to be read. */
export const FIELDS: readonly string[] = ['v', 'd', 'c', 'e', 'i', 's']

/** A record of the values of {@link FIELDS}; `null` where they make none. */
export function recordFrom(values: readonly unknown[]): SessionRecord | null {
  const [version, data, createdAt, expiresAt, identity, subject] = values.map(replyText)
  const [v, c, e] = [version, createdAt, expiresAt].map(numberOf)
  return validRecord({ data, version: v, createdAt: c, expiresAt: e, identity, subject })
}

/** A number as this storage writes it; NaN for another text. */
function numberOf(text: string | undefined): number {
  const number = Number(text)
  return String(number) === text ? number : Number.NaN
}

/** What `PEXPIREAT` takes. The engine keeps a key through the millisecond that it names, and we do not. */
export function deadlineOf(expiresAt: number): string {
  return `${Math.ceil(expiresAt) - 1}`
}
