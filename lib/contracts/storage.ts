import type { Awaitable } from '../base/awaitable.ts'
import type { SessionRecord } from './record.ts'

/** What a compare-and-set came to. `gone`: there is no such session (any more); `conflict`: it has another version. */
export type UpdateOutcome = 'ok' | 'conflict' | 'gone'
/** What a move came to: as an update, or `exists`: the new key is taken. */
export type RotateOutcome = UpdateOutcome | 'exists'

/**
 * Where sessions by id are kept. Six verbs, each of which tells what happened; none is an "upsert", so a destroyed
 * session can never be brought back and no update is lost in silence.
 *
 * - Unknown, expired and unreadable are one thing: `null` from `read`, `gone` from the others.
 * - A thrown error (or a rejected promise) means that the engine is broken, and nothing else.
 * - A verb that needs no waiting returns its result and not a promise: nothing is awaited then.
 * - Records go in and come out as copies: no live object is ever shared.
 * - What an engine cannot do it does not have: the optional methods are its capabilities.
 */
export interface SessionStorage {
  /** Whether it may drop what is alive, to make room: such a storage is refused for `revocations`. Default `false`. */
  readonly evicts?: boolean
  /** Stores a new session, as version 1. `false`: the key is taken, nothing was written. */
  create(key: string, record: SessionRecord): Awaitable<boolean>
  /** The session, or `null` where there is none (unknown, expired, unreadable). Writes nothing. */
  read(key: string): Awaitable<SessionRecord | null>
  /** Replaces the session if its version still is `expected`; it is `expected + 1` then. Never creates. */
  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome>
  /** Moves the expiry later, and nothing else: never earlier, and no other field. `false`: gone. Never creates. */
  touch(key: string, expiresAt: number): Awaitable<boolean>
  /** Destroys the session, at once and for good. `false`: there was none, which is no error. */
  delete(key: string): Awaitable<boolean>
  /**
   * Moves the session to another key with a new record, if its version still is `expected`; it is `expected + 1` then,
   * and `from` is dead when `to` lives. `exists`: `to` is taken. Whatever it answers but `ok`, nothing has changed.
   */
  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome>
  /** All live sessions of one subject, in no particular order. */
  list?(subject: string): AsyncIterable<{ key: string; record: SessionRecord }>
  /** Calls `listener` when one of `keys` changes or goes, also by another process, until the returned function is called. */
  watch?(
    keys: readonly string[],
    listener: (key: string, what: 'changed' | 'gone') => void,
  ): Promise<() => Promise<void>>
  /** Removes at most `limit` expired sessions and says how many. Housekeeping only: `read` never shows an expired one. */
  sweep?(limit?: number): Awaitable<number>
  /** How many expired sessions wait to be swept. */
  countExpired?(): Awaitable<number>
  /** Lets go of what the storage itself has opened. */
  close?(): Awaitable<void>
}
