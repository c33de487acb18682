import type { Row, Tracked } from '../contracts/tracker.ts'
import { currentDeadline, type Lifetimes } from '../base/expiry.ts'

/**
 * A session by id as it was read or written.
 *
 * @param idle The idle timeout that the record's deadline was made with, as the record keeps it.
 */
export function foundSession(text: string, row: Row, idle: number | undefined, lifetimes: Lifetimes): Tracked {
  const { createdAt, expiresAt } = row.record
  return { text, createdAt, expiresAt: currentDeadline(lifetimes, { createdAt, expiresAt, idle }), idle, row }
}

export function rowOf(session: Tracked): Row {
  return session.row as Row
}
