import type { Duration } from '../base/duration.ts'

/** The keys of a session: those of its value, and those of its flash. */
export type SessionKeyOf<T, F> = Extract<keyof T | keyof F, string>

/** The type that a key reads: that of the value, or that of the flash. */
export type SessionEntry<T, F, K> = (K extends keyof T ? T[K] : never) | (K extends keyof F ? F[K] : never)

/**
 * One session of a request, read and written by key: `ctx.sessions.open(definition)`. If there is no session, it is empty, and the
 * first write creates one.
 *
 * A write by key is kept as a change, not as a snapshot. It is applied to what the session holds when it is stored: if two requests
 * set different keys, both succeed; if they set the same key, the later one wins. A schema is checked when the session is stored,
 * which happens after the handler, or when you await `save`.
 *
 * After `destroy()`, reading returns nothing, and writing throws `SessionGoneError` (`ERR_SESSION_GONE`). After the response was sent,
 * writing throws `SessionTooLateError` (`ERR_SESSION_TOO_LATE`).
 *
 * @example
 * const session = ctx.sessions.open(UserSession)
 * session.set('count', (session.get('count') ?? 0) + 1)
 * session.flash('notice', 'saved')
 */
export interface Session<T extends object, F extends object = {}> extends Iterable<
  [SessionKeyOf<T, F>, SessionEntry<T, F, SessionKeyOf<T, F>>]
> {
  /** The id; `undefined` by value, and before the first write of a new session. A credential: never log it. */
  readonly id: string | undefined
  /** A public name that stays when the id changes, for lists of devices and for `revoke`. `undefined` by value, and before the session is stored. */
  readonly handle: string | undefined
  /** Whether there was no session before this request. */
  readonly isNew: boolean
  /** Whether a commit would write. */
  readonly dirty: boolean
  readonly destroyed: boolean
  /** The number of keys that can be read, those of the flash included. */
  readonly size: number
  /** The time of the last login, or of the creation, in epoch milliseconds; `undefined` before the session is stored. */
  readonly createdAt: number | undefined
  /** When the session expires if it is not used again, in epoch milliseconds; `undefined` before it is stored. */
  readonly expiresAt: number | undefined
  /**
   * How long the session lasts without being used, in milliseconds; `null` for no limit. Assign a duration to give this session an idle
   * timeout of its own ("remember me"), within the absolute timeout. Assigning throws `SessionConfigError` (`ERR_SESSION_CONFIG`) if the
   * token is not authenticated, as with `plain()`.
   */
  get idleTimeout(): number | null
  set idleTimeout(timeout: Duration)
  /** The whole value, read-only; `undefined` if there is none. */
  readonly value: Readonly<T> | undefined

  /** The value of a key. If the session has no such key, the flash of that name that an earlier request left. */
  get<K extends SessionKeyOf<T, F>>(key: K): Readonly<SessionEntry<T, F, K>> | undefined
  /** Sets one key. `null` and `undefined`, if its type allows them, remove it. @throws SessionValueError (`ERR_SESSION_VALUE`) if the value cannot be stored. */
  set<K extends Extract<keyof T, string>>(key: K, value: T[K]): this
  /** Removes one key. Returns whether the session had it. */
  unset(key: Extract<keyof T, string>): boolean
  has(key: SessionKeyOf<T, F>): boolean
  keys(): IterableIterator<SessionKeyOf<T, F>>
  values(): IterableIterator<SessionEntry<T, F, SessionKeyOf<T, F>>>
  entries(): IterableIterator<[SessionKeyOf<T, F>, SessionEntry<T, F, SessionKeyOf<T, F>>]>
  forEach(each: (value: SessionEntry<T, F, SessionKeyOf<T, F>>, key: SessionKeyOf<T, F>) => void): void
  /** The values by key, without flash, and never the id. */
  toJSON(): Partial<T>

  /**
   * Leaves a value for the next request that opens this session; `get` reads it there, and later requests do not have it. A request
   * that does not open the session leaves it alone. If two requests open the session at once, in one process, one of them gets it.
   *
   * @throws SessionValueError (`ERR_SESSION_VALUE`) if the value cannot be stored.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the token is not authenticated, as with `plain()`: a client could write
   *   flash of its own. Sign or encrypt the session, or keep it in a storage.
   */
  flash<K extends Extract<keyof F, string>>(key: K, value: F[K]): this
  /**
   * Gives the session a new id. The old id ends in the same step, unless `deleteOld` is `false`: then both ids are valid, each until its
   * own deadline, and destroying one of them, by this request or a later one, ends both. A session with several ids takes two more
   * reads of the storage each time it is read. By value, the token is issued again. A login changes the id by itself.
   */
  regenerateId(options?: { readonly deleteOld?: boolean }): void
  /** Ends the session, with every id that this request has held, when the handler is done. This object stays destroyed. */
  destroy(): void
  /** Reads the session again, and drops changes that were not stored. */
  load(): Promise<this>
  /**
   * Stores the changes now.
   *
   * @throws SessionGoneError (`ERR_SESSION_GONE`) if the session was destroyed in the meantime.
   * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) if another request wrote in the meantime, and `conflict` is `'reject'`.
   */
  save(): Promise<this>
  /** Moves the idle deadline now, due or not. @throws SessionGoneError (`ERR_SESSION_GONE`) if the session was destroyed in the meantime. */
  touch(): Promise<this>
}
