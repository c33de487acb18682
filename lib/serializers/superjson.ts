import SuperJSON from 'superjson'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { checkStorable } from './storable.ts'

/** Stands before what superjson wrote. No JSON text begins with it. */
const RICH = '~'

/** An instance of our own: the one that superjson exports is shared by everybody in the process, classes included. */
const superjson = new SuperJSON()

/**
 * The default: `Date`, `Map`, `Set`, `BigInt`, `URL`, `RegExp`, typed arrays, `undefined`, `NaN` and cycles come back as they
 * went in. A value that is plain JSON is written as JSON, at the price of JSON and one walk; only others go through superjson.
 *
 * @example
 * const Visit = cookie<{ since: Date }>('visit', { serializer: superjsonSerializer })
 */
export const superjsonSerializer: SessionSerializer = {
  stringify(value: unknown): string {
    return checkStorable(value, 'superjson') === 'plain' ? JSON.stringify(value) : RICH + superjson.stringify(value)
  },
  parse(text: string): unknown {
    return text.startsWith(RICH) ? superjson.parse(text.slice(RICH.length)) : JSON.parse(text)
  },
}
