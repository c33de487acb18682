import { isPromise } from '../base/awaitable.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionValueError } from '../errors.ts'

/** Half of a surrogate pair, which UTF-8 cannot say: encoders put U+FFFD in its place, or throw. */
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Holds the serializer of a session to its contract: what it gives is there at once, and what it writes is a text that comes back from
 * wherever it is kept. Any character may stand in it but half of a surrogate pair.
 */
export function sound(name: string, serializer: SessionSerializer): SessionSerializer {
  const refuse = (what: string): never => {
    throw new SessionValueError(`the serializer of session '${name}' ${what}`, '', name)
  }
  return {
    stringify(value) {
      const text: unknown = serializer.stringify(value)
      if (typeof text !== 'string')
        return refuse(`did not give a text but ${kindOf(text)}: 'stringify' must return a string`)
      if (LONE_SURROGATE.test(text))
        refuse('gave a text with half of a surrogate pair: escape it, as JSON.stringify does')
      return text
    },
    parse(text) {
      const value = serializer.parse(text)
      return isPromise(value) ? refuse(`gave ${kindOf(value)}: 'parse' must return the value`) : value
    },
  }
}

function kindOf(given: unknown): string {
  if (isPromise(given)) {
    // Nobody will wait for it; what it comes to must not become an unhandled rejection.
    Promise.resolve(given).catch(() => {})
    return 'a promise'
  }
  if (Buffer.isBuffer(given)) return 'a Buffer'
  if (given === undefined || given === null) return String(given)
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`
}
