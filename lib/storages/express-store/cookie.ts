import { systemClock } from '../../base/clock.ts'

/** The members of express-session's `Cookie` that stores take their deadline from; each store uses another one. */
interface StoreCookie {
  readonly originalMaxAge: number
  readonly maxAge: number
  readonly expires: Date
}

/** In milliseconds. A store may use the clock of another machine, which must not end a session too early. */
const MARGIN = 60_000

/** The last instant of a year with four digits: most engines do not accept later dates. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The cookie of a session that expires in `lifetime` milliseconds. The store may only remove it later than that. */
export function cookieFor(lifetime: number): StoreCookie {
  const now = systemClock()
  // Never 0 or negative: some stores take that as no deadline at all, others as an error.
  const maxAge = Math.min(Math.max(0, Math.ceil(lifetime)) + MARGIN, LAST - now)
  return { originalMaxAge: maxAge, maxAge, expires: new Date(now + maxAge) }
}
