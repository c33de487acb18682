import { NEVER } from '../base/clock.ts'

/**
 * The two clocks of a session (OWASP Session Management): idle, from its last use, and absolute, from its creation or
 * last login. In milliseconds; `null` for no limit. `touchAfter`: how old a renewal must be to be worth another.
 */
export interface Lifetimes {
  readonly idleTimeout: number | null
  readonly absoluteTimeout: number | null
  readonly touchAfter: number
}

/** The clocks of a session that has an idle timeout of its own; renewed as often, in proportion. */
export function withIdleTimeout(lifetimes: Lifetimes, idleTimeout: number | undefined): Lifetimes {
  if (idleTimeout === undefined) return lifetimes
  const share = lifetimes.idleTimeout === null ? 0.1 : lifetimes.touchAfter / lifetimes.idleTimeout
  return { ...lifetimes, idleTimeout, touchAfter: Math.ceil(idleTimeout * share) }
}

/** When a session ends at the latest, however often it is used. */
export function absoluteDeadline(lifetimes: Lifetimes, createdAt: number): number {
  return lifetimes.absoluteTimeout === null ? NEVER : Math.min(createdAt + lifetimes.absoluteTimeout, NEVER)
}

/** When a session that is used now ends if it is not used again. */
export function deadline(lifetimes: Lifetimes, createdAt: number, now: number): number {
  const absolute = absoluteDeadline(lifetimes, createdAt)
  return lifetimes.idleTimeout === null ? absolute : Math.min(now + lifetimes.idleTimeout, absolute)
}

/** The idle timeout of a definition as a session keeps it beside its deadline: 0 for none. */
export function keptIdle({ idleTimeout }: Lifetimes): number {
  return idleTimeout ?? 0
}

/**
 * The deadline of a session that was last written or renewed when the definition may have had another idle timeout: a shorter
 * one holds for it as well, from its last use on. Where that is not known (there was no idle timeout before), from its
 * creation on; where the deadline was cut off by the absolute one, from the earliest instant that its last use can have been.
 *
 * @param idle What {@link keptIdle} gave then; `undefined` where the session has an idle timeout of its own.
 */
export function currentDeadline(
  lifetimes: Lifetimes,
  { createdAt, expiresAt, idle }: { createdAt: number; expiresAt: number; idle?: number | undefined },
): number {
  const { idleTimeout } = lifetimes
  if (idle === undefined || idleTimeout === null || idle === idleTimeout) return expiresAt
  if (idle === 0) return Math.min(expiresAt, createdAt + idleTimeout)
  return Math.min(expiresAt, expiresAt - idle + idleTimeout)
}

/** Whether a session has ended. At its deadline it has. */
export function isExpired(
  lifetimes: Lifetimes,
  session: { createdAt: number; expiresAt: number },
  now: number,
): boolean {
  return session.expiresAt <= now || absoluteDeadline(lifetimes, session.createdAt) <= now
}

/**
 * Whether a session is to be renewed: its idle deadline is not the absolute one already, and it was last set
 * `touchAfter` ago. (Renewing on every request would write on every request.)
 */
export function isRenewalDue(
  lifetimes: Lifetimes,
  session: { createdAt: number; expiresAt: number },
  now: number,
): boolean {
  if (lifetimes.idleTimeout === null) return false
  if (session.expiresAt >= absoluteDeadline(lifetimes, session.createdAt)) return false
  return now - (session.expiresAt - lifetimes.idleTimeout) >= lifetimes.touchAfter
}
