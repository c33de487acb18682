import type { Decoded } from '../contracts/transformer.ts'

const LIMIT = 1000

/**
 * Remembers what tokens held that were opened or made lately, so that a client who presents one again does not cost the
 * cryptography again. Bounded to 1,000 tokens, the least recently used goes first. Forgets all when the ring changes: a
 * token of a removed key is refused at once. Deadlines stand inside the text and are checked by whoever reads it.
 */
export class OpenedTokens {
  readonly #opened = new Map<string, Decoded>()
  #ring: unknown

  get(token: string, ring: unknown): Decoded | undefined {
    if (ring !== this.#ring) return undefined
    const decoded = this.#opened.get(token)
    if (decoded) {
      this.#opened.delete(token)
      this.#opened.set(token, decoded)
    }
    return decoded
  }

  add(token: string, decoded: Decoded, ring: unknown): void {
    if (ring !== this.#ring) {
      this.#opened.clear()
      this.#ring = ring
    }
    this.#opened.set(token, decoded)
    if (this.#opened.size > LIMIT) {
      for (const oldest of this.#opened.keys()) {
        this.#opened.delete(oldest)
        break
      }
    }
  }
}
