import { NEVER } from '../base/clock.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { absoluteDeadline } from '../base/expiry.ts'

/**
 * For how many milliseconds a token is worth anything. By value it ends with the idle deadline that stands in it; by id it is good
 * until the absolute one.
 */
export function lifetimeOf({ lifetimes, clock }: MountedSession, session: Tracked): number {
  const end = session.row ? absoluteDeadline(lifetimes, session.createdAt) : session.expiresAt
  return end === NEVER ? Infinity : end - clock()
}

/** Whether the client forgets its token earlier than that, as where a cookie has a `maxAge` of its own. */
export function lapses(mounted: MountedSession, exchange: Exchange, session: Tracked): boolean {
  const { transport } = mounted
  return transport.lapses?.(exchange, lifetimeOf(mounted, session)) === true
}
