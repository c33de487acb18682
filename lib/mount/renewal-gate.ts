import type { Clock } from '../base/clock.ts'

/** How long no renewal is tried after one has failed, in milliseconds. */
const PAUSE = 1000

/** Lets the sockets of one session renew it: one renewal at a time, and none within a second of a failure. */
export class RenewalGate {
  readonly #clock: Clock
  #isRenewing = false
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async run(renew: () => Promise<void>): Promise<void> {
    const sinceFailure = this.#clock() - this.#failedAt
    if (this.#isRenewing || (sinceFailure >= 0 && sinceFailure < PAUSE)) return
    this.#isRenewing = true
    try {
      await renew()
    } catch (error) {
      this.#failedAt = this.#clock()
      throw error
    } finally {
      this.#isRenewing = false
    }
  }
}
