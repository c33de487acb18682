import { isPromise } from '../base/awaitable.ts'
import { SessionStorageError } from '../errors.ts'

/** What a driver's `code` looks like: `ECONNREFUSED`, `23505`, `ERR_SOCKET_CLOSED`. */
const CODE = /^[A-Z\d_]{1,40}$/
/** How much of a message is kept, in UTF-16 units. */
const LONGEST_MESSAGE = 200

/**
 * The one error for whatever a storage has thrown. Drivers put keys and values into their errors (`detail`, `parameters`,
 * `command`, nested errors, and the message), so its `cause` is a new error, which has nothing but the code and what
 * {@link withoutValues} leaves of the message. The code stands in the message, too. Never throws, whatever was thrown.
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
    // Nobody else would handle the rejection of a promise that was thrown, and that would end the process.
    if (isPromise(thrown)) thrown.then(undefined, () => undefined)
    else if (typeof thrown === 'string') return { code: undefined, message: withoutValues(thrown) }
    else if (typeof thrown === 'object' && thrown !== null) return describedObject(thrown)
  } catch {
    // A getter or a proxy that throws tells nothing.
  }
  return { code: undefined, message: 'the storage threw something that is no error' }
}

/** An `AggregateError` (several addresses were tried, say) may have no message of its own: its first error has. */
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
      typeof message === 'string' && message
        ? withoutValues(message)
        : 'the storage threw something that has no message',
  }
}

function knownCode(code: unknown): string | undefined {
  return typeof code === 'string' && CODE.test(code) ? code : undefined
}

/** Where a value may begin: at a quotation mark that is no apostrophe, or at a bracket. */
const OPENING = /(?<!\w)['"`\u2018\u201c]|[([{<\r\n]/
/** An id, a key or a hash: nothing else in a message is that long without a space, a dot or a colon. */
const TOKEN = /[\w~-]{16,}/g

/**
 * A driver's message without what may be an id, a key or a value: nothing from the first quotation mark, bracket or line break
 * on, and no long token. Nothing behind a value is kept either, since nobody can tell where a value ends that has quotation
 * marks in it.
 */
function withoutValues(message: string): string {
  const text = message.slice(0, LONGEST_MESSAGE)
  const start = text.search(OPENING)
  return (start < 0 ? text : `${text.slice(0, start)}…`).replace(TOKEN, '…')
}
