import type { Clock } from '../base/clock.ts'

/** A clock that stands still until it is advanced. */
export type ManualClock = Clock & {
  /** Moves the time on by that many milliseconds; a negative number moves it back. */
  advance(milliseconds: number): void
}

/**
 * A clock for tests, to be passed wherever an option is called `clock`. No timer is involved and nothing waits.
 *
 * @param start epoch milliseconds at which it stands at first; by default the first instant of 2026, in UTC.
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
