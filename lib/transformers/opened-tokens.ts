import type { Decoded } from '../contracts/transformer.ts'

/** How many tokens a generation holds. */
const GENERATION = 500

/**
 * Remembers what tokens held that were opened or made lately, so that a client who presents one again does not cost the
 * cryptography again. Bounded to 1,000 tokens in two generations: when the younger one is full it becomes the older one, and
 * what was in that and not asked for since is forgotten. (One map in the order of use costs ten times as much when each
 * token is new.) Forgets all when the ring changes: a token of a removed key is refused at once. Deadlines stand inside
 * the text and are checked by whoever reads it.
 */
export class OpenedTokens {
  #younger = new Map<string, Decoded>()
  #older = new Map<string, Decoded>()
  #ring: unknown

  get(token: string, ring: unknown): Decoded | undefined {
    if (ring !== this.#ring) return undefined
    const younger = this.#younger.get(token)
    if (younger) return younger
    const older = this.#older.get(token)
    if (older) this.#keep(token, older)
    return older
  }

  add(token: string, decoded: Decoded, ring: unknown): void {
    if (ring !== this.#ring) {
      this.#younger.clear()
      this.#older.clear()
      this.#ring = ring
    }
    this.#keep(token, decoded)
  }

  #keep(token: string, decoded: Decoded): void {
    if (this.#younger.size === GENERATION) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(token, decoded)
  }
}
