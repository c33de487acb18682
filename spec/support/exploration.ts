import { seededRandom } from '../../lib/testing/conformance/seeded-random.ts'

/** One choice: the option that was taken, and all options. */
interface Choice {
  readonly taken: number
  readonly among: readonly number[]
}

/** All sequences of choices, in order. If there are more than the limit, half of the tries are random. */
export class Exploration {
  /** Whether all sequences were tried. */
  complete = false
  readonly #limit: number
  readonly #draw: () => number
  #sequence: Choice[] = []
  /** The first choices of the next sequence, so that it differs from all before. */
  #fixed: readonly number[] = []
  #tried = 1

  constructor(limit: number, seed: number) {
    this.#limit = limit
    this.#draw = seededRandom(seed)
  }

  /** Chooses one of `among`, which is not empty and in order. */
  choose(among: readonly number[]): number {
    const fixed = this.#fixed[this.#sequence.length]
    const first = this.#isRandom ? Math.floor(this.#draw() * among.length) : 0
    const taken = fixed !== undefined && among.includes(fixed) ? fixed : (among[first] as number)
    this.#sequence.push({ taken, among })
    return taken
  }

  /** Prepares the next sequence. `false`: there is none, or the limit is reached. */
  next(): boolean {
    const sequence = this.#sequence
    this.#sequence = []
    if (this.#tried++ >= this.#limit) return false
    if (this.#isRandom) {
      this.#fixed = []
      return true
    }
    for (let index = sequence.length - 1; index >= 0; index--) {
      const { taken, among } = sequence[index] as Choice
      const other = among.find((one) => one > taken)
      if (other === undefined) continue
      this.#fixed = [...sequence.slice(0, index).map((choice) => choice.taken), other]
      return true
    }
    this.complete = true
    return false
  }

  /** In the order of the tree, all sequences within the limit would begin alike. */
  get #isRandom(): boolean {
    return this.#tried > this.#limit / 2
  }
}
