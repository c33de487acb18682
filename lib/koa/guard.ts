import type { DefaultState, ExtendableContext, Next, ParameterizedContext } from 'koa'
import { letGo, type Awaitable } from '../base/awaitable.ts'
import { milliseconds, type Duration } from '../base/duration.ts'
import { kindOf } from '../base/kind.ts'
import { checkOptions } from '../base/options.ts'
import {
  resolvedDefinition,
  type AnyDefinition,
  type DefinitionOf,
  type ResolvedDefinition,
} from '../definition/definition.ts'
import { SessionConfigError } from '../errors.ts'
import { sessionAge } from '../request/request-sessions.ts'
import { loaded, requireSessions } from './current-sessions.ts'
import { withReturnPath } from './return-path.ts'
import './context.ts'

/** Why a guard refuses a request: no session, a session that `validate` refuses, a login that is too long ago. */
export type ChallengeReason = 'no-session' | 'refused' | 'not-fresh'

/** How a guard responds instead: a function that responds, or a page to redirect to, with the return path as `returnTo` in the query. */
export type Challenge = string | ((ctx: ExtendableContext, reason: ChallengeReason) => unknown)

/** The options of {@link authenticate}. */
export interface AuthenticateOptions<T extends object, P> {
  /** Returns the principal, or a falsy value to refuse the session. Default: the session's value. */
  readonly validate?: (session: Readonly<T>, ctx: ExtendableContext) => Awaitable<P | undefined | null | false>
  /** Default: 401. Also 401 if it sets neither status nor body. */
  readonly challenge?: Challenge
  /**
   * Whether this request passes without a check and without a principal. Synchronous; anything but `true` or `false`, such as a
   * promise, is an error at the request (`ERR_SESSION_CONFIG`). Default: no request does.
   */
  readonly skipWhen?: (ctx: ExtendableContext) => boolean
  /** Whether a request without a session passes, without a principal. A refused session does not pass. Default `false`. */
  readonly optional?: boolean
}

/** Koa middleware that sets `ctx.principal`. */
export type Guard<P> = (ctx: ParameterizedContext<DefaultState, { principal: P }>, next: Next) => Promise<void>

/**
 * Lets only requests with a valid session pass, and sets `ctx.principal`: typed, and defined in later handlers unless the guard is
 * `optional` or has a `skipWhen`. Mount `sessions([…])` before it.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `definition` is not a definition, or an option is invalid; at a request if
 *   `skipWhen` returns anything but `true` or `false`.
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
  const checks = { validate: 'function', challenge: 'any', skipWhen: 'function', optional: 'boolean' } as const
  checkOptions(what, options, checks, name)
  checkChallenge(what, options.challenge, name)
  const { validate = (session: object) => session, challenge, skipWhen, optional } = options
  return async function sessionGuard(ctx, next) {
    const pass = (principal: unknown): Promise<void> => {
      // Set even if undefined: never inherit an outer guard's principal.
      ctx.principal = principal
      return next()
    }
    if (skipWhen && isSkipped(skipWhen(ctx), what, name)) return pass(undefined)
    const value = (await loaded(requireSessions(ctx, what, name), definition)).get(definition)
    if (value === undefined) return optional ? pass(undefined) : deny(ctx, challenge, 'no-session')
    const principal = await validate(value, ctx)
    return principal ? pass(principal) : deny(ctx, challenge, 'refused')
  }
}

/** The options of {@link requireFresh}. */
export interface RequireFreshOptions {
  /** Default: 401. Also 401 if it sets neither status nor body. */
  readonly challenge?: Challenge
}

/**
 * Lets only requests with a recent login pass, for sensitive changes to an account (OWASP ASVS 7.5.1). The time of the last login
 * counts; renewals, updates and new ids do not change it. When a user logs in again under the same subject, write
 * `set(definition, value, { regenerate: true })`.
 *
 * @param maxAge How long ago the login may be.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `definition` or `maxAge` is invalid, or an option is unknown.
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
  checkOptions(what, options, { challenge: 'any' }, name)
  checkChallenge(what, options.challenge, name)
  const { challenge } = options
  const limit = milliseconds(maxAge, `session '${name}': the second argument of requireFresh(definition, maxAge)`)
  return async function freshGuard(ctx, next) {
    const sessions = await loaded(requireSessions(ctx, what, name), definition)
    if (sessions.get(definition) === undefined) return deny(ctx, challenge, 'no-session')
    // A session that this request begins is not stored yet, and has no age.
    const age = sessionAge(sessions, definition) ?? 0
    return age > limit ? deny(ctx, challenge, 'not-fresh') : next()
  }
}

/** Also refuses `undefined`, which `get` takes for the app's only session. */
function checkedDefinition(what: string, definition: unknown): ResolvedDefinition {
  const resolved = resolvedDefinition(definition)
  if (resolved) return resolved
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

/** A promise is truthy, and would let every request pass. */
function isSkipped(answer: unknown, what: string, name: string): boolean {
  if (typeof answer === 'boolean') return answer
  letGo(answer)
  throw new SessionConfigError(`${what}: 'skipWhen' must return true or false, not ${kindOf(answer)}`, name)
}

async function deny(ctx: ExtendableContext, challenge: Challenge | undefined, reason: ChallengeReason): Promise<void> {
  if (typeof challenge === 'string') {
    ctx.redirect(withReturnPath(ctx, challenge))
    // The browser must not repeat a POST to the other page.
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') ctx.status = 303
    return
  }
  // What an earlier middleware has put on the response is not an answer of the challenge.
  const before = answerOf(ctx)
  await challenge?.(ctx, reason)
  const after = answerOf(ctx)
  if (before.every((part, index) => part === after[index])) ctx.throw(401)
}

function answerOf({ status, body, respond, headerSent }: ExtendableContext): readonly unknown[] {
  return [status, body, respond, headerSent]
}
