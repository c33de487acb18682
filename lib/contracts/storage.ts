import type { Awaitable } from '../base/awaitable.ts'
import type { SessionRecord } from './record.ts'

/** The result of a compare-and-set. `gone`: the session does not exist. `conflict`: it has another version. */
export type UpdateOutcome = 'ok' | 'conflict' | 'gone'
/** The result of a rotation: that of an update, or `exists`: the new key is taken. */
export type RotateOutcome = UpdateOutcome | 'exists'

/**
 * Keeps the sessions by id. Each of the six required methods returns what happened. None of them is an "upsert", so that a destroyed
 * session never comes back and no update is lost silently.
 *
 * - Unknown, expired and unreadable sessions are the same: `read` returns `null`, `update` and `rotate` return `gone`, the others `false`.
 * - A thrown error or a rejected promise means that the storage engine failed, and nothing else.
 * - A method that need not wait returns its result, not a promise. The caller then awaits nothing.
 * - Records are copied on the way in and out: the storage shares no object with its callers.
 * - The optional methods are capabilities: a storage without a capability does not have the method.
 */
export interface SessionStorage {
  /** Whether the storage may evict live sessions. Such a storage is refused for `revocations`. Default `false`. */
  readonly evicts?: boolean
  /** Stores a new session with version 1. `false`: the key is taken, and nothing was written. */
  create(key: string, record: SessionRecord): Awaitable<boolean>
  /** Returns the session, or `null` if it is unknown, expired or unreadable. Writes nothing. */
  read(key: string): Awaitable<SessionRecord | null>
  /** Replaces the session if its version is `expected`, and sets the version to `expected + 1`. Never creates a session. */
  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome>
  /** Moves `expiresAt` later, never earlier, and changes no other field. `false`: the session does not exist. Never creates a session. */
  touch(key: string, expiresAt: number): Awaitable<boolean>
  /** Destroys the session, immediately and permanently. `false`: there was none, which is not an error. */
  delete(key: string): Awaitable<boolean>
  /**
   * Moves the session to another key, with a new record, if its version is `expected`, and sets the version to `expected + 1`. There is no
   * moment at which both keys exist. `exists`: `to` is taken. With any result but `ok`, nothing has changed.
   */
  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome>
  /** Iterates over the live sessions of one subject, in any order. */
  list?(subject: string): AsyncIterable<{ key: string; record: SessionRecord }>
  /** Calls `listener` when one of `keys` is changed or removed, also by another process, until the returned function is called. */
  watch?(
    keys: readonly string[],
    listener: (key: string, what: 'changed' | 'gone') => void,
  ): Promise<() => Promise<void>>
  /** Removes at most `limit` expired sessions and returns their number. This only frees space: `read` never returns an expired session. */
  sweep?(limit?: number): Awaitable<number>
  /** Returns the number of expired sessions that are not yet swept. */
  countExpired?(): Awaitable<number>
  /** Closes what the storage itself has opened. */
  close?(): Awaitable<void>
}
