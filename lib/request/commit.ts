import { andThen, isPromise, type Awaitable } from '../base/awaitable.ts'
import { renew } from './renew.ts'
import { encodeReply, NOTHING, reply, type EncodedReply } from './reply.ts'
import type { SessionState } from './session-state.ts'
import { store } from './store.ts'

/**
 * Stores the changes in the sessions of a request, side by side, and then puts the headers on the response. The storage comes first,
 * so that no client holds a token of nothing; and a session that was stored sends its header even if another one failed.
 *
 * @param writes Whether changes are stored. After an error of the handler they are not, but sessions are destroyed all the same.
 * @throws the first error, when all the rest is done. The others are reported.
 */
export function commit(states: readonly SessionState[], writes: boolean): Awaitable<void> {
  const each: Awaitable<EncodedReply>[] = []
  for (const state of states) each.push(settle(state, writes))
  return each.some(isPromise)
    ? Promise.all(each).then((replies) => replyAll(states, replies))
    : replyAll(states, each as EncodedReply[])
}

/** Destroys or stores one session, and encodes the token that the client is to be sent. Never throws. */
function settle(state: SessionState, writes: boolean): Awaitable<EncodedReply> {
  try {
    let done: Awaitable<void> = undefined
    if (state.destroyRequested) done = andThen(destroy(state), () => (writes ? storeChanges(state) : undefined))
    else if (writes) done = state.changes ? storeChanges(state) : renew(state)
    if (!isPromise(done)) return state.reply === 'send' ? encodeReply(state) : NOTHING
    return done.then(
      () => encodeReply(state),
      (failure: unknown) => encodeReply(state, failure),
    )
  } catch (failure) {
    return encodeReply(state, failure)
  }
}

/**
 * Destroys the session that the request presents, even if it was never read, and each of two that were refused as duplicates: a
 * logout must not depend on what it ends.
 */
function destroy(state: SessionState): Awaitable<void> {
  const { found, mounted, exchange } = state
  const { tracker, transport, transformer } = mounted
  if (found?.row) return andThen(tracker.destroy(found.row.id, found), () => state.destroyed())
  if (!tracker.byId) return state.destroyed()
  const tokens = [transport.receive(exchange) ?? []].flat()
  const each = tokens.map((token) =>
    andThen(transformer.decode(token), (decoded) =>
      decoded.refused === undefined ? tracker.destroy(decoded.text, null) : undefined,
    ),
  )
  return each.some(isPromise) ? Promise.all(each).then(() => state.destroyed()) : state.destroyed()
}

function storeChanges(state: SessionState): Awaitable<void> {
  const { changes } = state
  if (!changes) return renew(state)
  // A whole value replaces what another request wrote, unless the definition forbids it. Changes of keys are applied on top of it.
  const mayOverwrite = changes.whole === undefined || state.mounted.options.conflict !== 'reject'
  return andThen(store(state, changes, mayOverwrite), (outcome) => {
    if (outcome === 'stored') return undefined
    if (outcome === 'gone') return state.gone()
    if (state.changes === changes) state.change(null)
    return renew(state)
  })
}

function replyAll(states: readonly SessionState[], replies: readonly EncodedReply[]): void {
  let failures: unknown[] | undefined
  for (const [index, state] of states.entries()) {
    const failure = reply(state, replies[index] as EncodedReply)
    if (failure !== undefined) (failures ??= []).push(failure)
  }
  if (!failures) return
  for (const other of failures.slice(1)) states[0]?.exchange.report(other)
  throw failures[0]
}
