import { attempt, andThen, type Awaitable } from '../base/awaitable.ts'
import type { Tracked } from '../contracts/tracker.ts'
import { absoluteDeadline, deadline, isRenewalDue, withIdleTimeout, type Lifetimes } from '../base/expiry.ts'
import type { SessionState } from './state.ts'
import { lapses } from './token-life.ts'

/**
 * Moves the idle deadline where that is due. By id that costs the client nothing, unless its cookie has a `maxAge` shorter than the
 * session. By value, and then, it is a new cookie: only a response gets it that depends on the session anyway, and that no shared
 * cache may keep.
 */
export function renew(state: SessionState): Awaitable<void> {
  const { mounted, exchange, asked, retired, base } = state
  if (!base || exchange.headersSent || exchange.looksOn) return
  const due = isDue(state, base)
  const mayTell = asked && !exchange.publiclyCached
  const isLapsing = lapses(mounted, exchange, base)
  // Where the deadline does not move, nothing says when the client was told last.
  const isTold = mayTell && (retired || (isLapsing && (due || !canMove(state, base))) || (due && !mounted.tracker.byId))
  if (isTold) state.announce = true
  if (!due || ((isLapsing || !mounted.tracker.byId) && !isTold)) return
  // The app did not ask for it, and the session is as alive as before: no reason to fail the response.
  return andThen(
    attempt(() => renewNow(state)),
    ({ failure }) => (failure === undefined ? undefined : exchange.report(failure)),
  )
}

/** Moves the idle deadline, due or not. Where the session turns out to be gone, the state knows it afterwards. */
export function renewNow(state: SessionState): Awaitable<void> {
  const { mounted, exchange, base, observer } = state
  if (!base) return
  if (!mounted.tracker.byId) {
    if (exchange.headersSent) throw state.tooLate()
    state.announce = true
  } else if (!exchange.headersSent && lapses(mounted, exchange, base)) {
    state.announce = true
  }
  const expiresAt = deadline(lifetimesOf(state, base), base.createdAt, mounted.clock())
  return andThen(mounted.tracker.renew(base, expiresAt), (renewed) => {
    if (renewed === 'gone') return state.lost()
    state.found = renewed
    observer.tell('touched', mounted.name, renewed)
  })
}

/** Whether so much of the idle time has passed that it is worth a write. */
export function isDue(state: SessionState, session: Tracked): boolean {
  return isRenewalDue(lifetimesOf(state, session), session, state.mounted.clock())
}

/** Whether the deadline of a session moves when it is used. */
function canMove(state: SessionState, session: Tracked): boolean {
  const { idleTimeout } = lifetimesOf(state, session)
  return idleTimeout !== null && session.expiresAt < absoluteDeadline(state.mounted.lifetimes, session.createdAt)
}

function lifetimesOf(state: SessionState, session: Tracked): Lifetimes {
  return withIdleTimeout(state.mounted.lifetimes, state.bodyOf(session).idleTimeout)
}
