import { toUSVString } from 'node:util'
import type { SessionRecord } from '../../contracts/record.ts'
import { tryParseJson } from '../../base/json.ts'
import { validRecord } from '../shared/valid-record.ts'

/** A record, with the key that it is stored under. */
export interface KeyedRecord {
  readonly key: string
  readonly record: SessionRecord
}

/** The first line of a record file, as JSON. The payload follows it unchanged: `length` bytes of UTF-8. */
interface Head extends Omit<SessionRecord, 'data'> {
  key: string
  /** Detects a file that lost its end in a power failure. */
  length: number
  /** The payload is stored as a JSON string, since it has lone surrogates, which UTF-8 cannot represent. */
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

/** The record of such a text, or `null` for any other text. Never throws. */
export function parseRecord(text: string): KeyedRecord | null {
  const end = text.indexOf('\n')
  const head = end === -1 ? undefined : tryParseJson(text.slice(0, end))
  if (typeof head !== 'object' || head === null) return null
  const fields = head as Record<keyof Head | 'data', unknown>
  const { key, length, escaped } = fields
  const body = text.slice(end + 1)
  if (typeof key !== 'string' || Buffer.byteLength(body) !== length) return null
  fields.data = escaped ? tryParseJson(body) : body
  const record = validRecord(fields)
  return record && { key, record }
}
