import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionValueError } from '../errors.ts'

/** A class whose instances a session holds. Its constructor is never called to bring one back. */
// oxlint-disable-next-line typescript/no-explicit-any -- any constructor will do, whatever it takes
export type SessionClass<T extends object> = abstract new (...args: any[]) => T

/**
 * Writes the own fields of an instance, and brings them back as an instance of the class, with any serializer. Private
 * `#fields` and accessors are not own fields. An instance is what has the prototype of the class: a field named `constructor`
 * says nothing, and an instance of a subclass would come back as less than it was.
 */
export function instances<T extends object>(serializer: SessionSerializer, type: SessionClass<T>): SessionSerializer {
  const prototype = type.prototype as object
  return {
    stringify(value) {
      const given: unknown = Object.getPrototypeOf(value)
      if (given !== prototype) {
        throw new SessionValueError(
          `the value is ${describe(given)}, not an instance of the class ${type.name} itself: pass one that new ${type.name}(…) made, or ` +
            "give the definition no 'type'",
          '',
        )
      }
      return serializer.stringify({ ...(value as T) })
    },
    parse(text) {
      const fields = serializer.parse(text)
      if (typeof fields !== 'object' || fields === null || !isPlainObject(fields))
        throw new SyntaxError('the fields of an instance are a plain object')
      return Object.create(prototype, Object.getOwnPropertyDescriptors(fields)) as T
    },
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(prototype: unknown): string {
  if (prototype === Object.prototype || prototype === null) return 'a plain object'
  const { constructor } = prototype as { constructor?: unknown }
  return typeof constructor === 'function' && constructor.name
    ? `an instance of ${constructor.name}`
    : 'an object of a class without a name'
}
