import { NEVER } from './clock.ts'

/**
 * The two timeouts of a session (OWASP Session Management): idle, from its last use, and absolute, from its creation or last login. In
 * milliseconds; `null`: no limit. `touchAfter`: the minimum time between renewals.
 */
export interface Lifetimes {
  readonly idleTimeout: number | null
  readonly absoluteTimeout: number | null
  readonly touchAfter: number
}

/** The timeouts of a session with its own idle timeout, with `touchAfter` in proportion. */
export function withIdleTimeout(lifetimes: Lifetimes, idleTimeout: number | undefined): Lifetimes {
  if (idleTimeout === undefined) return lifetimes
  const share = lifetimes.idleTimeout === null ? 0.1 : lifetimes.touchAfter / lifetimes.idleTimeout
  return { ...lifetimes, idleTimeout, touchAfter: Math.ceil(idleTimeout * share) }
}

/** The time when a session ends, even if it is used. */
export function absoluteDeadline(lifetimes: Lifetimes, createdAt: number): number {
  return lifetimes.absoluteTimeout === null ? NEVER : Math.min(createdAt + lifetimes.absoluteTimeout, NEVER)
}

/** The time when a session that is used now ends, if it is not used again. */
export function deadline(lifetimes: Lifetimes, createdAt: number, now: number): number {
  const absolute = absoluteDeadline(lifetimes, createdAt)
  return lifetimes.idleTimeout === null ? absolute : Math.min(now + lifetimes.idleTimeout, absolute)
}

/** A definition's idle timeout as a session stores it: 0 for none. */
export function keptIdle({ idleTimeout }: Lifetimes): number {
  return idleTimeout ?? 0
}

/**
 * The deadline of a session whose definition may have had another idle timeout when it was last written or renewed. A shorter timeout also
 * applies to such a session, from its last use. If that is unknown, because there was no idle timeout, it applies from the creation; if the
 * absolute deadline was the earlier one, from the earliest possible time of the last use.
 *
 * `idle` is the result of {@link keptIdle} at that time; `undefined` if the session has its own idle timeout.
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

/** Whether a session has ended. At its deadline, it has. */
export function isExpired(
  lifetimes: Lifetimes,
  session: { createdAt: number; expiresAt: number },
  now: number,
): boolean {
  return session.expiresAt <= now || absoluteDeadline(lifetimes, session.createdAt) <= now
}

/**
 * Whether a session must be renewed: its deadline is earlier than the absolute one, and `touchAfter` has passed since it was set. (Without
 * `touchAfter`, every request would write.)
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
