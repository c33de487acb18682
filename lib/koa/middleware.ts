import { STATUS_CODES } from 'node:http'
import type Application from 'koa'
import type { ExtendableContext, Next, ParameterizedContext } from 'koa'
import { isPromise } from '../base/awaitable.ts'
import { systemClock, wholeClock, type Clock } from '../base/clock.ts'
import { kindOf } from '../base/kind.ts'
import { checkCount, checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { exactRandom, pooledRandom, type Random } from '../base/random.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { Row } from '../contracts/tracker.ts'
import type { AnyDefinition } from '../definition/definition.ts'
import { SessionConfigError, SessionKeysError, SessionNotMountedError } from '../errors.ts'
import { Mount } from '../mount/mount.ts'
import { isDeferred, reissue, RequestSessions, storedSession } from '../request/request-sessions.ts'
import { Sweeper } from '../mount/sweeper.ts'
import { listSessions, revokeSession, revokeSessions, type ListedSession } from '../mount/device-list.ts'
import { issueTicket, redeemTicket, requireTickets } from '../mount/tickets.ts'
import { checkKeys, isSameKeys, type Key, type Keys } from '../transformers/key-ring.ts'
import { sign } from '../transformers/sign.ts'
import { checkOptions } from './socket/connect-options.ts'
import { KoaExchange } from './exchange.ts'
import { isError } from './is-error.ts'
import type { SessionsManagement } from './management.ts'
import { noteMount } from './mounts.ts'
import { connect } from './socket/connect.ts'
import './context.ts'

/** What {@link sessions} may be told. */
export interface SessionsOptions {
  /**
   * Whose `keys` sign the sessions by value that have no `transform`. Default: the app that a request comes through; a request
   * through another app with other keys is refused (`ERR_SESSION_CONFIG`). `connect` needs it: an upgrade may come before any request.
   */
  readonly app?: Pick<Application, 'keys'>
  /** What they are signed with instead: the first signs, all verify. Default: `app.keys`. */
  readonly keys?: Keys
  /** The time in epoch milliseconds, for tests. Default: the system's. Storages have one of their own. */
  readonly clock?: Clock
  /** Random bytes, for tests. Default: the system's, cryptographically secure. */
  readonly random?: Random
}

/** The middleware, and what can be done with its sessions outside of a request. */
export interface SessionsMiddleware extends SessionsManagement {
  (ctx: ParameterizedContext, next: Next): Promise<void>
}

/**
 * Mounts sessions: handlers behind it have them as `ctx.sessions`. App-wide, or on a router for its routes only; another one
 * inside adds its definitions there, and takes over the names that it repeats.
 *
 * A request without a token costs nothing. Sessions by id are read before the handler, at once; by value on first use. What was
 * set is stored when the handler is done, before headers leave: not behind an error or a response of 500 or more.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`): no definition, or two with one name, one cookie or one header; an option that cannot
 *   work. At a request where two apps with different keys share the middleware, or where a mount around it uses one of its headers.
 * @throws SessionKeysError (`ERR_SESSION_KEYS`): a session by value has neither `transform` nor keys. At the first request
 *   where neither `app` nor `keys` is given.
 *
 * @example
 * const app = new Koa()
 * app.keys = [process.env.SESSION_KEY!]
 * app.use(sessions([UserSession, Basket]))
 */
export function sessions(definitions: readonly AnyDefinition[], options: SessionsOptions = {}): SessionsMiddleware {
  checkOptionNames('sessions()', options, ['app', 'keys', 'clock', 'random'])
  checkOptionTypes('sessions()', options, { clock: 'function', random: 'function' })
  const { app, keys } = options
  if (app !== undefined) checkApp('sessions()', app)
  if (keys !== undefined) checkKeys(keys, 'sessions({ keys })')
  const clock = wholeClock(options.clock ?? systemClock)
  const random = options.random ? exactRandom(options.random) : pooledRandom()

  let keyed: Pick<Application, 'keys'> | undefined = app
  const mount = new Mount(
    definitions,
    clock,
    random,
    sign(keys === undefined ? () => (keyed?.keys ?? []) as readonly Key[] : keys),
    () => [(typeof keys === 'function' ? keys() : keys) ?? (app ?? noted)?.keys ?? []].flat() as readonly Key[],
  )
  const unsigned = keys ? undefined : mount.all.find(({ options: { storage, transform } }) => !storage && !transform)
  if (unsigned && app) requireKeys(unsigned.name, app)
  const storages = new Map<SessionStorage, string>()
  for (const {
    name,
    options: { storage, revocations },
  } of mount.all) {
    const own = storage ?? revocations
    if (own) storages.set(own, name)
  }
  const sweeper = new Sweeper(storages, clock)

  let noted: Application | undefined

  /** A token that one app signs must be good for all others that this middleware serves, and for no app beside them. */
  function keyedBy(one: Pick<Application, 'keys'>): void {
    if (!unsigned || app || one === keyed) return
    requireKeys(unsigned.name, one)
    if (keyed && !isSameKeys([keyed.keys].flat() as readonly Key[], one.keys)) throw new SessionConfigError(TWO_APPS)
    keyed = one
  }

  async function sessionsMiddleware(ctx: ParameterizedContext, next: Next): Promise<void> {
    keyedBy(ctx.app)
    if (ctx.app !== noted) noteMount((noted = ctx.app), mount)
    const outer = requestSessions(ctx) ?? null
    const exchange = outer ? (RequestSessions.exchangeOf(outer) as KoaExchange) : new KoaExchange(ctx)
    const inner = new RequestSessions(mount, exchange, outer)
    ctx.sessions = inner
    try {
      const reading = RequestSessions.prepare(inner)
      if (isPromise(reading)) await reading
      await next()
    } catch (error) {
      exchange.guard()
      await finishBehind(error, inner)
      throw error
    } finally {
      if (outer) ctx.sessions = outer
    }
    const finished = RequestSessions.finish(inner, ctx.status < 500)
    if (isPromise(finished)) await finished
    if (RequestSessions.wasUsed(inner)) sweeper.sweepIfDue((error) => exchange.report(error))
  }

  const ownSessions = (ctx: ExtendableContext | undefined): RequestSessions | undefined => {
    const current = requestSessions(ctx)
    return current && RequestSessions.ofMount(current, mount)
  }
  const ownRow = (definition: AnyDefinition, ctx: ExtendableContext | undefined): Row | undefined => {
    const own = ownSessions(ctx)
    return own && storedSession(own, definition)?.row
  }
  const management: SessionsManagement = {
    async list(definition, subject, how: { ctx?: ExtendableContext; show?: (value: never) => unknown } = {}) {
      checkOptionNames('list()', how, ['ctx', 'show'])
      checkOptionTypes('list()', how, { show: 'function' })
      const { ctx, show } = how
      const mounted = mount.get(definition)
      const current = ownRow(definition, ctx)?.record.identity
      const listed = await listSessions(mounted, subject, current, (value) => show?.(value as never))
      return listed as ListedSession<never>[]
    },
    async revoke(definition, handle, whose) {
      if (whose !== undefined) checkOptionNames('revoke()', whose, ['subject'])
      return revokeSession(mount.get(definition), handle, whose)
    },
    async revokeAll(definition, subject, how = {}) {
      checkOptionNames('revokeAll()', how, ['except'])
      const { except } = how
      const mounted = mount.get(definition)
      if (except !== undefined && typeof except !== 'string' && !ownSessions(except))
        throw new SessionConfigError(
          "revokeAll(): 'except' must be the ctx of a request behind this middleware, or a handle",
        )
      if (!mounted.tracker.revoke) {
        const spared = typeof except === 'string' ? { handle: except } : { row: ownRow(definition, except) }
        return revokeSessions(mounted, subject, spared)
      }
      const hashed = mounted.hashSubject(subject)
      const generation = await mounted.tracker.revoke(hashed)
      const own = typeof except === 'object' ? ownSessions(except) : undefined
      if (own) reissue(own, definition, hashed, generation)
      return undefined
    },
    async sweep(limit) {
      return sweeper.sweep(limit === undefined ? limit : checkCount('sweep(limit)', limit))
    },
    countExpired: () => sweeper.countExpired(),
    async connect(request, given = {}) {
      const settings = checkOptions(mount, given)
      const connecting = given.app ?? app
      if (!isApplication(connecting)) {
        throw new SessionConfigError('connect() needs the app: sessions([…], { app }), or connect(request, { app })')
      }
      keyedBy(connecting)
      return connect(mount, connecting, request, settings)
    },
    async ticket(ctx, definition) {
      const mounted = mount.get(definition)
      requireTickets(mounted)
      const own = ownSessions(ctx)
      if (own && isDeferred(own, definition)) await own.load(definition)
      const id = own?.id(definition)
      return id === undefined ? undefined : issueTicket(mounted, 'session', id)
    },
    async redeem(ctx, ticket) {
      const own = ownSessions(ctx)
      if (!own) throw new SessionNotMountedError('redeem(): this middleware is not mounted on this request')
      const redeemed = await redeemTicket(mount, 'login', ticket)
      const read = redeemed?.mounted.codec.read(redeemed.text)
      if (!redeemed || !read) return false
      if (isDeferred(own, redeemed.mounted.name)) await own.load(redeemed.mounted.name)
      own.set(redeemed.mounted.name, read.value, { regenerate: true })
      return true
    },
    async close() {
      mount.followings.close()
      await Promise.all(Array.from(storages.keys(), async (storage) => storage.close?.()))
    },
  }
  return Object.assign(sessionsMiddleware, management)
}

function isApplication(app: Pick<Application, 'keys'> | undefined): app is Application {
  return typeof (app as Partial<Application> | undefined)?.createContext === 'function'
}

/** Something else than a context has no sessions. */
function requestSessions(ctx: ExtendableContext | null | undefined): RequestSessions | undefined {
  return ctx?.sessions instanceof RequestSessions ? ctx.sessions : undefined
}

const TWO_APPS =
  'one sessions([…]) serves two apps whose keys differ, and would sign for both with the keys of one: make one for each app, or ' +
  'say which keys are meant: sessions([…], { keys })'

/** An app has keys, or at least could have. */
function checkApp(what: string, app: unknown): void {
  if (typeof app === 'object' && app !== null && ('keys' in app || isApplication(app as Application))) return
  throw new SessionConfigError(
    `${what}: 'app' must be the Koa app, not ${kindOf(app)}: write { app } with const app = new Koa()`,
  )
}

function requireKeys(session: string, app: Pick<Application, 'keys'>): void {
  if (app.keys !== undefined) return checkKeys(app.keys as readonly Key[], 'app.keys')
  throw new SessionKeysError(
    `session '${session}' has nothing to be signed with: set app.keys, or give it a 'transform' or a 'storage' (sending it in clear is spelled transform: plain())`,
    session,
  )
}

/** Behind an error that is the client's, what was set is stored; that storing fails must not hide the error. */
async function finishBehind(error: unknown, inner: RequestSessions): Promise<void> {
  try {
    await RequestSessions.finish(inner, statusOf(error) < 500)
  } catch (failure) {
    RequestSessions.exchangeOf(inner).report(failure)
  }
}

/** The status that Koa will answer an error with. */
function statusOf(error: unknown): number {
  if (!isError(error)) return 500
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown }
  const given = status || statusCode
  return typeof given === 'number' && given in STATUS_CODES ? given : 500
}
