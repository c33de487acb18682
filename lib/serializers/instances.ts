import { isPlain } from '../base/freeze.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionValueError } from '../errors.ts'

/** A class whose instances a session holds. Reading an instance back never calls its constructor. */
// oxlint-disable-next-line typescript/no-explicit-any -- the constructor may take any arguments
export type SessionClass<T extends object> = abstract new (...args: any[]) => T

/**
 * Writes the own fields of an instance with any serializer, and reads them back as an instance of the class. Private `#fields` and
 * accessors are not own fields. The prototype identifies an instance: a field named `constructor` does not, and an instance of a subclass
 * would lose its class.
 */
export function instances<T extends object>(serializer: SessionSerializer, type: SessionClass<T>): SessionSerializer {
  const prototype = type.prototype as object
  return {
    stringify(value) {
      const given: unknown = Object.getPrototypeOf(value)
      if (given !== prototype) {
        throw new SessionValueError(
          `the value is ${describe(given)}, not an instance of the class ${type.name} itself: pass new ${type.name}(…), or ` +
            "leave 'type' out of the definition",
          '',
        )
      }
      return serializer.stringify({ ...(value as T) })
    },
    parse(text) {
      const fields = serializer.parse(text)
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || !isPlain(fields))
        throw new SyntaxError('the fields of an instance must be a plain object')
      return Object.create(prototype, Object.getOwnPropertyDescriptors(fields)) as T
    },
  }
}

function describe(prototype: unknown): string {
  if (prototype === Object.prototype || prototype === null) return 'a plain object'
  const { constructor } = prototype as { constructor?: unknown }
  return typeof constructor === 'function' && constructor.name
    ? `an instance of ${constructor.name}`
    : 'an object of a class without a name'
}
