/** How many deliveries are remembered: those of requests that may still hold the same row. */
const LIMIT = 10_000

/**
 * Which flash was delivered by this process: of several requests that read the same row, the first that opens it gets its
 * flash. Each is remembered for a while after it was stored as delivered, for those that have read the row before.
 */
export class FlashClaims {
  readonly #claimed = new Set<string>()

  /** Whether it is for the one who asks. */
  claim(id: string): boolean {
    if (this.#claimed.has(id)) return false
    this.#claimed.add(id)
    if (this.#claimed.size > LIMIT) {
      for (const oldest of this.#claimed) {
        this.#claimed.delete(oldest)
        break
      }
    }
    return true
  }

  /** Gives it back: the request that got it stores nothing. */
  release(id: string): void {
    this.#claimed.delete(id)
  }
}
