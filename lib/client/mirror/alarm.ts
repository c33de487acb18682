import type { Environment } from '../environment.ts'

/** A single timer: setting it replaces the previous one. It cannot be set after the signal is aborted. */
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
