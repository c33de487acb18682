import type { ExtendableContext } from 'koa'
import { SessionNotMountedError } from '../errors.ts'
import type { Mount, SessionKey } from '../mount/mount.ts'
import { isDeferred, RequestSessions } from '../request/request-sessions.ts'

/** The sessions of a request; `undefined` if no `sessions([…])` runs on it, and for anything but a context. */
export function sessionsOf(ctx: ExtendableContext | null | undefined): RequestSessions | undefined {
  return ctx?.sessions instanceof RequestSessions ? ctx.sessions : undefined
}

/** The sessions of a request that one `sessions([…])` has mounted. */
export function sessionsOfMount(ctx: ExtendableContext | undefined, mount: Mount): RequestSessions | undefined {
  const sessions = sessionsOf(ctx)
  return sessions && RequestSessions.ofMount(sessions, mount)
}

/**
 * The sessions of a request, for a middleware or handler that needs one of them.
 *
 * @param what Begins the message, as in `authenticate() of session 'user'`.
 * @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) if no `sessions([…])` runs on the request.
 */
export function requireSessions(ctx: ExtendableContext, what: string, name: string): RequestSessions {
  const sessions = sessionsOf(ctx)
  if (sessions) return sessions
  throw new SessionNotMountedError(
    `${what}: no sessions([…]) runs on this request: mount sessions([…]) before it`,
    name,
  )
}

/** Reads a session that is `deferred`, unless it was read before. */
export async function loaded(sessions: RequestSessions, key: SessionKey): Promise<RequestSessions> {
  if (isDeferred(sessions, key)) await sessions.load(key)
  return sessions
}
