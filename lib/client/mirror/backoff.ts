import type { Environment } from '../environment.ts'

interface Bounds {
  readonly min: number
  readonly max: number
}

/** A connection that has lasted for longer than this has come to something. */
const STEADY = 5_000

/** How long to wait before a connection is tried again: longer each time, until one lasts. */
export class Backoff {
  readonly #environment: Environment
  readonly #bounds: Bounds
  /** How many connections have come to nothing, one after the other. */
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

  /** A connection has ended that began then. */
  ended(began: number): void {
    if (this.#environment.Date.now() - began > STEADY) this.#failures = 0
  }

  /** Random, so that not all browsers come back at once. */
  pause(): number {
    const { min, max } = this.#bounds
    return this.#environment.Math.random() * Math.min(max, min * 2 ** this.#failures++)
  }
}
