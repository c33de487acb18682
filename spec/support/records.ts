import type { SessionRecord } from '../../lib/contracts/record.ts'

export const NOW = 1_700_000_000_000
export const HOUR = 3_600_000

/** A record of `NOW` that lives for an hour, with the given fields changed. */
export function record(changes?: Partial<SessionRecord>): SessionRecord {
  return { data: 'first', version: 1, createdAt: NOW, expiresAt: NOW + HOUR, identity: 'identity', ...changes }
}
