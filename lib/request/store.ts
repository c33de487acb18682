import { andThen, isPromise, type Awaitable } from '../base/awaitable.ts'
import type { WriteResult } from '../contracts/tracker.ts'
import { SessionConflictError } from '../errors.ts'
import type { PendingChanges } from './changes.ts'
import { checkSize } from '../definition/check-size.ts'
import { changeOf, type PlannedWrite } from './plan-write.ts'
import type { SessionState } from './session-state.ts'
import { tooLate } from './too-late.ts'

/** How often other requests may come first. With the pauses below, losing so often means that something is wrong. */
const ATTEMPTS = 100
/** The longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 32

/**
 * `unchanged`: there was nothing to write. `gone`: the session was destroyed in the meantime. `none`: there are no changes any more, now
 * that another request came first.
 */
export type Outcome = 'stored' | 'unchanged' | 'gone' | 'none'

/**
 * Stores changes by compare-and-set: if another request came first, again, on the session as that left it.
 *
 * @param remake Makes the changes anew for another attempt. Default: they stay the same.
 * @param mayOverwrite Whether a whole value may replace what the other request wrote.
 * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) if it may not, or if others came first a hundred times.
 */
export function store(
  state: SessionState,
  changes: PendingChanges | null,
  mayOverwrite: boolean,
  remake?: () => PendingChanges | null,
  attempt = 1,
): Awaitable<Outcome> {
  if (!changes) return 'none'
  const plan = state.plan(changes)
  if (!plan.isNeeded) return 'unchanged'
  if (state.exchange.headersSent && plan.needsHeader) throw tooLate(state)
  checkSize(state.mounted, plan.text)

  const saved = state.mounted.tracker.save(changeOf(state, plan, plan.session))
  const next = (result: WriteResult): Awaitable<Outcome> => {
    if (typeof result !== 'string') return keep(state, plan, result)
    if (result === 'gone') return signInAnew(state, plan)
    if (!mayOverwrite || attempt === ATTEMPTS) throw conflict(state)
    const again = (): Promise<Outcome> =>
      retry(state, plan, () => store(state, remake ? remake() : changes, mayOverwrite, remake, attempt + 1), attempt)
    // Requests of this process that collided take turns from here on. An update has its turn already.
    return attempt === 1 && plan.session?.row && changes.includes === undefined
      ? state.queue.run([plan.session.row.key], again)
      : again()
  }
  return isPromise(saved) ? saved.then(next) : next(saved)
}

function keep(state: SessionState, plan: PlannedWrite, saved: Exclude<WriteResult, string>): Outcome {
  state.stored(saved, plan)
  return 'stored'
}

/** A login succeeds even if the previous session is gone: it creates a new one. */
function signInAnew(state: SessionState, plan: PlannedWrite): Awaitable<Outcome> {
  if (!plan.login) return 'gone'
  return andThen(state.mounted.tracker.save(changeOf(state, plan, null)), (saved) =>
    typeof saved === 'string' ? 'gone' : keep(state, plan, saved),
  )
}

async function retry(
  state: SessionState,
  plan: PlannedWrite,
  again: () => Awaitable<Outcome>,
  attempt: number,
): Promise<Outcome> {
  if (attempt > 1) await pause(attempt)
  const row = state.found?.row
  const loaded = row && (await state.mounted.tracker.load(row.id, 'full'))
  if (!loaded || loaded.refused !== undefined) return signInAnew(state, plan)
  state.seen(loaded)
  return again()
}

function conflict({ mounted: { name } }: SessionState): SessionConflictError {
  return new SessionConflictError(`session '${name}' was written by another request meanwhile`, name)
}

/** Spreads requests that collided, so that they do not collide again. */
function pause(attempt: number): Promise<void> {
  const longest = Math.min(2 ** attempt, LONGEST_PAUSE)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
