import type { DefaultState, ExtendableContext, Next, ParameterizedContext } from 'koa'
import { letGo, type Awaitable } from '../base/awaitable.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import { kindOf } from '../base/kind.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { planOf, type AnyDefinition, type DefinitionOf, type Plan } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError } from '../errors.ts'
import { isDeferred, RequestSessions, sessionAge } from '../request/request-sessions.ts'
import { withReturnPath } from './return-path.ts'
import './context.ts'

/** Why a guard does not let a request pass: no session, one that `validate` refuses, one whose login is too long ago. */
export type ChallengeReason = 'no-session' | 'refused' | 'not-fresh'

/** What a guard does instead: answers by itself, or redirects to a page, with the way back as `returnTo` in the query. */
export type Challenge = string | ((ctx: ExtendableContext, reason: ChallengeReason) => unknown)

/** What {@link authenticate} may be told. */
export interface AuthenticateOptions<T extends object, P> {
  /** Who it is; nothing (whatever is falsy) where the session is not good enough. Default: the session's value. */
  readonly validate?: (session: Readonly<T>, ctx: ExtendableContext) => Awaitable<P | undefined | null | false>
  /** Default: 401. One that does not answer is a 401 all the same. */
  readonly challenge?: Challenge
  /**
   * Whether this request passes unasked, without a principal: `true` or `false`, at once. Anything else, a promise too, is
   * `ERR_SESSION_CONFIG` at the request, which does not pass. Default: none does.
   */
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
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on what is no definition, and on options that cannot work; at a request where
 *   `skipWhen` gives something else than `true` or `false`.
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
  const { name } = checkedDefinition('authenticate', definition)
  const what = `authenticate() of session '${name}'`
  checkOptionNames(what, options, ['validate', 'challenge', 'skipWhen', 'optional'], name)
  checkOptionTypes(what, options, { validate: 'function', skipWhen: 'function', optional: 'boolean' }, name)
  checkChallenge(what, options.challenge, name)
  const { validate = (session: object) => session, challenge, skipWhen, optional } = options
  return async function sessionGuard(ctx, next) {
    const pass = (principal: unknown): Promise<void> => {
      // Also where it is nobody: whom another guard has let pass is not whom this one vouches for.
      ctx.principal = principal
      return next()
    }
    if (skipWhen && isSkipped(skipWhen(ctx), what, name)) return pass(undefined)
    const value = await load(ctx, definition)
    if (value === undefined) return optional ? pass(undefined) : deny(ctx, challenge, 'no-session')
    const principal = await validate(value, ctx)
    return principal ? pass(principal) : deny(ctx, challenge, 'refused')
  }
}

/** What {@link requireFresh} may be told. */
export interface RequireFreshOptions {
  /** Default: 401. One that does not answer is a 401 all the same. */
  readonly challenge?: Challenge
}

/**
 * Lets only requests pass whose login is recent, for pages that change what a login is worth (OWASP ASVS 7.5.1). The time of the
 * last login counts; renewals, updates and new ids do not move it. Where a user signs in again under the same subject, say so
 * by `set(definition, value, { regenerate: true })`.
 *
 * @param maxAge How long ago the login may be.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on what is no definition or no duration, and on unknown options.
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
  const { name } = checkedDefinition('requireFresh', definition)
  const what = `requireFresh() of session '${name}'`
  checkOptionNames(what, options, ['challenge'], name)
  checkChallenge(what, options.challenge, name)
  const { challenge } = options
  const limit = milliseconds(maxAge, `session '${name}': the second argument of requireFresh(definition, maxAge)`)
  return async function freshGuard(ctx, next) {
    const value = await load(ctx, definition)
    if (value === undefined) return deny(ctx, challenge, 'no-session')
    // One that this very request begins is not stored yet, and has no age.
    const age = sessionAge(mounted(ctx), definition) ?? 0
    return age > limit ? deny(ctx, challenge, 'not-fresh') : next()
  }
}

/** The session's value; reads a deferred one. */
async function load(ctx: ExtendableContext, definition: AnyDefinition): Promise<object | undefined> {
  const sessions = mounted(ctx)
  return isDeferred(sessions, definition) ? sessions.load(definition) : sessions.get(definition)
}

/** Nothing at all would pass for the app's only session. */
function checkedDefinition(what: string, definition: unknown): Plan {
  const plan = planOf(definition)
  if (plan) return plan
  throw new SessionConfigError(
    `${what}() takes a definition, made by cookie(), header() or session(), not ${kindOf(definition)}`,
  )
}

function checkChallenge(what: string, challenge: unknown, name: string): void {
  if (challenge === undefined || typeof challenge === 'function') return
  if (typeof challenge === 'string' && challenge !== '') return
  const given = challenge === '' ? 'an empty string' : kindOf(challenge)
  throw new SessionConfigError(
    `${what}: 'challenge' must be the address of a page, such as '/login', or a function, not ${given}`,
    name,
  )
}

/** A promise is truthy, and would let everybody pass. */
function isSkipped(answer: unknown, what: string, name: string): boolean {
  if (typeof answer === 'boolean') return answer
  letGo(answer)
  throw new SessionConfigError(
    `${what}: 'skipWhen' must give true or false at once, and it gave ${kindOf(answer)}`,
    name,
  )
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
  // What was on the response before, a page for everybody say, is no answer to this request.
  const before = answerOf(ctx)
  await challenge?.(ctx, reason)
  const after = answerOf(ctx)
  if (before.every((part, index) => part === after[index])) ctx.throw(401)
}

function answerOf({ status, body, respond, headerSent }: ExtendableContext): readonly unknown[] {
  return [status, body, respond, headerSent]
}
