import { isPromise } from '../base/awaitable.ts'
import { SessionStorageError } from '../errors.ts'

/** The form of a driver's `code`: `ECONNREFUSED`, `23505`, `ERR_SOCKET_CLOSED`. */
const CODE = /^[A-Z\d_]{1,40}$/
/** How many UTF-16 units of a message are kept. */
const LONGEST_MESSAGE = 200

/**
 * The error for anything that a storage throws. Drivers put keys and values into their errors (`detail`, `parameters`, `command`,
 * nested errors, and the message), so the `cause` is a new error with the code and a cleaned message only, see
 * {@link withoutValues}. The message has the code, too. Never throws.
 */
export function storageFailure(session: string, thrown: unknown): SessionStorageError {
  const { code, message } = described(thrown)
  const cause = Object.assign(new Error(message), code === undefined ? {} : { code })
  const why = code === undefined ? '' : ` (${code})`
  return new SessionStorageError(`the storage of session '${session}' failed${why}`, session, cause)
}

interface Described {
  readonly code: string | undefined
  readonly message: string
}

function described(thrown: unknown): Described {
  try {
    // An unhandled rejection of a thrown promise would end the process.
    if (isPromise(thrown)) thrown.then(undefined, () => undefined)
    else if (typeof thrown === 'string') return { code: undefined, message: withoutValues(thrown) }
    else if (typeof thrown === 'object' && thrown !== null) return describedObject(thrown)
  } catch {
    // A getter or a proxy has thrown.
  }
  return { code: undefined, message: 'the storage threw a value that is not an error' }
}

/** An `AggregateError` (after several addresses were tried, say) may have no message, but its first error has. */
function describedObject(thrown: object): Described {
  const { code, message, errors } = thrown as Readonly<Record<'code' | 'message' | 'errors', unknown>>
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  if (!message && typeof first === 'object' && first !== null && first !== thrown) {
    const inner = describedObject(first)
    return { code: knownCode(code) ?? inner.code, message: inner.message }
  }
  return {
    code: knownCode(code),
    message:
      typeof message === 'string' && message ? withoutValues(message) : 'the storage threw an error without a message',
  }
}

function knownCode(code: unknown): string | undefined {
  return typeof code === 'string' && CODE.test(code) ? code : undefined
}

/** A value may begin at a quotation mark that is not an apostrophe, at a bracket, or at a line break. */
const OPENING = /(?<!\w)['"`\u2018\u201c]|[([{<\r\n]/
/** An id, a key or a hash: other words in messages are shorter, or have a dot or a colon. */
const TOKEN = /[\w~-]{16,}/g

/**
 * A driver's message without anything that may be an id, a key or a value: cut at the first quotation mark, bracket or line break,
 * and without long tokens. The text after a value is cut as well, since a value with quotation marks has no recognisable end.
 */
function withoutValues(message: string): string {
  const text = message.slice(0, LONGEST_MESSAGE)
  const start = text.search(OPENING)
  return (start < 0 ? text : `${text.slice(0, start)}…`).replace(TOKEN, '…')
}
