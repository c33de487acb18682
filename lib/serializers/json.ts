import { parseJson } from '../base/json.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { parseStrictly } from './parsed.ts'
import { checkStorable } from './storable.ts'

/**
 * Plain JSON, for payloads that programs in other languages read. `stringify` throws `SessionValueError` (`ERR_SESSION_VALUE`), with the path,
 * for any value that JSON would silently change: a Date, a Map, `NaN`, an `undefined` in an array, a cycle. Properties that are `undefined`
 * are omitted, and an object that occurs in several places is read back as several equal ones. (`JSON` itself is also a serializer. It
 * silently changes such values, and on Node.js 24 and 26 it may change the names of properties that need an escape, see `base/json.ts`.)
 *
 * @example
 * const Api = header<Api>('X-Session', { serializer: jsonSerializer })
 */
export const jsonSerializer: SessionSerializer = {
  stringify(value: unknown): string {
    return checkStorable(value, 'json') === 'plain' ? JSON.stringify(value) : withMinusZero(value)
  },
  parse: (text: string): unknown => parseJson(text),
}

/** {@link jsonSerializer} for untrusted texts: `parse` returns only values that `stringify` accepts. */
export const strictJson: SessionSerializer = { ...jsonSerializer, parse: parseStrictly }

/** Writes a storable value as `JSON.stringify` does, except that it keeps -0. */
function withMinusZero(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(withMinusZero).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${withMinusZero(member)}`).join(',')}}`
}
