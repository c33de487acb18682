import { createHash } from 'node:crypto'
import { type Spread, spread } from './statistics.ts'

const BLOCK = Buffer.alloc(1 << 16, 'control')
const TIMES = 64

/** The same work again and again. How long it takes tells when the machine was busy with something else. */
export class Control {
  readonly #samples: number[] = []

  /** Does it once, in this process, while no other measures. */
  take(): void {
    const begin = process.hrtime.bigint()
    const hash = createHash('sha256')
    for (let time = 0; time < TIMES; time++) hash.update(BLOCK)
    hash.digest()
    this.#samples.push(Number(process.hrtime.bigint() - begin) / 1e6)
  }

  /** In milliseconds. */
  get spread(): Spread {
    return spread(this.#samples)
  }

  /** How many samples took half as long again as the median one. */
  get disturbed(): number {
    const { median } = this.spread
    return this.#samples.filter((sample) => sample > 1.5 * median).length
  }

  get samples(): number {
    return this.#samples.length
  }
}
