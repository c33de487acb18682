import type { DefaultState, ExtendableContext, Next, ParameterizedContext } from 'koa'
import type { Awaitable } from '../base/awaitable.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import { checkOptionNames } from '../base/options.ts'
import type { AnyDefinition, DefinitionOf } from '../definition/definition.ts'
import { SessionNotMountedError } from '../errors.ts'
import { RequestSessions } from '../session/request-sessions.ts'
import { withReturnPath } from './return-path.ts'
import './context.ts'

/** Why a guard does not let a request pass: no session, one that `validate` refuses, one whose login is too long ago. */
export type ChallengeReason = 'no-session' | 'refused' | 'not-fresh'

/** What a guard does instead: answers by itself, or redirects to a page, with the way back as `returnTo` in the query. */
export type Challenge = string | ((ctx: ExtendableContext, reason: ChallengeReason) => unknown)

/** What {@link authenticate} may be told. */
export interface AuthenticateOptions<T extends object, P> {
  /** Who it is; nothing (`undefined`, `null`, `false`) where the session is not good enough. Default: the session's value. */
  readonly validate?: (session: Readonly<T>, ctx: ExtendableContext) => Awaitable<P | undefined | null | false>
  /** Default: 401. One that does not answer is a 401 all the same. */
  readonly challenge?: Challenge
  /** Whether this request passes unasked, without a principal. Default: none does. */
  readonly skipWhen?: (ctx: ExtendableContext) => boolean
  /** Whether a request without a session passes, without a principal. One whose session is refused does not. Default `false`. */
  readonly optional?: boolean
}

/** Koa middleware behind which `ctx.principal` is known. */
export type Guard<P> = (ctx: ParameterizedContext<DefaultState, { principal: P }>, next: Next) => Promise<void>

/**
 * Lets only requests with a good session pass, and says who it is: `ctx.principal`, typed, and not undefined behind it unless the
 * guard is `optional` or has a `skipWhen`. Mount `sessions([…])` before it.
 *
 * @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) at a request where the definition is not mounted.
 *
 * @example
 * router.get('/account', authenticate(UserSession, { challenge: '/login' }), (ctx) => {
 *   ctx.body = `hello ${ctx.principal.id}`
 * })
 */
export function authenticate<T extends object, P = Readonly<T>>(
  definition: DefinitionOf<T>,
  options: AuthenticateOptions<T, P> &
    ({ readonly optional: true } | { readonly skipWhen: (ctx: ExtendableContext) => boolean }),
): Guard<P | undefined>
export function authenticate<T extends object, P = Readonly<T>>(
  definition: DefinitionOf<T>,
  options?: AuthenticateOptions<T, P>,
): Guard<P>
export function authenticate(
  definition: AnyDefinition,
  options: AuthenticateOptions<object, unknown> = {},
): Guard<unknown> {
  checkOptionNames('authenticate', options, ['validate', 'challenge', 'skipWhen', 'optional'])
  const { validate = (session: object) => session, challenge, skipWhen, optional } = options
  return async function sessionGuard(ctx, next) {
    if (skipWhen?.(ctx)) return next()
    const value = await load(ctx, definition)
    if (value === undefined && optional) return next()
    const principal = value && (await validate(value, ctx))
    if (!principal) return deny(ctx, challenge, value ? 'refused' : 'no-session')
    ctx.principal = principal
    await next()
  }
}

/** What {@link requireFresh} may be told. */
export interface RequireFreshOptions {
  /** Default: 401. One that does not answer is a 401 all the same. */
  readonly challenge?: Challenge
}

/**
 * Lets only requests pass whose login is recent, for pages that change what a login is worth (OWASP ASVS 7.5.1). The time of the
 * last login counts; renewals, updates and new ids do not move it.
 *
 * @param maxAge How long ago the login may be.
 * @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) at a request where the definition is not mounted.
 *
 * @example
 * router.post('/password', requireFresh(UserSession, '10m', { challenge: '/login' }), (ctx) => {
 *   ctx.body = 'changed'
 * })
 */
export function requireFresh(
  definition: AnyDefinition,
  maxAge: Duration,
  options: RequireFreshOptions = {},
): (ctx: ParameterizedContext, next: Next) => Promise<void> {
  checkOptionNames('requireFresh', options, ['challenge'])
  const { challenge } = options
  const limit = milliseconds(maxAge, 'requireFresh(definition, maxAge)')
  return async function freshGuard(ctx, next) {
    const value = await load(ctx, definition)
    const age = mounted(ctx).age(definition)
    if (value === undefined || age === undefined) return deny(ctx, challenge, 'no-session')
    if (age > limit) return deny(ctx, challenge, 'not-fresh')
    await next()
  }
}

/** The session's value; reads a deferred one. */
async function load(ctx: ExtendableContext, definition: AnyDefinition): Promise<object | undefined> {
  const sessions = mounted(ctx)
  return sessions.isDeferred(definition) ? sessions.load(definition) : sessions.get(definition)
}

function mounted(ctx: ExtendableContext): RequestSessions {
  if (ctx.sessions instanceof RequestSessions) return ctx.sessions
  throw new SessionNotMountedError('a guard has no sessions to look at: mount sessions([…]) before it')
}

async function deny(ctx: ExtendableContext, challenge: Challenge | undefined, reason: ChallengeReason): Promise<void> {
  if (typeof challenge === 'string') {
    ctx.redirect(withReturnPath(ctx, challenge))
    // What was sent by POST must not be sent again to another page.
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') ctx.status = 303
    return
  }
  await challenge?.(ctx, reason)
  const answered = ctx.respond === false || ctx.headerSent || ctx.status !== 404 || ctx.body !== undefined
  if (!answered) ctx.throw(401)
}
