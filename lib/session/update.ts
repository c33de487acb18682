import { isPromise } from '../base/awaitable.ts'
import { SessionGoneError, SessionValueError } from '../errors.ts'
import { withChanged, type Draft } from './draft.ts'
import type { SessionState } from './state.ts'
import { write } from './write.ts'

type ChangeValue = (value: object | undefined) => unknown

/**
 * Changes a session's value so that no concurrent change is lost: reads, applies `change`, and writes by compare-and-set,
 * again with the fresh value as long as another request came first. In one process they wait for each other rather than collide.
 *
 * @throws SessionGoneError (`ERR_SESSION_GONE`) where the session was destroyed meanwhile.
 */
export async function update(state: SessionState, change: ChangeValue): Promise<unknown> {
  if (!state.isRead && !state.doomed) await state.load()
  const row = state.base?.row
  return row ? state.queue.run([row.key], () => updateRow(state, change)) : updateDraft(state, change)
}

/** Nobody else can hold a session that is new, and by value nobody can be asked: the change is stored with the response. */
function updateDraft(state: SessionState, change: ChangeValue): unknown {
  const value = applied(state, change)
  if (value === undefined) state.clear()
  else state.change(withChanged(state.draft, state.written(value)))
  return value
}

async function updateRow(state: SessionState, change: ChangeValue): Promise<unknown> {
  if (!state.base?.row) {
    // The same request has cleared it, or found it gone, while this update waited for its turn.
    if (state.doomed) return updateDraft(state, change)
    throw gone(state)
  }
  const { draft, mounted } = state
  let value: unknown
  const make = (): Draft | null => {
    value = applied(state, change)
    if (value === undefined) return null
    return { ...withChanged(draft, state.written(value)), folds: draft }
  }
  const mayOverwrite = draft?.whole === undefined || mounted.options.conflict !== 'reject'
  const written = await write(state, make, mayOverwrite)
  if (written === 'gone') throw gone(state)
  if (written === 'dropped') state.clear()
  else if (written === 'unchanged' && state.draft === draft) state.draft = null
  return value
}

function applied(state: SessionState, change: ChangeValue): unknown {
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
