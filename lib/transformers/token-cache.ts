import { andThen } from '../base/awaitable.ts'
import type { BoundTransformer, Decoded } from '../contracts/transformer.ts'

/** What decoding costs. `expensive` (300 µs): cache at once; `cheap` (2 to 4 µs): on second sight, since caching has a cost, too. */
type Price = 'cheap' | 'expensive'

/**
 * A transformer that caches what it decodes, so that a token that the client sends again costs no cryptography. An expensive one also
 * caches what it encodes.
 *
 * @param ring Returns the keys: another ring empties the cache.
 */
export function cachingTokens(inner: BoundTransformer, price: Price, ring: () => unknown): BoundTransformer {
  const cache = new TokenCache()
  const filter = new AdmissionFilter()
  return {
    safe: inner.safe,
    encode(text) {
      if (price === 'cheap') return inner.encode(text)
      const current = ring()
      return andThen(inner.encode(text), (token) => {
        cache.add(token, { text, retired: false }, current)
        return token
      })
    },
    decode(token) {
      const current = ring()
      const known = cache.get(token, current)
      if (known) return known
      return andThen(inner.decode(token), (decoded) => {
        if (decoded.refused === undefined && (price === 'expensive' || filter.admits(token))) {
          cache.add(token, decoded, current)
        }
        return decoded
      })
    },
  }
}

/** The number of tokens in a generation. */
const GENERATION = 500

/**
 * The number of characters, from the end of a token, that are its key: they are cheaper to hash than the whole. They belong to the token's
 * MAC or tag, which only the owner of the token knows, so that the time for comparing the rest tells an attacker nothing.
 */
const KEY_LENGTH = 24

/** A whole token and its text. */
interface Entry {
  readonly token: string
  readonly decoded: Decoded
}

/**
 * A bounded cache of decoded tokens: 1,000 in two generations. When the younger generation is full, it becomes the older one, and the
 * tokens of that one are dropped unless they were used since. (One map in order of use costs ten times as much if each token is new.)
 * Another ring empties the cache: a token of a removed key is refused at once. Deadlines are part of the text, and the reader of the text
 * checks them.
 */
export class TokenCache {
  #younger = new Map<string, Entry>()
  #older = new Map<string, Entry>()
  #ring: unknown

  get(token: string, ring: unknown): Decoded | undefined {
    if (ring !== this.#ring) return undefined
    const key = token.slice(-KEY_LENGTH)
    const younger = this.#younger.get(key)
    if (younger?.token === token) return younger.decoded
    const older = this.#older.get(key)
    if (older?.token !== token) return undefined
    this.#keep(older)
    return older.decoded
  }

  add(token: string, decoded: Decoded, ring: unknown): void {
    if (ring !== this.#ring) {
      this.#younger.clear()
      this.#older.clear()
      this.#ring = ring
    }
    this.#keep({ token: copyOf(token), decoded })
  }

  #keep(entry: Entry): void {
    if (this.#younger.size === GENERATION) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(entry.token.slice(-KEY_LENGTH), entry)
  }
}

/** Copies a token: V8 keeps a whole header alive for a substring of it. Tokens that were decoded are ASCII. */
function copyOf(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1')
}

/** The number of tokens that the filter can tell apart. A power of two. */
const PLACES = 1024

/** The number of characters, from the end of a token, that count: they belong to its MAC or tag, and are as good as a hash. */
const TAIL = 8

/**
 * Admission filter (TinyLFU: Einziger, Friedman and Manes, ACM TOS 13:4, 2017): caches a token on second sight, so that tokens that come
 * once cost no memory. It keeps a 32-bit number per token. In one of about 4.3 × 10⁹ cases it takes a token for another one, and admits it
 * on first sight.
 */
export class AdmissionFilter {
  #seen: Int32Array | undefined

  /** Whether the token was seen before, recently. It counts as seen from now on. */
  admits(token: string): boolean {
    this.#seen ??= new Int32Array(PLACES)
    let sum = 0
    for (let at = Math.max(token.length - TAIL, 0); at < token.length; at++) {
      sum = Math.imul(sum, 31) + token.charCodeAt(at)
    }
    const mark = sum | 0
    const place = mark & (PLACES - 1)
    const known = this.#seen[place] === mark
    this.#seen[place] = mark
    return known
  }
}
