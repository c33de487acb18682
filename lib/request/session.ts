import type { Duration } from '../base/duration.ts'

/** The keys of a session: those of its value, and those of its flash. */
export type SessionKeyOf<T, F> = Extract<keyof T | keyof F, string>

/** What a key may read: the value's, or the flash's. */
export type SessionEntry<T, F, K> = (K extends keyof T ? T[K] : never) | (K extends keyof F ? F[K] : never)

/**
 * One session of a request as a live object: `ctx.sessions.open(definition)`. Always there, empty where there is no session.
 *
 * What is written by key is kept as a change and not as a snapshot: it is applied to what the session is when it is stored, so
 * that two requests which set different keys both succeed; of two that set the same one, the later wins. A schema is checked when
 * it is stored. Everything is stored when the handler is done, unless `save` is awaited before.
 *
 * After `destroy()` reading gives nothing, and writing throws `SessionGoneError` (`ERR_SESSION_GONE`). Once the response has gone,
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
  /** The id; `undefined` where there is none (yet), or where the session is by value. A credential: never log it. */
  readonly id: string | undefined
  /** A public name of the session that stays when its id changes: for lists of devices, and `revoke`. By id, once stored. */
  readonly handle: string | undefined
  /** Whether there was none before this request. */
  readonly isNew: boolean
  /** Whether a commit would write. */
  readonly dirty: boolean
  readonly destroyed: boolean
  /** How many keys can be read. */
  readonly size: number
  /** When it was created, or last signed in with, in epoch milliseconds; `undefined` before it is stored. */
  readonly createdAt: number | undefined
  /** When it ends if it is not used again, in epoch milliseconds; `undefined` before it is stored. */
  readonly expiresAt: number | undefined
  /**
   * How many milliseconds it lives without being used; `null`: no limit. Can be assigned for this one session ("remember
   * me"), within the absolute timeout. Assigning throws `SessionConfigError` (`ERR_SESSION_CONFIG`) where the token is not
   * authenticated, as with `plain()`.
   */
  get idleTimeout(): number | null
  set idleTimeout(timeout: Duration)
  /** The whole value, read-only; `undefined` where there is none. */
  readonly value: Readonly<T> | undefined

  /** What a key holds; where it is not one of the value's, what the request before has flashed. */
  get<K extends SessionKeyOf<T, F>>(key: K): Readonly<SessionEntry<T, F, K>> | undefined
  /** Sets one key; `null` and `undefined`, where its type allows them, remove it. @throws SessionValueError for what cannot be kept. */
  set<K extends Extract<keyof T, string>>(key: K, value: T[K]): this
  /** Removes one key. Says whether it was there. */
  unset(key: Extract<keyof T, string>): boolean
  has(key: SessionKeyOf<T, F>): boolean
  keys(): IterableIterator<SessionKeyOf<T, F>>
  values(): IterableIterator<SessionEntry<T, F, SessionKeyOf<T, F>>>
  entries(): IterableIterator<[SessionKeyOf<T, F>, SessionEntry<T, F, SessionKeyOf<T, F>>]>
  forEach(each: (value: SessionEntry<T, F, SessionKeyOf<T, F>>, key: SessionKeyOf<T, F>) => void): void
  /** The values by key, without flash, and never the id. */
  toJSON(): Partial<T>

  /**
   * Leaves something for the next request that opens this session, and for no later one; `get` reads it there. A request that
   * does not open it leaves it. Two at once: one of them gets it, in one process.
   *
   * @throws SessionValueError (`ERR_SESSION_VALUE`) for what cannot be kept.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the token is not authenticated, as with `plain()`: a client could
   *   write flash of its own. Sign or encrypt the session, or keep it in a storage.
   */
  flash<K extends Extract<keyof F, string>>(key: K, value: F[K]): this
  /**
   * Gives the session a new id. The old one dies in the same step, unless `deleteOld` is `false`: then both live, each with its
   * own deadline, until one of them is destroyed, by this request or by any later one; then both end. Each read of a session with
   * several ids costs two more reads of the storage. By value the token is only issued anew. A login does it by itself.
   */
  regenerateId(options?: { readonly deleteOld?: boolean }): void
  /** Ends it: every id that this request has held, when the handler is done. Final for this object. */
  destroy(): void
  /** Reads it again, and drops what was not stored. */
  load(): Promise<this>
  /**
   * Stores it now.
   *
   * @throws SessionGoneError (`ERR_SESSION_GONE`) where it was destroyed meanwhile.
   * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) where another request wrote meanwhile, and `conflict` is `'reject'`.
   */
  save(): Promise<this>
  /** Moves its idle deadline now, due or not. @throws SessionGoneError (`ERR_SESSION_GONE`) where it is gone. */
  touch(): Promise<this>
}
