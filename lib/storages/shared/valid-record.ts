import { NEVER } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'

/** The fields of a record as an engine returns them, of any type: another process may have written them. */
export type RecordFields = Readonly<Record<keyof SessionRecord, unknown>>

/** The record that the fields make, without any further fields; `null` if a field is missing or wrong. */
export function validRecord({
  data,
  version,
  createdAt,
  expiresAt,
  identity,
  subject,
}: RecordFields): SessionRecord | null {
  if (typeof data !== 'string' || typeof identity !== 'string') return null
  if (!isVersion(version) || !isInstant(createdAt) || !isInstant(expiresAt)) return null
  if (subject === undefined) return { data, version, createdAt, expiresAt, identity }
  return typeof subject === 'string' ? { data, version, createdAt, expiresAt, identity, subject } : null
}

/** Whether it is a version that can be increased. */
function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && value !== Number.MAX_SAFE_INTEGER
}

/** Whether a `Date` can represent it. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= NEVER
}
