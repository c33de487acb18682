import { isPromise, type Awaitable } from '../base/awaitable.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import { lifetimeOf } from './token-lifetime.ts'
import type { SessionState } from './session-state.ts'
import { tooLate } from './too-late.ts'

/** What the client is to be told of one session, as it travels, and what went wrong on the way there. */
export interface EncodedReply {
  readonly token?: string | undefined
  readonly failure?: unknown
}

export const NOTHING: EncodedReply = Object.freeze({})

/** Makes the token that the client is to be sent. Never throws: an error is part of the result. */
export function encodeReply(state: SessionState, failure?: unknown): Awaitable<EncodedReply> {
  // A session that could not be destroyed is still there: the client must be able to try again, with the id that it has by now.
  const { found } = state
  if (state.reply !== 'send' || !found) return failure === undefined ? NOTHING : { failure }
  try {
    const token = encode(state, found)
    if (!isPromise(token)) return { token, failure }
    return token.then(
      (encoded) => ({ token: encoded, failure }),
      (error: unknown) => ({ failure: failure ?? error }),
    )
  } catch (error) {
    return { failure: failure ?? error }
  }
}

/** The way of a token out: the tracker says what the client presents next time, and the transformers encode it. */
function encode({ mounted }: SessionState, session: FoundSession): Awaitable<string> {
  return mounted.transformer.encode(mounted.tracker.token(session))
}

/** Puts the headers of one session on the response. Returns what went wrong before, or now. */
export function reply(state: SessionState, { token, failure }: EncodedReply): unknown {
  const { mounted, exchange } = state
  const { transport } = mounted
  if (exchange.headersSent)
    return failure ?? (token !== undefined || state.reply === 'must-forget' ? tooLate(state) : undefined)
  try {
    if (state.used && transport.vary !== undefined) exchange.vary(transport.vary)
    if (token !== undefined) {
      transport.send(exchange, token, lifetimeOf(mounted, state.found as FoundSession))
      exchange.keepPrivate()
      state.tokenSent()
    } else if (state.clientHasToken && (state.reply === 'forget' || state.reply === 'must-forget')) {
      transport.clear(exchange)
      exchange.keepPrivate()
      state.tokenForgotten()
    }
    state.replied(failure)
    return failure
  } catch (error) {
    return failure ?? error
  }
}
