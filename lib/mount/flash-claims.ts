import type { Flash } from '../formats/payload.ts'

/** How many deliveries are remembered: those whose row a concurrent request may still hold. */
const LIMIT = 10_000

/**
 * The flashes that this process has delivered. Of several requests that read the same row, the first that opens the session gets
 * its flash. A delivery is remembered for some time after it was stored, for requests that read the row before.
 */
export class FlashClaims {
  readonly #claimed = new Set<string>()

  /** Claims the flashes that no other request has claimed, and returns them. */
  claim(flash: readonly Flash[]): readonly Flash[] {
    return flash.filter(({ id }) => this.#claim(id))
  }

  /** Gives a claim back, because the request that made it stored nothing. */
  release(claimed: string): void {
    for (const id of idsIn(claimed)) this.#claimed.delete(id)
  }

  #claim(id: string): boolean {
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
}

/** The ids of all flashes that a request has claimed, as one text. */
export function claimOf(flash: readonly Flash[]): string {
  return flash.map(({ id }) => id).join(' ')
}

/** The ids in a text of {@link claimOf}. */
export function idsIn(claimed: string | undefined): readonly string[] {
  return claimed?.split(' ') ?? []
}
