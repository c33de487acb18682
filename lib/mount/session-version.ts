import type { FoundSession } from '../contracts/tracker.ts'

/** 0 for a session by value. */
export function versionOf({ row }: FoundSession): number {
  return row?.record.version ?? 0
}

/** Whether one state of a session was written or renewed after another. */
export function isNewer(one: FoundSession, other: FoundSession): boolean {
  const versions = versionOf(one) - versionOf(other)
  return versions > 0 || (versions === 0 && one.expiresAt > other.expiresAt)
}
