import type { SchemaOutput, StandardSchema } from '../base/standard-schema.ts'
import { cookieTransport } from '../transports/cookie.ts'
import { define, type AnyDefinition, type SessionDefinition } from './definition.ts'
import type { CookieSessionOptions } from './options.ts'

/**
 * A session that travels in a cookie of its name.
 *
 * By default, the token holds the value, signed with the app's keys; `storage` and `transform` change that. The session ends 7 days after
 * its last use, and 30 days after its creation. The cookie has `Path=/`, HttpOnly and `SameSite=Lax`, and is Secure in production and on
 * requests over TLS.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on invalid options, saying what to write instead.
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) on a key that is too short.
 *
 * @example
 * interface UserSession { id: string; count: number }
 * const UserSession = cookie<UserSession>('user_session', {
 *   storage: directoryStorage('.sessions'),
 *   subject: (session) => session.id,
 *   idleTimeout: '30m',
 * })
 */
export function cookie<const Name extends string, S extends StandardSchema<unknown, object>>(
  name: Name,
  options: CookieSessionOptions<SchemaOutput<S>> & { readonly schema: S },
): SessionDefinition<SchemaOutput<S>, {}, Name>
export function cookie<T extends object, F extends object = {}>(
  name: string,
  options?: CookieSessionOptions<T>,
): SessionDefinition<T, F>
// oxlint-disable-next-line typescript/no-explicit-any -- the overloads say which types go together
export function cookie(name: string, options: CookieSessionOptions<any> = {}): AnyDefinition {
  return define('cookie', name, options, (checked) => cookieTransport(name, checked.cookie))
}
