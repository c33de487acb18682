import { isPromise } from '../base/awaitable.ts'
import { SessionGoneError, SessionValueError } from '../errors.ts'
import { withChanged, type PendingChanges } from './changes.ts'
import type { SessionState } from './session-state.ts'
import { store } from './store.ts'
import { changeTo, clear, load, valueOf, written } from './value.ts'

type ChangeValue = (value: object | undefined) => unknown

/**
 * Changes a session's value so that no concurrent change is lost: reads, applies `change`, and writes by compare-and-set, again
 * with the fresh value for as long as another request came first. Within one process, requests wait for each other instead of
 * colliding.
 *
 * @throws SessionGoneError (`ERR_SESSION_GONE`) if the session was destroyed in the meantime.
 */
export async function update(state: SessionState, change: ChangeValue): Promise<unknown> {
  if (!state.isRead && !state.destroyRequested) await load(state)
  const row = state.session?.row
  return row ? state.queue.run([row.key], () => updateStored(state, change)) : updatePending(state, change)
}

/** A new session, or one by value: no other request can have it, so the change is stored with the response. */
function updatePending(state: SessionState, change: ChangeValue): unknown {
  const value = applied(state, change)
  if (value === undefined) clear(state)
  else changeTo(state, withChanged(state.changes, written(state, value)))
  return value
}

async function updateStored(state: SessionState, change: ChangeValue): Promise<unknown> {
  if (!state.session?.row) {
    // The same request has cleared the session, or found it gone, while this update waited for its turn.
    if (state.destroyRequested) return updatePending(state, change)
    throw gone(state)
  }
  const { changes, mounted } = state
  let value: unknown
  const make = (): PendingChanges | null => {
    value = applied(state, change)
    return value === undefined ? null : { ...withChanged(changes, written(state, value)), includes: changes }
  }
  const mayOverwrite = changes?.whole === undefined || mounted.options.conflict !== 'reject'
  const outcome = await store(state, make(), mayOverwrite, make)
  if (outcome === 'gone') throw gone(state)
  if (outcome === 'none') clear(state)
  else if (outcome === 'unchanged' && state.changes === changes) state.change(null)
  return value
}

function applied(state: SessionState, change: ChangeValue): unknown {
  const value = change(valueOf(state))
  if (!isPromise(value)) return value
  value.catch(() => {})
  const { name } = state.mounted
  throw new SessionValueError(`session '${name}': the function that update() is given must be synchronous`, '', name)
}

function gone(state: SessionState): SessionGoneError {
  const { name } = state.mounted
  state.gone()
  return new SessionGoneError(`session '${name}' was destroyed, or got another id, while it was being updated`, name)
}
