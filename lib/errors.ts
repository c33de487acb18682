/**
 * Every error of this library, one class per cause, each with a stable `code`.
 *
 * Hostile input is never among them: a token that is refused is "no session", and `onInvalid` is told why.
 * No message ever holds an id, a key or a value.
 */

/** The codes of all errors that this library throws. */
export type SessionErrorCode =
  | 'ERR_SESSION_CONFIG'
  | 'ERR_SESSION_KEYS'
  | 'ERR_SESSION_NOT_MOUNTED'
  | 'ERR_SESSION_NOT_LOADED'
  | 'ERR_SESSION_VALUE'
  | 'ERR_SESSION_TOO_LARGE'
  | 'ERR_SESSION_TOO_LATE'
  | 'ERR_SESSION_STORAGE'
  | 'ERR_SESSION_CONFLICT'
  | 'ERR_SESSION_GONE'

/**
 * The base of all errors of this library. `status` and `expose` are what Koa answers with where nobody catches it.
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
  /** Whether Koa shows the message to the client: never above 499. */
  readonly expose: boolean = false
  /** The name of the session that it is about, where it is about one. */
  readonly session: string | undefined

  constructor(message: string, session?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.session = session
  }
}

/** A definition, a storage or the middleware was given something that cannot work. Thrown while the app is assembled, or where a callback gives what it must not. */
export class SessionConfigError extends SessionError {
  readonly code = 'ERR_SESSION_CONFIG'
}

/** No key, one that is too short or can be guessed, or one twice, for a session that signs, encrypts or seals. */
export class SessionKeysError extends SessionError {
  readonly code = 'ERR_SESSION_KEYS'
}

/** A definition, class or name was used on a request where no `sessions([…])` has mounted it. */
export class SessionNotMountedError extends SessionError {
  readonly code = 'ERR_SESSION_NOT_MOUNTED'
}

/** A `deferred` session was used before `await ctx.sessions.load(definition)`. */
export class SessionNotLoadedError extends SessionError {
  readonly code = 'ERR_SESSION_NOT_LOADED'
}

/** A value that cannot be stored, or that its schema refuses. `path` says where in the value. */
export class SessionValueError extends SessionError {
  readonly code = 'ERR_SESSION_VALUE'
  /** Where in the value, as JavaScript would write it: `cart.items[2].price`; empty for the value itself. */
  readonly path: string

  constructor(message: string, path: string, session?: string, cause?: unknown) {
    super(message, session, cause)
    this.path = path
  }
}

/** A token is larger than its transport carries, or a session than its `maxSize`. `size` and `limit` are in bytes. */
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

/** The response's headers were already sent, and the change needs one. */
export class SessionTooLateError extends SessionError {
  readonly code = 'ERR_SESSION_TOO_LATE'
}

/** The storage failed or did not answer in time. The session itself may well be alive: its cookie stays. Status 503. */
export class SessionStorageError extends SessionError {
  readonly code = 'ERR_SESSION_STORAGE'
  override readonly status: number = 503
}

/** Another request wrote the session meanwhile, and the definition says `conflict: 'reject'`. Status 409. */
export class SessionConflictError extends SessionError {
  readonly code = 'ERR_SESSION_CONFLICT'
  override readonly status: number = 409
}

/** The session was destroyed, has expired or got another id while this request was holding it. Status 409. */
export class SessionGoneError extends SessionError {
  readonly code = 'ERR_SESSION_GONE'
  override readonly status: number = 409
}

/** Whether something thrown is an error of this library, from whichever copy of it. Never throws. */
export function isSessionError(error: unknown): error is SessionError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_SESSION_')
  )
}
