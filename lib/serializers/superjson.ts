import { parseJson } from '../base/json.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { parseStrictly } from './parsed.ts'
import { checkStorable, type Kept } from './storable.ts'
import { readRich } from './superjson/read.ts'
import { writeRich } from './superjson/write.ts'

/** The first character of a text in superjson's format. No JSON text begins with it. */
const RICH = '~'

/**
 * The default serializer. It preserves `Date`, `Map`, `Set`, `BigInt`, `URL`, `undefined`, `NaN`, `-0` and cycles, and an object that
 * occurs in several places stays one object. It writes values that are plain JSON as JSON, at the cost of JSON and one walk, and all others
 * in superjson's format. Reading takes time and memory in proportion to the text, also for an untrusted text.
 *
 * `stringify` throws `SessionValueError` (`ERR_SESSION_VALUE`) with the path to the part that it cannot preserve: a function, a symbol, an
 * instance of another class, an invalid Date, a BigInt of more than 4,096 bits, a URL of more than 4,096 characters, more than 500 levels.
 *
 * @example
 * const Visit = cookie<{ since: Date }>('visit', { serializer: superjsonSerializer })
 */
export const superjsonSerializer: SessionSerializer = superjson('superjson')

/**
 * {@link superjsonSerializer} for untrusted texts. A value is a tree: a short text must not become a graph with too many paths for any walk
 * to end. An object in several places is read back as several, and a cycle is refused. `parse` returns only values that `stringify`
 * accepts.
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
      // `readRich` accepts only values that can be written again.
      if (text.startsWith(RICH)) return readRich(parseJson(text.slice(RICH.length)), keepsSame)
      return keepsSame ? parseJson(text) : parseStrictly(text)
    },
  }
}
