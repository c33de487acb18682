import type { Flash } from '../formats/payload.ts'

/** How many deliveries are remembered: those of requests that may still hold the same row. */
const LIMIT = 10_000

/**
 * Which flash was delivered by this process: of several requests that read the same row, the first that opens it gets
 * its flash. Each is remembered for a while after it was stored as delivered, for those that have read the row before.
 */
export class FlashClaims {
  readonly #claimed = new Set<string>()

  /** What is for the one who asks. */
  claim(flash: readonly Flash[]): readonly Flash[] {
    return flash.filter(({ id }) => this.#claim(id))
  }

  /** Gives back what was claimed: the request that got it stores nothing. */
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

/** One name for all that a request has claimed. */
export function claimOf(flash: readonly Flash[]): string {
  return flash.map(({ id }) => id).join(' ')
}

/** The ids in what {@link claimOf} gave. */
export function idsIn(claimed: string | undefined): readonly string[] {
  return claimed?.split(' ') ?? []
}
