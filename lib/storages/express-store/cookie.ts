import { systemClock } from '../../base/clock.ts'

/** What of express-session's `Cookie` stores take their own deadline from, each from another member. */
interface StoreCookie {
  readonly originalMaxAge: number
  readonly maxAge: number
  readonly expires: Date
}

/** A store may go by the clock of another machine, which must not end a session before its time. */
const MARGIN = 60_000

/** The last instant whose year has four digits: later ones are no date to most engines. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The cookie of a session that has `lifetime` milliseconds left. The store may only remove it later than that. */
export function cookieFor(lifetime: number): StoreCookie {
  const now = systemClock()
  // Never 0 or less: to some stores that means no deadline at all, to others an error.
  const maxAge = Math.min(Math.max(0, Math.ceil(lifetime)) + MARGIN, LAST - now)
  return { originalMaxAge: maxAge, maxAge, expires: new Date(now + maxAge) }
}
