/** The codes of all errors of `koa-typed-sessions/client`. */
export type SessionClientErrorCode = 'ERR_REACTIVE_CONTEXT' | 'ERR_REACTIVE_EXISTS' | 'ERR_REACTIVE_LOOP'

/**
 * A store or an autorun was used in a way that cannot work. Wrong arguments and values that cannot be kept are a `TypeError`.
 *
 * @example
 * autorun(() => document.title, {
 *   onError: (error) => report(error instanceof SessionClientError ? error.code : error),
 * })
 */
export class SessionClientError extends Error {
  override readonly name = 'SessionClientError'
  readonly code: SessionClientErrorCode

  constructor(code: SessionClientErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
