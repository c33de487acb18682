import type { Next, ParameterizedContext } from 'koa'
import type Application from 'koa'
import { isPromise } from '../base/awaitable.ts'
import type { AnyDefinition } from '../definition/definition.ts'
import { Management } from '../mount/management.ts'
import { Mount } from '../mount/mount.ts'
import { RequestSessions } from '../request/request-sessions.ts'
import { sign } from '../transformers/sign.ts'
import { noteMount } from './app-mounts.ts'
import { sessionsOf } from './current-sessions.ts'
import { statusOf } from './errors.ts'
import { KoaExchange } from './exchange.ts'
import { bindManagement, type SessionsManagement } from './management.ts'
import { checkedOptions, type SessionsOptions } from './sessions-options.ts'
import './context.ts'

/** The middleware, with functions to manage its sessions outside a request. */
export interface SessionsMiddleware extends SessionsManagement {
  (ctx: ParameterizedContext, next: Next): Promise<void>
}

/**
 * Mounts sessions: the handlers after it find them as `ctx.sessions`. Mount it on the app, or on a router for its routes only.
 * A second one inside adds its definitions there, and replaces those of the same name.
 *
 * A request without a token costs nothing. Sessions by id are read before the handler, in parallel; sessions by value on first use.
 * Changes are stored when the handler is done, before the headers are sent, unless an error or a status of 500 or more is the result.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`): no definition; two with the same name, cookie or header; an invalid option.
 *   At a request: two apps with different keys share the middleware; an enclosing `sessions([…])` uses the same cookie or header.
 * @throws SessionKeysError (`ERR_SESSION_KEYS`): a session by value has neither `transform` nor keys. Thrown at the first request
 *   if neither `app` nor `keys` is given.
 *
 * @example
 * const app = new Koa()
 * app.keys = [process.env.SESSION_KEY!]
 * app.use(sessions([UserSession, Basket]))
 */
export function sessions(definitions: readonly AnyDefinition[], options: SessionsOptions = {}): SessionsMiddleware {
  const { keys, clock, random } = checkedOptions(options)
  const mount = new Mount(definitions, clock, random, sign(keys.signing), () => keys.ofHandles())
  keys.checkFor(mount)
  const management = new Management(mount, clock)
  let latestApp: Application | undefined

  async function sessionsMiddleware(ctx: ParameterizedContext, next: Next): Promise<void> {
    const { app } = ctx
    if (app !== latestApp) {
      keys.serve(app)
      noteMount(app, mount)
      latestApp = app
    }
    const outer = sessionsOf(ctx) ?? null
    const exchange = outer ? (RequestSessions.exchangeOf(outer) as KoaExchange) : new KoaExchange(ctx)
    const current = new RequestSessions(mount, exchange, outer)
    ctx.sessions = current
    try {
      const reading = RequestSessions.prepare(current)
      if (isPromise(reading)) await reading
      await next()
    } catch (error) {
      exchange.guard()
      await finishAfter(error, current, exchange)
      throw error
    } finally {
      if (outer) ctx.sessions = outer
    }
    const finished = RequestSessions.finish(current, ctx.status < 500)
    if (isPromise(finished)) await finished
    if (RequestSessions.wasUsed(current)) management.sweeper.sweepIfDue((error) => exchange.report(error))
  }

  return Object.assign(sessionsMiddleware, bindManagement(mount, management, keys))
}

/** After an error of the client, changes are stored. A failure to store them must not hide that error. */
async function finishAfter(error: unknown, current: RequestSessions, exchange: KoaExchange): Promise<void> {
  try {
    await RequestSessions.finish(current, statusOf(error) < 500)
  } catch (failure) {
    exchange.report(failure)
  }
}
