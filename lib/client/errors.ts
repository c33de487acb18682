/** The codes of all errors of `koa-typed-sessions/client`. */
export type SessionClientErrorCode = 'ERR_REACTIVE_CONTEXT' | 'ERR_REACTIVE_EXISTS' | 'ERR_REACTIVE_LOOP'

/** A misuse of a store or an autorun. A wrong argument, or a value that cannot be kept, is a `TypeError` instead. */
export class SessionClientError extends Error {
  override readonly name = 'SessionClientError'
  readonly code: SessionClientErrorCode

  constructor(code: SessionClientErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
