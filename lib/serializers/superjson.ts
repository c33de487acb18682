import SuperJSON from 'superjson'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { checkStorable } from './storable.ts'

/** Stands before what superjson wrote. No JSON text begins with it. */
const RICH = '~'

/** An instance of our own: the one that superjson exports is shared by everybody in the process, classes included. */
const superjson = new SuperJSON()

/** What superjson may be told to make of JSON: nothing that takes more room than it says, or runs what it says. */
const KINDS: ReadonlySet<unknown> = new Set(['undefined', 'bigint', 'Date', 'number', 'set', 'map', 'URL'])

/**
 * The default: `Date`, `Map`, `Set`, `BigInt`, `URL`, `undefined`, `NaN` and cycles come back as they went in. A value that is plain JSON is written as JSON, at the price of JSON and one walk; only others go through superjson.
 *
 * @example
 * const Visit = cookie<{ since: Date }>('visit', { serializer: superjsonSerializer })
 */
export const superjsonSerializer: SessionSerializer = {
  stringify(value: unknown): string {
    return checkStorable(value, 'superjson') === 'plain' ? JSON.stringify(value) : RICH + superjson.stringify(value)
  },
  parse(text: string): unknown {
    return text.startsWith(RICH) ? parseRich(text.slice(RICH.length)) : JSON.parse(text)
  },
}

/** `plain()` lets a client write the text: what could not have been put in does not come out. */
function parseRich(text: string): unknown {
  const written = JSON.parse(text) as Parameters<typeof superjson.deserialize>[0]
  if (!isKnown(written.meta?.values)) throw new SyntaxError('superjson is asked for a kind of value that is not kept')
  checkStorable(written.json, 'json')
  const value: unknown = superjson.deserialize(written)
  checkStorable(value, 'superjson')
  return value
}

/** Superjson's annotations are a tree: kinds in arrays, paths as keys. */
function isKnown(annotations: unknown): boolean {
  if (annotations === undefined) return true
  if (typeof annotations !== 'object' || annotations === null) return KINDS.has(annotations)
  return Object.values(annotations).every(isKnown)
}
