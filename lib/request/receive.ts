import { andThen, attempt, isPromise, type Awaitable } from '../base/awaitable.ts'
import type { RefusalReason, Refused } from '../base/refusal.ts'
import type { Patience } from '../contracts/tracker.ts'
import { SessionNotLoadedError } from '../errors.ts'
import { readBody } from '../formats/payload.ts'
import { readToken, type TokenRead } from './read-token.ts'
import type { SessionState } from './session-state.ts'

/** The cookie stays after these refusals: another response may just have set it, or one of two duplicates is valid. */
const HARMLESS: ReadonlySet<RefusalReason> = new Set(['unknown-id', 'duplicate'])

/** Reads ahead of the handler. An error is kept for the first use of the session: a route that does not use it must work. */
export function prepare(state: SessionState, tokens: string | readonly string[]): Awaitable<void> {
  try {
    const reading = receive(state, tokens, 'brief')
    return isPromise(reading) ? reading.catch((error: unknown) => state.readFailed(error)) : reading
  } catch (error) {
    return state.readFailed(error)
  }
}

/**
 * Reads the session on its first use, unless it was read ahead. A session that is to be destroyed need not be read.
 *
 * @throws SessionNotLoadedError (`ERR_SESSION_NOT_LOADED`) if it is deferred; the error of reading ahead, if that failed.
 */
export function ensureRead(state: SessionState): void {
  state.use()
  const { known } = state
  if (known.is === 'present' || known.is === 'absent' || state.destroyRequested) return
  if (known.is === 'failed') throw known.error
  const { mounted, exchange } = state
  const tokens = mounted.transport.receive(exchange)
  if (tokens !== null && mounted.options.deferred) {
    throw new SessionNotLoadedError(
      `session '${mounted.name}' is deferred: await ctx.sessions.load(definition) first`,
      mounted.name,
    )
  }
  // Never a promise: a session that must be waited for is read ahead of the handler, or deferred.
  void receive(state, tokens, 'full')
}

/** Reads the session, or reads it again by the id that it has by now. Drops changes that were not stored. */
export async function reload(state: SessionState): Promise<void> {
  state.use()
  const { mounted, exchange, found, flashClaim } = state
  // Flash that was delivered stays delivered.
  state.change(flashClaim === undefined || state.destroyRequested ? null : { consumed: flashClaim })
  if (!found?.row) {
    if (!state.isRead) await receive(state, mounted.transport.receive(exchange), 'full')
    return
  }
  if (state.destroyRequested) return
  const loaded = await mounted.tracker.load(found.row.id, 'full')
  if (loaded.refused === undefined) state.seen(loaded)
  else state.notFound()
}

/** Refuses what the client presents: it is no session, and, unless that may harm another response, the client is to forget it. */
export function refuse(state: SessionState, reason: RefusalReason): void {
  const { mounted, exchange, observer } = state
  // If another part of the app knows the token as its own, expiring it here would sign the user out there.
  state.refused(!HARMLESS.has(reason) && exchange.isShared?.(mounted.kind, mounted.name) !== true)
  observer.tell('rejected', mounted.name, null, reason)
  const { onInvalid } = mounted.options
  if (!onInvalid) return
  // It is not awaited, and its failure must neither change the response nor end the process.
  void andThen(
    attempt(() => onInvalid(reason, exchange.context)),
    (told) => 'failure' in told && exchange.report(told.failure),
  )
}

function receive(state: SessionState, tokens: string | readonly string[] | null, patience: Patience): Awaitable<void> {
  if (tokens === null) return state.notFound()
  const read = readToken(state.mounted, tokens, patience)
  return isPromise(read) ? read.then((result) => take(state, result)) : take(state, read)
}

function take(state: SessionState, result: TokenRead | Refused): void {
  if (result.refused !== undefined) return refuse(state, result.refused)
  const body = readBody(result.session.text)
  if (body === null) refuse(state, 'invalid-value')
  else state.read(result.session, body, result.hasOldKey)
}
