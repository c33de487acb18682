import { SessionConfigError } from '../errors.ts'
import { letGo } from './awaitable.ts'
import { kindOf } from './kind.ts'

/** Tells the time in epoch milliseconds. Passed in, so that a test can advance it. */
export type Clock = () => number

/**
 * A clock that gives whole milliseconds, as deadlines are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`), when it is asked: it gives something that is no time.
 */
export function wholeClock(clock: Clock): Clock {
  return () => {
    const now = clock()
    if (typeof now === 'number' && Math.abs(now) <= NEVER) return Math.floor(now)
    letGo(now)
    const given = typeof now === 'number' ? String(now) : kindOf(now)
    throw new SessionConfigError(
      `a 'clock' must give the time in epoch milliseconds, as Date.now does; it gave ${given}`,
    )
  }
}

/** The machine's clock. */
export const systemClock: Clock = () => Date.now()

/** The last instant that a `Date` can name, in epoch milliseconds: what an expiry says that never comes. */
export const NEVER = 8.64e15
