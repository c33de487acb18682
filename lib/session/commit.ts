import { isPromise, then, type Awaitable } from '../base/awaitable.ts'
import { NEVER } from '../base/clock.ts'
import type { Tracked } from '../contracts/tracker.ts'
import { SessionConflictError } from '../errors.ts'
import { absoluteDeadline, deadline, isRenewalDue } from '../lifecycle/lifetimes.ts'
import type { Draft, SessionState } from './state.ts'

/** How far one session came: the token that the client is to learn, and what went wrong. */
interface Stored {
  readonly token?: string | undefined
  readonly failure?: unknown
}

/**
 * Stores what was drafted in the sessions of a request, side by side, and then puts the headers on: storage first, so that
 * no client holds a token of nothing; and what was stored sends its header whatever else failed.
 *
 * @param writes Whether drafts are stored. Without, the client is only told what was stored already.
 * @throws the first error, once all the rest is done.
 */
export function commit(states: readonly SessionState[], writes: boolean): Awaitable<void> {
  const each = states.map((state) => settle(state, writes))
  return then(each.some(isPromise) ? Promise.all(each) : (each as Stored[]), (results) => {
    const failures = results.map((stored, index) => tell(states[index] as SessionState, stored)).filter((one) => one !== undefined)
    if (failures.length > 0) throw failures[0]
  })
}

function settle(state: SessionState, writes: boolean): Awaitable<Stored> {
  const stored = attempt(() => (writes ? then(destroyDoomed(state), () => store(state)) : undefined))
  return then(stored, ({ failure }) =>
    then(
      attempt(() => (state.announce && state.found ? tokenOf(state, state.found) : undefined)),
      (encoded) => ({ token: encoded.value, failure: failure ?? encoded.failure }),
    ),
  )
}

function attempt<T>(work: () => Awaitable<T>): Awaitable<{ value?: T; failure?: unknown }> {
  try {
    const result = work()
    if (!isPromise(result)) return { value: result }
    return (result as Promise<T>).then(
      (value) => ({ value }),
      (failure: unknown) => ({ failure }),
    )
  } catch (failure) {
    return { failure }
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
  if (found?.row) return then(tracker.destroy(found.row.id, found), () => state.destroyed())
  if (!tracker.byId) return state.destroyed()
  const tokens = [transport.receive(exchange) ?? []].flat()
  const each = tokens.map((token) =>
    then(transformer.decode(token), (decoded) => (decoded.refused === undefined ? tracker.destroy(decoded.text, null) : undefined)),
  )
  return each.some(isPromise) ? Promise.all(each).then(() => state.destroyed()) : state.destroyed()
}

function store(state: SessionState): Awaitable<void> {
  const { draft, base } = state
  if (draft && (draft.login || draft.text !== base?.text)) return write(state, draft)
  state.draft = null
  return base ? renew(state, base) : undefined
}

function write(state: SessionState, draft: Draft): Awaitable<void> {
  if (state.exchange.headersSent && state.needsHeader(draft)) throw state.tooLate()
  const { mounted } = state
  const overwrite = mounted.options.conflict !== 'reject'
  return then(mounted.tracker.save(changeOf(state, draft, overwrite)), (saved) => {
    if (saved === 'gone') return state.lost()
    if (saved === 'conflict') {
      throw new SessionConflictError(`session '${mounted.name}' was written by another request meanwhile`, mounted.name)
    }
    state.stored(saved, draft)
  })
}

/** What a draft comes to in a storage. A login starts the absolute clock anew, any write the idle one. */
export function changeOf(state: SessionState, draft: Draft, overwrite: boolean): Parameters<typeof state.mounted.tracker.save>[0] {
  const { mounted, exchange, base } = state
  const now = mounted.clock()
  const createdAt = base && !draft.login ? base.createdAt : now
  return {
    ...draft,
    createdAt,
    expiresAt: deadline(mounted.lifetimes, createdAt, now),
    from: base,
    newId: () => mounted.newId(exchange.context),
    overwrite,
  }
}

/**
 * Moves the idle deadline where that is due. By id it costs the client nothing; by value it is a new cookie, which only a
 * response gets that depends on the session anyway, and that no shared cache may keep.
 */
function renew(state: SessionState, session: Tracked): Awaitable<void> {
  const { mounted, exchange, asked, retired, observer } = state
  const { tracker, lifetimes } = mounted
  if (exchange.headersSent) return
  const now = mounted.clock()
  const due = isRenewalDue(lifetimes, session, now)
  const told = asked && (retired || (due && !tracker.byId)) && !exchange.publiclyCached
  if (told) state.announce = true
  if (!due || (!tracker.byId && !told)) return
  const renewed = attempt(() => tracker.renew(session, deadline(lifetimes, session.createdAt, now)))
  return then(renewed, ({ value, failure }) => {
    // The app did not ask for it, and the session is as alive as before: no reason to fail the response.
    if (value === undefined) return exchange.report(failure)
    if (value === 'gone') return state.lost()
    state.found = value
    observer.tell('touched', mounted.name, value)
  })
}

function tokenOf({ mounted }: SessionState, session: Tracked): Awaitable<string> {
  return mounted.transformer.encode(mounted.tracker.token(session))
}

/** Puts the headers on. Gives what went wrong on the way, or now. */
function tell(state: SessionState, { token, failure }: Stored): unknown {
  const { mounted, exchange, found } = state
  const { transport } = mounted
  if (exchange.headersSent) return failure ?? (token !== undefined || (state.forget && state.cleared) ? state.tooLate() : undefined)
  try {
    if (state.asked && transport.vary !== undefined) exchange.vary(transport.vary)
    if (token !== undefined && found) {
      transport.send(exchange, token, lifetimeOf(state, found))
      exchange.keepPrivate()
      state.presented = true
      state.announce = false
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

/** By value the token ends with the idle deadline that stands in it; by id it is good until the absolute one. */
function lifetimeOf({ mounted }: SessionState, session: Tracked): number {
  const end = session.row ? absoluteDeadline(mounted.lifetimes, session.createdAt) : session.expiresAt
  return end === NEVER ? Infinity : end - mounted.clock()
}
