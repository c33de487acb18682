import type { StoredAt, FoundSession } from '../contracts/tracker.ts'
import { currentDeadline, type Lifetimes } from '../base/expiry.ts'

/**
 * A session by id as it was read or written.
 *
 * @param idle The idle timeout that the record's deadline was made with, as the record keeps it.
 */
export function foundSession(
  text: string,
  row: StoredAt,
  idle: number | undefined,
  lifetimes: Lifetimes,
): FoundSession {
  const { createdAt, expiresAt } = row.record
  return { text, createdAt, expiresAt: currentDeadline(lifetimes, { createdAt, expiresAt, idle }), idle, row }
}

export function rowOf(session: FoundSession): StoredAt {
  return session.row as StoredAt
}
