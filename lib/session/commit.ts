import { isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import type { Tracked } from '../contracts/tracker.ts'
import { renew } from './renew.ts'
import type { SessionState } from './state.ts'
import { lifetimeOf } from './token-life.ts'
import { write } from './write.ts'

/** How far one session came: the token that the client is to learn, and what went wrong. */
interface Stored {
  readonly token?: string | undefined
  readonly failure?: unknown
}

const NOTHING: Stored = {}

/**
 * Stores what was drafted in the sessions of a request, side by side, and then puts the headers on: storage first, so that
 * no client holds a token of nothing; and what was stored sends its header whatever else failed.
 *
 * @param writes Whether drafts are stored. Behind a failure they are not; what was to be destroyed is, whatever follows.
 * @throws the first error, once all the rest is done; others are reported.
 */
export function commit(states: readonly SessionState[], writes: boolean): Awaitable<void> {
  const each = states.map((state) => settle(state, writes))
  return each.some(isPromise)
    ? Promise.all(each).then((results) => tellAll(states, results))
    : tellAll(states, each as Stored[])
}

function settle(state: SessionState, writes: boolean): Awaitable<Stored> {
  if (!writes && !state.doomed) return encode(state, undefined)
  try {
    const destroyed = state.doomed ? destroyDoomed(state) : undefined
    const stored = writes ? andThen(destroyed, () => store(state)) : destroyed
    if (!isPromise(stored)) return encode(state, undefined)
    return stored.then(
      () => encode(state, undefined),
      (failure: unknown) => encode(state, failure),
    )
  } catch (failure) {
    return encode(state, failure)
  }
}

/** Makes the token that the client is to learn. Never throws: what goes wrong is part of the answer. */
function encode(state: SessionState, failure: unknown): Awaitable<Stored> {
  // What could not be destroyed is still there, and the client must be able to try again with the id that it has by now.
  const { announce, found } = state
  if (!announce || !found) return failure === undefined ? NOTHING : { failure }
  try {
    const token = tokenOf(state, found)
    if (!isPromise(token)) return { token, failure }
    return token.then(
      (encoded) => ({ token: encoded, failure }),
      (error: unknown) => ({ failure: failure ?? error }),
    )
  } catch (error) {
    return { failure: failure ?? error }
  }
}

/**
 * Destroys what the request presented, also where it was never read, and each of two that were refused as duplicates: a
 * logout must not need what it destroys.
 */
function destroyDoomed(state: SessionState): Awaitable<void> {
  if (!state.doomed) return
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

function store(state: SessionState): Awaitable<void> {
  const { draft } = state
  if (!draft) return renew(state)
  // A whole value replaces what another request wrote, unless the definition forbids it; changes of keys go on top of it.
  const mayOverwrite = draft.whole === undefined || state.mounted.options.conflict !== 'reject'
  return andThen(
    write(state, () => draft, mayOverwrite),
    (written) => {
      if (written === 'gone') return state.lost()
      if (written === 'stored') return undefined
      if (state.draft === draft) state.draft = null
      return renew(state)
    },
  )
}

function tokenOf({ mounted }: SessionState, session: Tracked): Awaitable<string> {
  return mounted.transformer.encode(mounted.tracker.token(session))
}

/** @throws the first of what went wrong; the others are reported. */
function tellAll(states: readonly SessionState[], results: readonly Stored[]): void {
  let failures: unknown[] | undefined
  for (let index = 0; index < results.length; index++) {
    const failure = tell(states[index] as SessionState, results[index] as Stored)
    if (failure !== undefined) (failures ??= []).push(failure)
  }
  if (!failures) return
  for (const other of failures.slice(1)) states[0]?.exchange.report(other)
  throw failures[0]
}

/** Puts the headers on. Gives what went wrong on the way, or now. */
function tell(state: SessionState, { token, failure }: Stored): unknown {
  const { mounted, exchange, found } = state
  const { transport } = mounted
  if (exchange.headersSent)
    return failure ?? (token !== undefined || (state.forget && state.cleared) ? state.tooLate() : undefined)
  try {
    if (state.asked && transport.vary !== undefined) exchange.vary(transport.vary)
    if (token !== undefined && found) {
      transport.send(exchange, token, lifetimeOf(mounted, found))
      exchange.keepPrivate()
      state.presented = true
      state.announce = false
      state.retired = false
    } else if (state.forget && state.presented) {
      transport.clear(exchange)
      exchange.keepPrivate()
      state.presented = false
    }
    state.forget = false
    if (state.changed && failure === undefined) state.observer.tell('committed', mounted.name, found)
    state.changed = false
    return failure
  } catch (error) {
    return failure ?? error
  }
}
