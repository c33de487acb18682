import type { Clock } from '../base/clock.ts'

/** A clock that stands still until it is advanced. */
export type ManualClock = Clock & {
  /** Advances the time by a number of milliseconds; a negative number moves it back. */
  advance(milliseconds: number): void
}

/**
 * A clock for tests, for all options named `clock`. It uses no timer, and nothing waits.
 *
 * @param start The initial time in epoch milliseconds. Default: the beginning of 2026, in UTC.
 *
 * @example
 * const clock = manualClock()
 * const storage = memoryStorage({ clock })
 * clock.advance(30 * 60_000)
 */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start
  return Object.assign(() => now, {
    advance(milliseconds: number): void {
      now += milliseconds
    },
  })
}
