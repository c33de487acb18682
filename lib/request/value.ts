import { SessionValueError } from '../errors.ts'
import { valueText, withGiven, type PendingChanges } from './changes.ts'
import { checkSize } from '../definition/check-size.ts'
import { subjectOf } from './plan-write.ts'
import { ensureRead, refuse, reload } from './receive.ts'
import { EMPTY_PAYLOAD, type SessionState } from './session-state.ts'
import { tooLate } from './too-late.ts'

/*
 * What a handler asks of one session: its value, its id, a change, its end.
 */

/** The whole value, changes included. @throws SessionValueError if the schema refuses what changes of keys lead to. */
export function valueOf(state: SessionState): object | undefined {
  ensureRead(state)
  const { changes, session, mounted } = state
  const payload = session ? state.payloadOf(session) : EMPTY_PAYLOAD
  const text = changes ? valueText(changes, payload, mounted.codec) : payload.value
  if (text === undefined) return undefined
  const value = state.parse(text)
  if (value) return value
  if (text !== payload.value) {
    const { name } = mounted
    throw new SessionValueError(
      `session '${name}' holds a value that its own serializer, schema or type does not read back`,
      '',
      name,
    )
  }
  refuse(state, 'invalid-value')
  return undefined
}

/** Reads the session, or reads it again; drops changes that were not stored. */
export async function load(state: SessionState): Promise<object | undefined> {
  await reload(state)
  return valueOf(state)
}

/** Replaces the whole value. `login`: as a login, even if the subject stays the same. */
export function setValue(state: SessionState, value: unknown, login = false): void {
  ensureRead(state)
  const whole = written(state, value)
  // An invalid subject is refused here, while the stack shows the call that gave it.
  if (state.mounted.options.subject) subjectOf(state, { value: whole })
  changeTo(state, withGiven(state.changes, whole, login))
}

/** A value, serialized. @throws SessionTooLargeError (`ERR_SESSION_TOO_LARGE`) above `maxSize`. */
export function written({ mounted }: SessionState, value: unknown): string {
  const text = mounted.codec.write(value)
  checkSize(mounted, text)
  return text
}

/** Replaces the pending changes. @throws SessionTooLateError if they need a header that cannot be sent any more. */
export function changeTo(state: SessionState, changes: PendingChanges): void {
  if (state.closed || (state.exchange.headersSent && needsHeader(state, changes))) throw tooLate(state)
  // A new session has its id from here on.
  if (state.session === null) state.newId()
  state.change(changes)
}

/** Ends the session, when the handler is done. Drops all changes. */
export function clear(state: SessionState): void {
  state.use()
  if (state.closed) throw tooLate(state)
  const { mounted, exchange } = state
  const hasToken = state.clientHasToken || (!state.isRead && mounted.transport.receive(exchange) !== null)
  if (!mounted.tracker.byId && exchange.headersSent && hasToken) throw tooLate(state)
  state.requestDestroy(hasToken)
}

/** The id that the session has once the changes are stored; `undefined` by value, and if there is no session. */
export function idOf(state: SessionState): string | undefined {
  ensureRead(state)
  const { changes, session, mounted } = state
  if (!mounted.tracker.byId) return undefined
  if (!changes) return session?.row?.id
  if (session === null || changes.regenerate !== undefined) return state.newId()
  return (isComplete(state, changes) ? state.plan(changes).id : undefined) ?? session.row?.id
}

/** Whether the changes are a login. */
export function signsIn(state: SessionState): boolean {
  const { changes } = state
  return changes !== null && isComplete(state, changes) && state.plan(changes).login
}

/** Whether changes of keys lead to a valid value by now. Only the schema knows, when it sees the whole. */
function isComplete(state: SessionState, changes: PendingChanges): boolean {
  if (!changes.keys) return true
  try {
    state.plan(changes)
    return true
  } catch (error) {
    if (error instanceof SessionValueError) return false
    throw error
  }
}

function needsHeader(state: SessionState, changes: PendingChanges): boolean {
  if (!state.mounted.tracker.byId || state.session === null) return true
  // Changes of keys may not lead to a valid value yet: that is checked when they are stored.
  return changes.keys === undefined && state.plan(changes).needsHeader
}
