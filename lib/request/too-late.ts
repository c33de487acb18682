import { SessionTooLateError } from '../errors.ts'
import type { SessionState } from './session-state.ts'

/** Why a change that needs a response header cannot be made any more, or never could, and what to do instead. */
export function tooLate({ mounted: { name, tracker }, exchange }: SessionState): SessionTooLateError {
  const reason = !exchange.isSocket
    ? "was changed after the response's headers were sent: change it before, or await ctx.sessions.commit() first"
    : tracker.byId
      ? 'cannot begin, or get another id, on a socket: give the page await connection.ticket(definition, value), and let it swap that by fetch for middleware.redeem(ctx, ticket)'
      : "travels in its token, and a socket cannot send one: write it by fetch, or keep it in a 'storage'"
  return new SessionTooLateError(`session '${name}' ${reason}`, name)
}
