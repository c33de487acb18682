import { andThen, attempt, type Awaitable } from '../base/awaitable.ts'
import type { Tracked } from '../contracts/tracker.ts'
import { absoluteDeadline, deadline, isRenewalDue, withIdleTimeout, type Lifetimes } from '../base/expiry.ts'
import type { SessionState } from './session-state.ts'
import { lapses } from './token-lifetime.ts'
import { tooLate } from './too-late.ts'

/**
 * Moves the idle deadline, if that is due. By id the client need not know, unless its cookie has a `maxAge` shorter than the
 * session. By value, and in that case, it takes a new cookie: only a response gets it that depends on the session anyway, and
 * that no shared cache may keep.
 */
export function renew(state: SessionState): Awaitable<void> {
  const { mounted, exchange, used, known, session } = state
  if (!session || exchange.headersSent || exchange.readOnly) return
  const lifetimes = lifetimesOf(state, session)
  const due = isRenewalDue(lifetimes, session, mounted.clock())
  const mayTell = used && !exchange.publiclyCached
  const isLapsing = lapses(mounted, exchange, session)
  const hasOldKey = known.is === 'present' && known.hasOldKey
  // If the deadline does not move, nothing says when the client was told last.
  const isTold =
    mayTell && (hasOldKey || (isLapsing && (due || !canMove(lifetimes, session))) || (due && !mounted.tracker.byId))
  if (isTold) state.sendToken()
  if (!due || ((isLapsing || !mounted.tracker.byId) && !isTold)) return
  // Renewal is best effort: a failure is reported, and the response goes out.
  return andThen(
    attempt(() => renewNow(state)),
    ({ failure }) => (failure === undefined ? undefined : exchange.report(failure)),
  )
}

/** Moves the idle deadline, due or not. If the session turns out to be gone, the state says so afterwards. */
export function renewNow(state: SessionState): Awaitable<void> {
  const { mounted, exchange, session } = state
  if (!session) return
  if (!mounted.tracker.byId) {
    if (exchange.headersSent) throw tooLate(state)
    state.sendToken()
  } else if (!exchange.headersSent && lapses(mounted, exchange, session)) {
    state.sendToken()
  }
  const expiresAt = deadline(lifetimesOf(state, session), session.createdAt, mounted.clock())
  return andThen(mounted.tracker.renew(session, expiresAt), (renewed) => {
    if (renewed === 'gone') state.gone()
    else state.renewed(renewed)
  })
}

/** Whether so much of the idle time has passed that a renewal is worth a write. */
export function isDue(state: SessionState, session: Tracked): boolean {
  return isRenewalDue(lifetimesOf(state, session), session, state.mounted.clock())
}

/** Whether the deadline of a session moves when it is used. */
function canMove(lifetimes: Lifetimes, { createdAt, expiresAt }: Tracked): boolean {
  return lifetimes.idleTimeout !== null && expiresAt < absoluteDeadline(lifetimes, createdAt)
}

function lifetimesOf(state: SessionState, session: Tracked): Lifetimes {
  const { lifetimes } = state.mounted
  const { idleTimeout } = state.bodyOf(session)
  return idleTimeout === undefined ? lifetimes : withIdleTimeout(lifetimes, idleTimeout)
}
