import type { AnyDefinition, DefinitionOf, SessionDefinition } from '../definition/definition.ts'
import type { Session } from './session.ts'
import type { SessionClass } from '../serializers/instances.ts'

/** What {@link Sessions.set} may be told. */
export interface SetOptions {
  /** Makes it a login: a new id, the old one dead, the absolute clock anew. Default: only where the `subject` changes. */
  readonly regenerate?: boolean
}

/** An instance that is no definition, which would be a call of `set` with its value forgotten. */
type Instance<T extends object> = T extends AnyDefinition ? never : T

/**
 * The sessions of one request: `ctx.sessions`.
 *
 * A session is named by its definition. By its class or its name works too, as long as one is mounted: a name is checked
 * by no compiler, so say its type.
 *
 * Values are read-only. Plain objects and arrays come frozen; a Map, Set, Date or URL is fresh with each read, and changing it
 * changes nothing that is kept. To change a session, `set` another value, or `update` it.
 *
 * All methods throw `SessionNotMountedError` (`ERR_SESSION_NOT_MOUNTED`) for what no `sessions([…])` on this request has, and,
 * but for `clear`, `SessionStorageError` (`ERR_SESSION_STORAGE`) where the session could not be read. `get`, `set`, `getOrSet` and
 * `id` throw `SessionNotLoadedError` (`ERR_SESSION_NOT_LOADED`) for a deferred session before `load`.
 */
export interface Sessions {
  /** The app's only session; an error that lists them where there are several. */
  get<T = unknown>(): Readonly<T> | undefined
  /** By the name, which no compiler checks: say its type. */
  get<T = unknown>(name: string): Readonly<T> | undefined
  /** By the class of its instances. */
  get<T extends object>(type: SessionClass<T>): Readonly<T> | undefined
  /**
   * The session's value, `undefined` where there is none. Synchronous.
   *
   * @example
   * const user = ctx.sessions.get(UserSession)
   */
  get<T extends object>(definition: DefinitionOf<T>): Readonly<T> | undefined

  /** An instance of a definition's `type`. */
  set<T extends object>(instance: Instance<T>): void
  /** By the name, which no compiler checks. */
  set<T extends object>(name: string, value: T, options?: SetOptions): void
  /**
   * Replaces the whole value, of which it takes a snapshot at once. Stored when the handler is done. A new session has its
   * id from here on.
   *
   * @throws SessionValueError (`ERR_SESSION_VALUE`) for what cannot be stored, naming the path in the value.
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) where headers are sent, and the change needs one.
   *
   * @example
   * ctx.sessions.set(UserSession, { id: 'ada', count: 0 })
   */
  set<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>, options?: SetOptions): void

  /**
   * Destroys the session: its row is deleted, and the client told to forget its token, when the handler is done. Needs no
   * read, so that a logout works on a deferred session, and says so (`ERR_SESSION_STORAGE`) where the storage is down.
   *
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) for a session by value where headers are sent.
   */
  clear(session: AnyDefinition | SessionClass<object> | string): void

  /** The value, after setting it to what `make` gives where there is none. */
  getOrSet<T extends object>(definition: DefinitionOf<T>, make: () => NoInfer<T>): Readonly<T>

  /**
   * Changes the value such that no concurrent change is lost: reads it, applies `change`, and writes by compare-and-set, once
   * more with the fresh value where another request came first. By id it writes at once, also after headers were sent.
   *
   * By value there is nothing to compare with: the browser holds the truth, and the last response wins.
   *
   * @param change Synchronous; may be called several times; gets `undefined` where there is no session; clears the session by
   *   giving `undefined`.
   * @returns what `change` gave.
   * @throws SessionGoneError (`ERR_SESSION_GONE`) where the session was destroyed, or got another id, meanwhile.
   * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) where others came first a hundred times.
   *
   * @example
   * const { count } = await ctx.sessions.update(Visits, (visits) => ({ count: (visits?.count ?? 0) + 1 }))
   */
  update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R>

  /**
   * The session as a live object, empty where there is none: read and written by key, with flash values, its id, its
   * deadlines. The same object each time. Claims the flash that an earlier request has left.
   *
   * @example
   * const session = ctx.sessions.open(UserSession)
   * session.set('count', (session.get('count') ?? 0) + 1)
   */
  open<T extends object, F extends object>(definition: SessionDefinition<T, F>): Session<T, F>

  /** The session's id, `undefined` where there is none, or where it is by value. A credential: never log it. */
  id(session: AnyDefinition | SessionClass<object> | string): string | undefined

  /** Reads a deferred session, or any one again, and drops what was set and not stored. */
  load<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined>

  /**
   * Stores now what was set, and puts the headers on: for handlers that write to `ctx.res`, or stream. It is called for all
   * others when they are done; what is set afterwards is stored then.
   *
   * @throws what storing throws: `ERR_SESSION_STORAGE`, `ERR_SESSION_CONFLICT`, `ERR_SESSION_TOO_LARGE`, `ERR_SESSION_TOO_LATE`.
   */
  commit(): Promise<void>
}
