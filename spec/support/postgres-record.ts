import type { SessionRecord } from '../../lib/contracts/record.ts'

export const HOUR = 3_600_000

/** A record that lives for an hour from now on by the machine's clock, with the given fields changed. */
export function record(changes?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now()
  return { data: '0', version: 1, createdAt: now, expiresAt: now + HOUR, identity: 'identity', ...changes }
}
