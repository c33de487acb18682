/** What can stand in {@link Slots}. The number belongs to it: nobody else sets it. */
export interface Slotted {
  slot: number
}

const FIRST = 64

/**
 * Things and, beside them in one block of memory, when they expire: to look at the expiries of a million takes two milliseconds, where a
 * walk over the things themselves takes thirty. It has no holes: what is removed leaves its place to another.
 *
 * It is walked in rounds, a few at a time. Those before `place` were looked at in this round, and none of them ever comes behind it nor
 * the other way round, so that a round misses none, whatever comes and goes meanwhile.
 */
export class Slots<T extends Slotted> {
  readonly #all: T[] = []
  #expiries = new Float64Array(FIRST)
  #place = 0
  /** None expires before it. */
  #earliest = Infinity
  /** None of those that were looked at in this round expires before it. */
  #earliestLookedAt = Infinity

  get size(): number {
    return this.#all.length
  }

  add(thing: T, expiresAt: number): void {
    thing.slot = this.#all.length
    if (thing.slot === this.#expiries.length) {
      const grown = new Float64Array(2 * this.#expiries.length)
      grown.set(this.#expiries)
      this.#expiries = grown
    }
    this.#expiries[thing.slot] = expiresAt
    this.#earliest = Math.min(this.#earliest, expiresAt)
    this.#all.push(thing)
  }

  expiryOf({ slot }: T): number {
    return this.#expiries[slot] as number
  }

  setExpiry({ slot }: T, expiresAt: number): void {
    this.#expiries[slot] = expiresAt
    this.#earliest = Math.min(this.#earliest, expiresAt)
    this.#earliestLookedAt = Math.min(this.#earliestLookedAt, expiresAt)
  }

  remove({ slot }: T): void {
    let hole = slot
    if (hole < this.#place) {
      this.#place--
      this.#move(this.#place, hole)
      hole = this.#place
    }
    const last = this.#all.length - 1
    if (last !== hole) this.#move(last, hole)
    this.#all.pop()
  }

  /** How many were looked at in this round, of those that there are. */
  get place(): number {
    return this.#place
  }

  get isRoundOver(): boolean {
    return this.#place === this.#all.length
  }

  /** Begins another round: none was looked at yet. */
  startRound(): void {
    this.#place = 0
    this.#earliestLookedAt = Infinity
  }

  /** Whether one may have expired. Costs nothing; a whole round that finds none makes it sure. */
  mayHaveExpired(now: number): boolean {
    return this.#earliest <= now
  }

  /** Looks at so many of this round at most, until one has expired: gives that, and the caller removes it. */
  nextExpired(now: number, looks: number): T | undefined {
    const end = Math.min(this.#place + looks, this.#all.length)
    const expiries = this.#expiries
    let earliest = this.#earliestLookedAt
    let slot = this.#place
    let expired: T | undefined
    while (slot < end && expired === undefined) {
      const expiresAt = expiries[slot] as number
      if (expiresAt <= now) expired = this.#all[slot]
      else if (expiresAt < earliest) earliest = expiresAt
      slot++
    }
    this.#place = slot
    this.#earliestLookedAt = earliest
    if (this.isRoundOver) this.#earliest = earliest
    return expired
  }

  countExpired(now: number): number {
    let expired = 0
    for (let slot = 0; slot < this.#all.length; slot++) if ((this.#expiries[slot] as number) <= now) expired++
    return expired
  }

  #move(from: number, to: number): void {
    const thing = this.#all[from] as T
    this.#all[to] = thing
    this.#expiries[to] = this.#expiries[from] as number
    thing.slot = to
  }
}
