import type { SessionSerializer } from '../contracts/serializer.ts'
import { checkStorable } from './storable.ts'

/**
 * Plain JSON, for payloads that programs in other languages read. Refuses what JSON would silently change: a Date, a Map,
 * `NaN`, an `undefined` in an array. (`JSON` itself is a serializer too, and changes them.)
 *
 * @example
 * const Api = header<Api>('X-Session', { serializer: jsonSerializer })
 */
export const jsonSerializer: SessionSerializer = {
  stringify(value: unknown): string {
    checkStorable(value, 'json')
    return JSON.stringify(value)
  },
  parse: (text: string): unknown => JSON.parse(text),
}
