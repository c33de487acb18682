import type { Environment } from '../environment.ts'

/** One timer: a new one takes the place of the one before. None is set once the signal is aborted. */
export class Alarm {
  readonly #environment: Environment
  readonly #closed: AbortSignal
  #timer: unknown

  constructor(environment: Environment, closed: AbortSignal) {
    this.#environment = environment
    this.#closed = closed
  }

  set(milliseconds: number, f: () => void): void {
    this.clear()
    if (!this.#closed.aborted) this.#timer = this.#environment.setTimeout(f, milliseconds)
  }

  clear(): void {
    this.#environment.clearTimeout(this.#timer)
  }
}
