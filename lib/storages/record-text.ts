import type { SessionRecord } from '../contracts/record.ts'
import { type RecordFields, validRecord } from './valid-record.ts'

/** A record as one JSON text. */
export function writeRecord(record: SessionRecord, version: number): string {
  const { data, createdAt, expiresAt, identity, subject } = record
  return JSON.stringify({ version, createdAt, expiresAt, identity, subject, data })
}

/** Reads what {@link writeRecord} wrote; `null` for anything else. */
export function readRecord(text: unknown): SessionRecord | null {
  const fields = parsed(text)
  return typeof fields === 'object' && fields !== null ? validRecord(fields as RecordFields) : null
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
