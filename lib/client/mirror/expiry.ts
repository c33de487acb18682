import { HEARTBEAT_EVERY } from '../../wire/mirror-frame.ts'
import { Alarm } from './alarm.ts'
import type { Environment } from '../environment.ts'

/** The server announces expiry first. The client waits this much longer, in milliseconds, in case it cannot. */
const GRACE = 2_000

/** Calls back when a session has expired by the server's clock, even if the local clock changes. */
export class Expiry {
  readonly #environment: Environment
  readonly #alarm: Alarm
  readonly #expired: () => void
  /** How far the server's clock is ahead of the local one, in milliseconds. */
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

  /** Waits for `expiresAt`. `now` is the current time on the server's clock. */
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
    // Timers stop while a laptop sleeps, and are limited to 32 bits, so check the clock regularly.
    const pause = Math.min(left, HEARTBEAT_EVERY)
    this.#alarm.set(pause, () => {
      // Compensate if the local clock was set back meanwhile.
      this.#offset += Math.max(0, from + pause - this.#environment.Date.now())
      this.#wait(expiresAt)
    })
  }
}
