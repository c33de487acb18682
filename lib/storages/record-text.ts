import type { SessionRecord } from '../contracts/record.ts'

/** A record as one JSON text. */
export function writeRecord(record: SessionRecord, version: number): string {
  const { data, createdAt, expiresAt, identity, subject } = record
  return JSON.stringify({ version, createdAt, expiresAt, identity, subject, data })
}

/** Reads what {@link writeRecord} wrote; `null` for anything else. */
export function readRecord(text: unknown): SessionRecord | null {
  const fields = parsed(text)
  if (typeof fields !== 'object' || fields === null) return null
  const { data, version, createdAt, expiresAt, identity, subject } = fields as Record<keyof SessionRecord, unknown>
  if (typeof data !== 'string' || typeof identity !== 'string') return null
  if (!Number.isSafeInteger(version) || !Number.isFinite(createdAt) || !Number.isFinite(expiresAt)) return null
  if (subject !== undefined && typeof subject !== 'string') return null
  const record = { data, version, createdAt, expiresAt, identity } as SessionRecord
  if (subject !== undefined) record.subject = subject
  return record
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
