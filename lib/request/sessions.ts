import type { AnyDefinition, DefinitionOf, SessionDefinition } from '../definition/definition.ts'
import type { Session } from './session.ts'
import type { SessionClass } from '../serializers/instances.ts'

/** The options of {@link Sessions.set}. */
export interface SetOptions {
  /** Whether this is a login: a new id, the end of the old one, and a new absolute timeout. Default: whether the `subject` changes. */
  readonly regenerate?: boolean
}

/** Makes `set(definition)` without a value a type error. */
type Instance<T extends object> = T extends AnyDefinition ? never : T

/**
 * The sessions of one request: `ctx.sessions`.
 *
 * You name a session by its definition, or by its class or its name. The compiler does not check a name, so give the type with it.
 *
 * Values are read-only. Plain objects and arrays are frozen. A Map, Set, Date or URL is a new one with each read: modifying it does
 * not modify the session. To change a session, `set` another value, or `update` it.
 *
 * All methods throw `SessionNotMountedError` (`ERR_SESSION_NOT_MOUNTED`) if no `sessions([…])` of this request has the session. All but
 * `clear` throw `SessionStorageError` (`ERR_SESSION_STORAGE`) if the session could not be read. `get`, `set`, `getOrSet` and `id` throw
 * `SessionNotLoadedError` (`ERR_SESSION_NOT_LOADED`) for a deferred session before `load`.
 */
export interface Sessions {
  /** The app's only session. If there are several, an error that lists them. */
  get<T = unknown>(): Readonly<T> | undefined
  /** By name, which the compiler does not check: give the type with it. */
  get<T = unknown>(name: string): Readonly<T> | undefined
  /** By the class of its values. */
  get<T extends object>(type: SessionClass<T>): Readonly<T> | undefined
  /**
   * The session's value; `undefined` if there is no session. Synchronous.
   *
   * @example
   * const user = ctx.sessions.get(UserSession)
   */
  get<T extends object>(definition: DefinitionOf<T>): Readonly<T> | undefined

  /** An instance of a definition's `type`. */
  set<T extends object>(instance: Instance<T>): void
  /** By name, which the compiler does not check. */
  set<T extends object>(name: string, value: T, options?: SetOptions): void
  /**
   * Replaces the whole value. Takes a snapshot of it at once, which is stored when the handler is done. A new session has its id from
   * here on.
   *
   * @throws SessionValueError (`ERR_SESSION_VALUE`) if the value cannot be stored; it has the path in the value.
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) if headers were sent, and the change needs one.
   *
   * @example
   * ctx.sessions.set(UserSession, { id: 'ada', count: 0 })
   */
  set<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>, options?: SetOptions): void

  /**
   * Destroys the session: when the handler is done, the record is deleted and the client is told to forget its token. The session need
   * not be read: a logout works on a deferred session. If the storage is down, the commit throws `ERR_SESSION_STORAGE`.
   *
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) for a session by value if headers were sent.
   */
  clear(session: AnyDefinition | SessionClass<object> | string): void

  /** The session's value. If there is no session, sets and returns what `make` returns. */
  getOrSet<T extends object>(definition: DefinitionOf<T>, make: () => NoInfer<T>): Readonly<T>

  /**
   * Changes the value so that no concurrent change is lost: reads it, applies `change`, and writes by compare-and-set; if another request
   * came first, again with the new value. By id it writes at once, also after headers were sent.
   *
   * By value there is no record to compare with: the change is stored with the response, and the last response wins.
   *
   * @param change Synchronous. May be called several times. Gets `undefined` if there is no session. If it returns `undefined`, the
   *   session is cleared.
   * @returns what `change` returned.
   * @throws SessionGoneError (`ERR_SESSION_GONE`) if the session was destroyed, or got another id, in the meantime.
   * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) if other requests came first a hundred times.
   *
   * @example
   * const { count } = await ctx.sessions.update(Visits, (visits) => ({ count: (visits?.count ?? 0) + 1 }))
   */
  update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R>

  /**
   * The session as an object that is read and written by key, with flash values, its id and its deadlines. Empty if there is no session.
   * The same object for each call in a request. Takes the flash that an earlier request left.
   *
   * @example
   * const session = ctx.sessions.open(UserSession)
   * session.set('count', (session.get('count') ?? 0) + 1)
   */
  open<T extends object, F extends object>(definition: SessionDefinition<T, F>): Session<T, F>

  /** The session's id; `undefined` by value, and if there is no session. A credential: never log it. */
  id(session: AnyDefinition | SessionClass<object> | string): string | undefined

  /** Reads a deferred session, or reads any session again. Drops changes that were not stored. */
  load<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined>

  /**
   * Stores all changes now, and sets the headers: for handlers that write to `ctx.res`, or stream. Every request commits by itself
   * when its handler is done, which stores later changes too.
   *
   * @throws the errors of storing: `ERR_SESSION_STORAGE`, `ERR_SESSION_CONFLICT`, `ERR_SESSION_TOO_LARGE`, `ERR_SESSION_TOO_LATE`.
   */
  commit(): Promise<void>
}
