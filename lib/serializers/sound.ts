import { isPromise, letGo } from '../base/awaitable.ts'
import { kindOf } from '../base/kind.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionValueError } from '../errors.ts'

/** Half of a surrogate pair has no UTF-8 form: encoders replace it by U+FFFD, or throw. */
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Checks that a serializer keeps its contract: it must not return promises, and what it writes must be a text that every storage and
 * transport preserves. Such a text may have any character but half of a surrogate pair.
 */
export function sound(name: string, serializer: SessionSerializer): SessionSerializer {
  const refuse = (what: string): never => {
    throw new SessionValueError(`session '${name}': the serializer's ${what}`, '', name)
  }
  return {
    stringify(value) {
      const text: unknown = serializer.stringify(value)
      if (typeof text !== 'string') {
        letGo(text)
        return refuse(`'stringify' must return a string, not ${kindOf(text)}`)
      }
      if (LONE_SURROGATE.test(text))
        refuse("'stringify' returned half of a surrogate pair: escape it, as JSON.stringify does")
      return text
    },
    parse(text) {
      const value = serializer.parse(text)
      if (!isPromise(value)) return value
      letGo(value)
      return refuse("'parse' must return the value, not a promise")
    },
  }
}
