import { andThen } from '../base/awaitable.ts'
import type { BoundTransformer, Decoded } from '../contracts/transformer.ts'
import { Doorkeeper } from './doorkeeper.ts'

/** How dear opening is: `dear` where it takes as long as a hundred requests, `cheap` where it takes less than one. */
type Price = 'cheap' | 'dear'

/**
 * A transformer that does not do its cryptography again for a token that it knows. Where that is dear, it knows what it has made and
 * what it has opened; where it is cheap, what came twice: to keep a token costs some as well, as it outlives the request.
 *
 * @param ring Tells whether the keys are still those that a token was opened with.
 */
export function remembering(inner: BoundTransformer, price: Price, ring: () => unknown): BoundTransformer {
  const opened = new OpenedTokens()
  const doorkeeper = new Doorkeeper()
  return {
    safe: inner.safe,
    encode(text) {
      if (price === 'cheap') return inner.encode(text)
      const current = ring()
      return andThen(inner.encode(text), (token) => {
        opened.add(token, { text, retired: false }, current)
        return token
      })
    },
    decode(token) {
      const current = ring()
      const known = opened.get(token, current)
      if (known) return known
      return andThen(inner.decode(token), (decoded) => {
        if (decoded.refused === undefined && (price === 'dear' || doorkeeper.knows(token))) {
          opened.add(token, decoded, current)
        }
        return decoded
      })
    },
  }
}

/** How many tokens a generation holds. */
const GENERATION = 500

/**
 * How many of a token's last characters it is looked up by: shorter to hash than the whole. They are of its MAC, or its tag: who does
 * not have the token does not know them, and so learns nothing from how long it takes to compare the rest.
 */
const TAIL = 24

/** A token that was opened or made, whole, and what it holds. */
interface Opened {
  readonly token: string
  readonly decoded: Decoded
}

/**
 * Remembers what tokens held that were opened or made lately, so that a client who presents one again does not cost the
 * cryptography again. Bounded to 1,000 tokens in two generations: when the younger one is full it becomes the older one, and
 * what was in that and not asked for since is forgotten. (One map in the order of use costs ten times as much when each
 * token is new.) Forgets all when the ring changes: a token of a removed key is refused at once. Deadlines stand inside
 * the text and are checked by whoever reads it.
 */
export class OpenedTokens {
  #younger = new Map<string, Opened>()
  #older = new Map<string, Opened>()
  #ring: unknown

  get(token: string, ring: unknown): Decoded | undefined {
    if (ring !== this.#ring) return undefined
    const tail = token.slice(-TAIL)
    const younger = this.#younger.get(tail)
    if (younger?.token === token) return younger.decoded
    const older = this.#older.get(tail)
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

  #keep(opened: Opened): void {
    if (this.#younger.size === GENERATION) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(opened.token.slice(-TAIL), opened)
  }
}

/** A token on its own: V8 keeps a whole header for a piece that was cut from it. Tokens that were opened are ASCII. */
function copyOf(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1')
}
