import type { SessionRecord } from '../../contracts/record.ts'
import { tryParseJson } from '../../base/json.ts'
import { type RecordFields, validRecord } from './valid-record.ts'

/** A record as one JSON text, with the given version. */
export function recordToJson(record: SessionRecord, version: number): string {
  const { data, createdAt, expiresAt, identity, subject } = record
  return JSON.stringify({ version, createdAt, expiresAt, identity, subject, data })
}

/** The record of a text from {@link recordToJson}, or `null` for any other value. */
export function recordFromJson(text: unknown): SessionRecord | null {
  const fields = typeof text === 'string' ? tryParseJson(text) : undefined
  return typeof fields === 'object' && fields !== null ? validRecord(fields as RecordFields) : null
}
