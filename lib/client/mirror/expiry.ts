import { HEARTBEAT_EVERY } from '../../wire/mirror-frame.ts'
import { Alarm } from './alarm.ts'
import type { Environment } from '../environment.ts'

/** The server says by itself that a session has expired: this is for when it cannot. */
const GRACE = 2_000

/** Tells when a session has expired by the server's clock, whatever happens to the clock of this computer. */
export class Expiry {
  readonly #environment: Environment
  readonly #alarm: Alarm
  readonly #expired: () => void
  /** By how much the server's clock is ahead of this one. */
  #offset = 0

  constructor(environment: Environment, closed: AbortSignal, expired: () => void) {
    this.#environment = environment
    this.#alarm = new Alarm(environment, closed)
    this.#expired = expired
  }

  /** The time on the server's clock. */
  get now(): number {
    return this.#environment.Date.now() + this.#offset
  }

  /** `now` is what the server's clock says at this moment. */
  expect(expiresAt: number, now: number): void {
    this.#offset = now - this.#environment.Date.now()
    this.#wait(expiresAt)
  }

  forget(): void {
    this.#alarm.clear()
  }

  #wait(expiresAt: number): void {
    const from = this.#environment.Date.now()
    const left = expiresAt + GRACE - this.now
    if (left <= 0) return this.#expired()
    // Timers stand still while a laptop sleeps, and take 32 bits, so the clock is looked at again and again.
    const pause = Math.min(left, HEARTBEAT_EVERY)
    this.#alarm.set(pause, () => {
      // The clock may have been set back meanwhile.
      this.#offset += Math.max(0, from + pause - this.#environment.Date.now())
      this.#wait(expiresAt)
    })
  }
}
