import { parseJson } from '../base/json.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { parseStrictly } from './parsed.ts'
import { checkStorable, type Kept } from './storable.ts'
import { readRich } from './superjson/read.ts'
import { writeRich } from './superjson/write.ts'

/** Stands before a text in superjson's format. No JSON text begins with it. */
const RICH = '~'

/**
 * The default. `Date`, `Map`, `Set`, `BigInt`, `URL`, `undefined`, `NaN`, `-0` and cycles come back as they went in, and an object that
 * stands in several places is one object again. A value that is plain JSON is written as JSON, at the cost of JSON and one walk; any
 * other is written in superjson's format. Reading takes time and memory in proportion to the text, whoever wrote it.
 *
 * `stringify` throws `SessionValueError` (`ERR_SESSION_VALUE`) with the path to what it cannot keep: a function, a symbol, an instance of
 * another class, an invalid Date, a BigInt of more than 4,096 bits, a URL of more than 4,096 characters, more than 500 levels.
 *
 * @example
 * const Visit = cookie<{ since: Date }>('visit', { serializer: superjsonSerializer })
 */
export const superjsonSerializer: SessionSerializer = superjson('superjson')

/**
 * The same for texts that anybody may have written: a value is a tree, so that a short text cannot become a graph with more paths
 * than any walk of the app would end on. An object that stands in several places comes back as several; a cycle is refused. `parse`
 * gives only what `stringify` takes.
 */
export const superjsonTree: SessionSerializer = superjson('superjson tree')

function superjson(kept: Kept): SessionSerializer {
  const keepsSame = kept === 'superjson'
  return {
    stringify(value: unknown): string {
      if (checkStorable(value, kept) === 'plain') return JSON.stringify(value)
      return RICH + JSON.stringify(writeRich(value, keepsSame))
    },
    parse(text: string): unknown {
      // What was read strictly can be written again.
      if (text.startsWith(RICH)) return readRich(parseJson(text.slice(RICH.length)), keepsSame)
      return keepsSame ? parseJson(text) : parseStrictly(text)
    },
  }
}
