import { seededRandom } from '../../lib/testing/conformance/seeded-random.ts'

/** One choice: what was taken, of what. */
interface Choice {
  readonly taken: number
  readonly among: readonly number[]
}

/** All ways through a game of choices, one after the other; where there are too many, some by lot. */
export class Exploration {
  /** Whether every way was gone. */
  complete = false
  readonly #limit: number
  readonly #draw: () => number
  #way: Choice[] = []
  /** What the way begins with, so that it is another one than all before. */
  #fixed: readonly number[] = []
  #gone = 1

  constructor(limit: number, seed: number) {
    this.#limit = limit
    this.#draw = seededRandom(seed)
  }

  /** Takes one of several: `among` has at least one, in order. */
  choose(among: readonly number[]): number {
    const fixed = this.#fixed[this.#way.length]
    const first = this.#isByLot ? Math.floor(this.#draw() * among.length) : 0
    const taken = fixed !== undefined && among.includes(fixed) ? fixed : (among[first] as number)
    this.#way.push({ taken, among })
    return taken
  }

  /** Makes ready for another way. `false`: there is none, or enough have been gone. */
  next(): boolean {
    const way = this.#way
    this.#way = []
    if (this.#gone++ >= this.#limit) return false
    if (this.#isByLot) {
      this.#fixed = []
      return true
    }
    for (let index = way.length - 1; index >= 0; index--) {
      const { taken, among } = way[index] as Choice
      const other = among.find((one) => one > taken)
      if (other === undefined) continue
      this.#fixed = [...way.slice(0, index).map((choice) => choice.taken), other]
      return true
    }
    this.complete = true
    return false
  }

  /** In the order of the tree the first half would all begin alike. */
  get #isByLot(): boolean {
    return this.#gone > this.#limit / 2
  }
}
