import type { SessionRecord } from '../../contracts/record.ts'
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
  if (version === undefined || data === undefined || identity === undefined) return null
  const record = {
    data,
    version: Number(version),
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    identity,
  }
  if (!Number.isSafeInteger(record.version) || Number.isNaN(record.createdAt + record.expiresAt)) return null
  return subject === undefined ? record : { ...record, subject }
}

/** What `PEXPIREAT` takes. The engine keeps a key through the millisecond that it names, and we do not. */
export function deadlineOf(expiresAt: number): string {
  return `${Math.ceil(expiresAt) - 1}`
}
