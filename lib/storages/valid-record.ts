import { NEVER } from '../base/clock.ts'
import type { SessionRecord } from '../contracts/record.ts'

/** The fields of a record as an engine gives them: of any type, since another process may have written there. */
export type RecordFields = Readonly<Record<keyof SessionRecord, unknown>>

/** A record of what an engine gave, without anything else that is there; `null` for whatever is none. */
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

/** One that another can follow. */
function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && value !== Number.MAX_SAFE_INTEGER
}

/** An instant that a `Date` can name. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= NEVER
}
