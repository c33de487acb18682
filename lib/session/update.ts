import { isPromise } from '../base/awaitable.ts'
import type { KeyQueue } from '../base/key-queue.ts'
import { SessionConflictError, SessionGoneError, SessionValueError } from '../errors.ts'
import { changeOf } from './commit.ts'
import type { SessionState } from './state.ts'

/** How often another process may come first. With the pauses below, losing so often means that something is wrong. */
const ATTEMPTS = 100
/** The longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 32

/**
 * Changes a session's value so that no concurrent change is lost: reads, applies `change`, and writes by compare-and-set,
 * again with the fresh value as long as another one came first.
 *
 * @param queue Lets the updates of one session wait for each other in this process, rather than collide.
 * @throws SessionGoneError (`ERR_SESSION_GONE`) where the session was destroyed meanwhile.
 */
export async function update(state: SessionState, change: (value: object | undefined) => unknown, queue: KeyQueue): Promise<unknown> {
  if (!state.isRead && !state.doomed) await state.load()
  const row = state.base?.row
  return row ? queue.run([row.key], () => updateRow(state, change)) : updateDraft(state, change)
}

/** Nobody else can hold a session that is new, and by value nobody can be asked: the change is stored with the response. */
function updateDraft(state: SessionState, change: (value: object | undefined) => unknown): unknown {
  const value = applied(state, change)
  if (value === undefined) state.clear()
  else state.set(value)
  return value
}

async function updateRow(state: SessionState, change: (value: object | undefined) => unknown): Promise<unknown> {
  const { mounted, exchange } = state
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const row = state.base?.row
    if (!row) {
      // The same request has cleared it, or found it gone, while this update waited for its turn.
      if (state.doomed) return updateDraft(state, change)
      throw gone(state)
    }
    const value = applied(state, change)
    if (value === undefined) {
      state.clear()
      return value
    }
    const draft = state.draftOf(value)
    if (!draft.login && draft.text === state.base?.text) return value
    if (exchange.headersSent && state.needsHeader(draft)) throw state.tooLate()
    const pending = state.draft
    const saved = await mounted.tracker.save(changeOf(state, draft, false))
    if (saved === 'gone') throw gone(state)
    if (saved !== 'conflict') {
      state.stored(saved, draft)
      if (state.draft === pending) state.draft = null
      return value
    }
    if (pending && mounted.options.conflict === 'reject') break
    if (attempt > 1) await pause(attempt)
    const loaded = await mounted.tracker.load(row.id, true)
    if (loaded.refused !== undefined) throw gone(state)
    state.found = loaded
  }
  throw new SessionConflictError(`session '${mounted.name}' was written by other requests meanwhile, again and again`, mounted.name)
}

function applied(state: SessionState, change: (value: object | undefined) => unknown): unknown {
  const value = change(state.value())
  if (!isPromise(value)) return value
  value.catch(() => {})
  const { name } = state.mounted
  throw new SessionValueError(`session '${name}': the function that update() is given must be synchronous`, '', name)
}

function gone(state: SessionState): SessionGoneError {
  const { name } = state.mounted
  state.lost()
  return new SessionGoneError(`session '${name}' was destroyed, or got another id, while it was being updated`, name)
}

/** Spreads those who collided, so that they do not do so again. */
function pause(attempt: number): Promise<void> {
  const longest = Math.min(2 ** attempt, LONGEST_PAUSE)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
