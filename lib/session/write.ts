import { andThen, type Awaitable } from '../base/awaitable.ts'
import { SessionConflictError } from '../errors.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { Draft } from './draft.ts'
import { changeOf, type DraftPlan } from './draft-plan.ts'
import { checkSize } from './size.ts'
import type { SessionState } from './state.ts'

/** How often another process may come first. With the pauses below, losing so often means that something is wrong. */
const ATTEMPTS = 100
/** The longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 32

/** `gone`: the session was destroyed meanwhile, nothing was written. `dropped`: there was nothing to write after all. */
export type Written = 'stored' | 'unchanged' | 'gone' | 'dropped'

/**
 * Stores a draft by compare-and-set: where another request came first, on the fresh session, again and again.
 *
 * @param make Makes the draft from the state as it is; asked anew for each attempt.
 * @param mayOverwrite Whether a whole value may replace what the other request wrote.
 * @throws SessionConflictError (`ERR_SESSION_CONFLICT`) where it may not, or where others came first a hundred times.
 */
export function write(
  state: SessionState,
  make: () => Draft | null,
  mayOverwrite: boolean,
  attempt = 1,
): Awaitable<Written> {
  const { mounted, exchange, base } = state
  const draft = make()
  if (!draft) return 'dropped'
  const plan = state.plan(draft)
  if (!plan.changes) return 'unchanged'
  if (exchange.headersSent && plan.needsHeader) throw state.tooLate()
  checkSize(mounted, plan.text)

  return andThen(mounted.tracker.save(changeOf(state, plan, base)), (saved) => {
    if (saved === 'gone') return moveOn(state, plan)
    if (saved !== 'conflict') return keep(state, plan, saved)
    if (!mayOverwrite || attempt === ATTEMPTS) throw conflict(state)
    const again = (): Promise<Written> =>
      retry(state, plan, () => write(state, make, mayOverwrite, attempt + 1), attempt)
    // Those of this process that collided take turns from here on; an update has its turn already.
    return attempt === 1 && base?.row && plan.draft.folds === undefined
      ? state.queue.run([base.row.key], again)
      : again()
  })
}

function keep(state: SessionState, plan: DraftPlan, saved: Tracked): Written {
  state.stored(saved, plan)
  return 'stored'
}

/** Who logs in has a session, whatever became of the one before. */
function moveOn(state: SessionState, plan: DraftPlan): Awaitable<Written> {
  if (!plan.login) return 'gone'
  return andThen(state.mounted.tracker.save(changeOf(state, plan, null)), (saved) =>
    typeof saved === 'string' ? 'gone' : keep(state, plan, saved),
  )
}

async function retry(
  state: SessionState,
  plan: DraftPlan,
  again: () => Awaitable<Written>,
  attempt: number,
): Promise<Written> {
  if (attempt > 1) await pause(attempt)
  const row = state.found?.row
  const loaded = row && (await state.mounted.tracker.load(row.id, 'full'))
  if (!loaded || loaded.refused !== undefined) return moveOn(state, plan)
  state.found = loaded
  return again()
}

function conflict({ mounted: { name } }: SessionState): SessionConflictError {
  return new SessionConflictError(`session '${name}' was written by another request meanwhile`, name)
}

/** Spreads those who collided, so that they do not do so again. */
function pause(attempt: number): Promise<void> {
  const longest = Math.min(2 ** attempt, LONGEST_PAUSE)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
