import type { SchemaOutput, StandardSchema } from '../base/standard-schema.ts'
import { headerTransport } from '../transports/header.ts'
import { define, type AnyDefinition, type SessionDefinition } from './definition.ts'
import type { HeaderSessionOptions } from './options.ts'

/**
 * A session that travels in a header of its name, for clients other than browsers.
 *
 * By default, the token holds the value, signed with the app's keys; `storage` and `transform` change that. The response carries a new token
 * in the header of the same name, or of `response`'s. An empty header tells the client to forget its token. `Vary` and, for pages of other
 * origins, `Access-Control-Expose-Headers` are set too.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on invalid options, saying what to write instead.
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) on a key that is too short.
 *
 * @example
 * interface ApiSession { token: string }
 * const ApiSession = header<ApiSession>('Authorization', { scheme: 'Bearer', response: 'X-Session' })
 */
export function header<const Name extends string, S extends StandardSchema<unknown, object>>(
  name: Name,
  options: HeaderSessionOptions<SchemaOutput<S>> & { readonly schema: S },
): SessionDefinition<SchemaOutput<S>, {}, Name>
export function header<T extends object, F extends object = {}>(
  name: string,
  options?: HeaderSessionOptions<T>,
): SessionDefinition<T, F>
// oxlint-disable-next-line typescript/no-explicit-any -- the overloads say which types go together
export function header(name: string, options: HeaderSessionOptions<any> = {}): AnyDefinition {
  return define('header', name, options, (checked) => headerTransport(name, checked))
}
