import type { SessionSerializer } from '../contracts/serializer.ts'

/** A class whose instances a session holds. Its constructor is never called to bring one back. */
// oxlint-disable-next-line typescript/no-explicit-any -- any constructor will do, whatever it takes
export type SessionClass<T extends object> = abstract new (...args: any[]) => T

/**
 * Writes the own fields of an instance, and brings them back as an instance of the class, with any serializer. Private
 * `#fields` and accessors are not own fields.
 */
export function instances<T extends object>(serializer: SessionSerializer, type: SessionClass<T>): SessionSerializer {
  return {
    stringify: (value) => serializer.stringify({ ...(value as T) }),
    parse: (text) =>
      Object.create(type.prototype as object, Object.getOwnPropertyDescriptors(serializer.parse(text) as object)) as T,
  }
}
