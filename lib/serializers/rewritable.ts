import type { SessionSerializer } from '../contracts/serializer.ts'

/** Reads only what could be written again, so that a request which changes a part of it does not fail because of the rest. */
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
