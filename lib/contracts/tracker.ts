import type { Awaitable } from '../base/awaitable.ts'
import type { Refused } from '../base/refusal.ts'
import type { SessionRecord } from './record.ts'

/** A session as it was read, or just written. */
export interface FoundSession {
  readonly refused?: undefined
  /** The serialized body. */
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** By id only. */
  readonly row?: StoredAt
  /** By value: the generation of its subject when it was created. */
  readonly generation?: number
  /** The definition's idle timeout that `expiresAt` is based on, 0 for none; absent if the session has its own. */
  readonly idle?: number | undefined
}

/** The stored record of a session by id, and where it is. */
export interface StoredAt {
  readonly id: string
  readonly key: string
  readonly record: SessionRecord
}

/** A write. */
export interface SessionWrite {
  /** The time of the write. */
  readonly now: number
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** The definition's idle timeout that `expiresAt` is based on, 0 for none; absent if the session has its own. */
  readonly idle?: number | undefined
  /** The hash of the subject, as the record has it. */
  readonly subject: string | undefined
  /** The session as it was read; `null` for a new one. */
  readonly from: FoundSession | null
  /** By id: the id of a new session, or the one that replaces the old id. `undefined`: the session keeps its id. */
  readonly id: string | undefined
  /** By id: returns another id if that one is taken. */
  readonly newId: () => string | undefined
  /** Whether this is a login, which succeeds even if the previous session is gone. */
  readonly login: boolean
  /** By id: whether the old id stays valid beside the new one, each with its own deadline. */
  readonly keepOld: boolean
}

/** Nothing was written if it is `gone` (the session has ended) or `conflict` (another request wrote the session meanwhile). */
export type WriteResult = FoundSession | 'gone' | 'conflict'

/** All sessions of one subject. */
export interface SubjectSessions {
  list(subject: string): AsyncIterable<{ readonly record: SessionRecord }>
  /**
   * Ends the matching sessions until none is left, and returns how many there were. `spared` lives on, under whatever id it has by
   * now; its other ids end.
   */
  end(subject: string, isMeant: (record: SessionRecord) => boolean, spared?: StoredAt): Promise<number>
}

/**
 * One-time tickets: the client carries a random ticket, and the storage holds the text, encrypted with the ticket. A ticket is valid for
 * its `purpose` only.
 */
export interface Tickets {
  issue(purpose: string, text: string): Promise<string>
  /** The text, once; `null` if the ticket is unknown, expired or redeemed. A malformed ticket is no error. */
  redeem(purpose: string, ticket: string): Promise<string | null>
}

/**
 * How long a read may wait for the storage. `full` (5 s): the handler asked for the session. `brief` (1 s, and not at all right after
 * failures): the session is read ahead of the handler.
 */
export type Patience = 'brief' | 'full'

/**
 * Finds and stores the payload: in the token itself (by value), or in a storage where the token is the id (by id).
 * A storage that fails is a `SessionStorageError`.
 */
export interface SessionTracker {
  /** Whether the token is an id. */
  readonly byId: boolean
  /** The session of a decoded token. */
  load(token: string, patience: Patience): Awaitable<FoundSession | Refused>
  /** The token of a session, before it is encoded. */
  token(session: FoundSession): string
  save(change: SessionWrite): Awaitable<WriteResult>
  /** Moves the idle deadline only. */
  renew(session: FoundSession, expiresAt: number): Awaitable<FoundSession | 'gone'>
  /** By id, if the storage can list. */
  readonly subjects?: SubjectSessions | undefined
  /** By value, if there are `revocations`: ends all sessions of a subject, and returns the new generation. */
  readonly revoke?: ((subject: string) => Promise<number>) | undefined
  /**
   * Calls `listener` when the session may have changed, or is gone, until the returned function is called. By id, if the storage can
   * watch. If the promise rejects, nothing is watched.
   */
  readonly watch?:
    | ((session: FoundSession, listener: (what: 'changed' | 'gone') => void) => Promise<() => Promise<void>>)
    | undefined
  /** By id: tickets in the storage of the sessions. */
  readonly tickets?: Tickets | undefined
  /** Ends the session. With `found`, the session as it was read, it also ends if another request has changed its id meanwhile. */
  destroy(token: string, found: FoundSession | null): Awaitable<void>
}
