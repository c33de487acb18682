import { SessionConfigError } from '../errors.ts'
import { letGo } from './awaitable.ts'
import { kindOf } from './kind.ts'

/** Returns the time in epoch milliseconds. It is passed in, so that a test can advance it. */
export type Clock = () => number

/**
 * Rounds a clock down to whole milliseconds, as deadlines are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) from the returned clock, if the given one returns anything but a time.
 */
export function wholeClock(clock: Clock): Clock {
  if (clock === systemClock) return clock
  return () => {
    const now = clock()
    if (typeof now === 'number' && Math.abs(now) <= NEVER) return Math.floor(now)
    letGo(now)
    const given = typeof now === 'number' ? String(now) : kindOf(now)
    throw new SessionConfigError(`'clock' must return the time in epoch milliseconds, as Date.now does, not ${given}`)
  }
}

/** The system's clock. */
export const systemClock: Clock = () => Date.now()

/** The last time that a `Date` can represent, in epoch milliseconds: the expiry of sessions that never expire. */
export const NEVER = 8.64e15
