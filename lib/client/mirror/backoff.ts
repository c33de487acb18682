import type { Environment } from '../environment.ts'

interface Bounds {
  readonly min: number
  readonly max: number
}

/** A connection that lasts longer than this counts as a success, in milliseconds. */
const STEADY = 5_000

/** Exponential backoff with full jitter, reset by a connection that lasts. */
export class Backoff {
  readonly #environment: Environment
  readonly #bounds: Bounds
  /** How many connections in a row have failed. */
  #failures = 0

  constructor(environment: Environment, bounds: Bounds = { min: 1_000, max: 30_000 }) {
    this.#environment = environment
    this.#bounds = bounds
  }

  get hasFailed(): boolean {
    return this.#failures > 0
  }

  fail(): void {
    this.#failures++
  }

  /** Notes the end of a connection that began at `began`. */
  ended(began: number): void {
    if (this.#environment.Date.now() - began > STEADY) this.#failures = 0
  }

  /** The next pause, in milliseconds. Random, so that not all browsers reconnect at the same time. */
  pause(): number {
    const { min, max } = this.#bounds
    return this.#environment.Math.random() * Math.min(max, min * 2 ** this.#failures++)
  }
}
