import type { Awaitable } from '../base/awaitable.ts'
import type { Refused } from '../base/refusal.ts'
import type { SessionRecord } from './record.ts'

/** A session as it was found, or as it was just written. */
export interface Tracked {
  readonly refused?: undefined
  /** What it holds: its body, serialized. */
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** By id only. */
  readonly row?: Row
  /** By value: the generation of its subject that it was made in. */
  readonly generation?: number
  /** The idle timeout of the definition that `expiresAt` was made with, 0 for none; absent where the session has its own. */
  readonly idle?: number | undefined
}

/** Where a session by id stands. */
export interface Row {
  readonly id: string
  readonly key: string
  readonly record: SessionRecord
}

/** What is to be written. */
export interface Change {
  /** When. */
  readonly now: number
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** The idle timeout of the definition that `expiresAt` is made with, 0 for none; absent where the session has its own. */
  readonly idle?: number | undefined
  /** Whose session it is: the hash that the record keeps. */
  readonly subject: string | undefined
  /** The session that was read, `null` for a new one. */
  readonly from: Tracked | null
  /** By id: a new session's id, or the one that takes over from the old. `undefined`: the session keeps its id. */
  readonly id: string | undefined
  /** By id: gives another id, should that one be taken. */
  readonly newId: () => string | undefined
  /** Whether somebody signs in: what became of the session before is of no account. */
  readonly login: boolean
  /** By id: whether the old id lives on beside the new one, each with its own deadline. */
  readonly keepOld: boolean
}

/** `gone`: there is no such session any more, nothing was written. `conflict`: another request wrote meanwhile, likewise. */
export type Saved = Tracked | 'gone' | 'conflict'

/** All sessions of one subject. */
export interface SubjectSessions {
  list(subject: string): AsyncIterable<{ readonly record: SessionRecord }>
  /**
   * Ends those that are meant, until none of them is left, and says how many they were. `spared` lives on, under whatever id it has
   * by now, though its twins end.
   */
  end(subject: string, isMeant: (record: SessionRecord) => boolean, spared?: Row): Promise<number>
}

/**
 * Texts that are handed over by way of the client and once only: it holds a ticket that says nothing, and the storage holds what
 * nobody can read without the ticket. `purpose` keeps tickets of one kind from passing for another.
 */
export interface Tickets {
  issue(purpose: string, text: string): Promise<string>
  /** The text, for the first who asks, in time; `null` otherwise. Never throws for what a client sent. */
  redeem(purpose: string, ticket: string): Promise<string | null>
}

/** How long an operation may wait for the storage. `full` (5 s): the handler asked for it. `brief` (1 s, and not right after failures): ahead of the handler. */
export type Patience = 'brief' | 'full'

/**
 * Where the payload is: in the token itself (by value), or in a storage that the token points into (by id).
 * All errors are `SessionStorageError`s.
 */
export interface SessionTracker {
  /** Whether the token is an id. */
  readonly byId: boolean
  /**
   * The session behind a decoded token. `asked`: the app waits for it by name, so that the storage is given its time; a read
   * on behalf of a request that may not need the session is given little.
   */
  load(token: string, asked: boolean): Awaitable<Tracked | Refused>
  /** What the client is to present next time, before it is encoded. */
  token(session: Tracked): string
  save(change: Change): Awaitable<Saved>
  /** Moves the idle deadline, and nothing else. */
  renew(session: Tracked, expiresAt: number): Awaitable<Tracked | 'gone'>
  /** By id, where the storage can list. */
  readonly subjects?: SubjectSessions | undefined
  /** By value, where there are `revocations`: ends all sessions of a subject, and says which generation is good from now on. */
  readonly revoke?: ((subject: string) => Promise<number>) | undefined
  /**
   * Calls `listener` when the session may have changed, or is gone, until the returned function is called; by id, where the
   * storage can. A promise that rejects leaves nobody watching.
   */
  readonly watch?:
    | ((session: Tracked, listener: (what: 'changed' | 'gone') => void) => Promise<() => Promise<void>>)
    | undefined
  /** By id: they are kept where the sessions are. */
  readonly tickets?: Tickets | undefined
  /** Ends the session. `found`: as it was read, where it was; its later ids are followed then. */
  destroy(token: string, found: Tracked | null): Awaitable<void>
}
