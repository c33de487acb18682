import type { SessionSerializer } from '../contracts/serializer.ts'

/** Reads only values that can be written again: a request that changes one part of a value must not fail because of another. */
export function rewritable(serializer: SessionSerializer): SessionSerializer {
  return {
    stringify: (value) => serializer.stringify(value),
    parse(text) {
      const value = serializer.parse(text)
      serializer.stringify(value)
      return value
    },
  }
}
