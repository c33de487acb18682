/**
 * All errors of this library: one class per cause, each with a stable `code`.
 *
 * Hostile input never throws: a refused token is "no session", and `onInvalid` is told the reason.
 * A message begins with what it is about (`session 'cart': …`, `cookieJar(): …`), says what is wrong, then what to write instead. It never
 * contains an id, a key or a value.
 */

/** Every error that this library throws. `code` discriminates: `error.code === 'ERR_SESSION_TOO_LARGE'` gives `error.size`. */
export type AnySessionError =
  | SessionConfigError
  | SessionKeysError
  | SessionNotMountedError
  | SessionNotLoadedError
  | SessionValueError
  | SessionTooLargeError
  | SessionTooLateError
  | SessionStorageError
  | SessionConflictError
  | SessionGoneError

/** The codes of all errors that this library throws. */
export type SessionErrorCode = AnySessionError['code']

/**
 * The base class of all errors of this library. If the app does not catch one, Koa answers with its `status` and `expose`.
 *
 * @example
 * try {
 *   await ctx.sessions.update(Cart, addItem)
 * } catch (error) {
 *   if (isSessionError(error) && error.code === 'ERR_SESSION_GONE') return ctx.redirect('/login')
 *   throw error
 * }
 */
export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode
  /** The HTTP status that Koa answers with: 500 unless the class says otherwise. */
  readonly status: number = 500
  /** Whether Koa shows the message to the client. */
  readonly expose: boolean = false
  /** The name of the session that the error is about, if it is about one. */
  readonly session: string | undefined

  constructor(message: string, session?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.session = session
  }
}

/** A definition, a storage or the middleware was given an invalid argument. Thrown at start-up, or when a callback returns an invalid value. */
export class SessionConfigError extends SessionError {
  readonly code = 'ERR_SESSION_CONFIG'
}

/** A session that signs, encrypts or seals has no key, or a key that is too short, guessable or repeated. */
export class SessionKeysError extends SessionError {
  readonly code = 'ERR_SESSION_KEYS'
}

/** A definition, class or name was used on a request, and no `sessions([…])` before the handler has mounted it. */
export class SessionNotMountedError extends SessionError {
  readonly code = 'ERR_SESSION_NOT_MOUNTED'
}

/** A `deferred` session was used before `await ctx.sessions.load(definition)`. */
export class SessionNotLoadedError extends SessionError {
  readonly code = 'ERR_SESSION_NOT_LOADED'
}

/** A value cannot be stored, or its schema refuses it. `path` says where in the value. */
export class SessionValueError extends SessionError {
  readonly code = 'ERR_SESSION_VALUE'
  /** The place in the value, in JavaScript's notation: `cart.items[2].price`; empty for the value itself. */
  readonly path: string

  constructor(message: string, path: string, session?: string, cause?: unknown) {
    super(message, session, cause)
    this.path = path
  }
}

/** A token is too large for its transport, or a session exceeds its `maxSize`. `size` and `limit` are in bytes. */
export class SessionTooLargeError extends SessionError {
  readonly code = 'ERR_SESSION_TOO_LARGE'
  readonly size: number
  readonly limit: number

  constructor(message: string, session: string, size: number, limit: number) {
    super(message, session)
    this.size = size
    this.limit = limit
  }
}

/** A change needs a response header, and the headers have already been sent. */
export class SessionTooLateError extends SessionError {
  readonly code = 'ERR_SESSION_TOO_LATE'
}

/** The storage failed or did not answer in time. The session may still exist, so its cookie stays. Status 503. */
export class SessionStorageError extends SessionError {
  readonly code = 'ERR_SESSION_STORAGE'
  override readonly status: number = 503
}

/** Another request has written the session in the meantime, and the definition says `conflict: 'reject'`. Status 409. */
export class SessionConflictError extends SessionError {
  readonly code = 'ERR_SESSION_CONFLICT'
  override readonly status: number = 409
}

/** The session was destroyed, expired or got another id while this request was using it. Status 409. */
export class SessionGoneError extends SessionError {
  readonly code = 'ERR_SESSION_GONE'
  override readonly status: number = 409
}

/** Whether a thrown value is an error of this library, also of another copy of the library. Never throws. */
export function isSessionError(error: unknown): error is AnySessionError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_SESSION_')
  )
}
