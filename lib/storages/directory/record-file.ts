import { toUSVString } from 'node:util'
import type { SessionRecord } from '../../contracts/record.ts'
import { validRecord } from '../valid-record.ts'

/** A record with the key that it is stored under. */
export interface KeyedRecord {
  readonly key: string
  readonly record: SessionRecord
}

/** The first line of a record file. The payload follows it as it is: `length` bytes of UTF-8. */
interface Head extends Omit<SessionRecord, 'data'> {
  key: string
  /** Shows a file that lost its end in a power failure. */
  length: number
  /** The payload has lone surrogates, which UTF-8 cannot carry, and stands there as a JSON string. */
  escaped?: true
}

/** The text of a record file. */
export function formatRecord(key: string, record: SessionRecord, version: number): string {
  const { data, createdAt, expiresAt, identity, subject } = record
  const wellFormed = toUSVString(data) === data
  const body = wellFormed ? data : JSON.stringify(data)
  const head: Head = { key, version, createdAt, expiresAt, identity, length: Buffer.byteLength(body) }
  if (subject !== undefined) head.subject = subject
  if (!wellFormed) head.escaped = true
  return `${JSON.stringify(head)}\n${body}`
}

/** What a record file says, or `null` for whatever is not wholly one. Never throws. */
export function parseRecord(text: string): KeyedRecord | null {
  const end = text.indexOf('\n')
  const head = end === -1 ? undefined : parse(text.slice(0, end))
  if (typeof head !== 'object' || head === null) return null
  const fields = head as Record<keyof Head | 'data', unknown>
  const { key, length, escaped } = fields
  const body = text.slice(end + 1)
  if (typeof key !== 'string' || Buffer.byteLength(body) !== length) return null
  fields.data = escaped ? parse(body) : body
  const record = validRecord(fields)
  return record && { key, record }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
