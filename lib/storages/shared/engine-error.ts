/**
 * The engine behind a storage failed, and its driver threw no error of its own. `code` is the system's code for such a failure:
 * `EACCES`, `ECONNRESET`. The app gets it as the `cause` of a `SessionStorageError`.
 */
export class EngineError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'EngineError'
    this.code = code
  }
}
