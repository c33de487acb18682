import type { SchemaOutput, StandardSchema } from '../base/standard-schema.ts'
import { headerTransport } from '../transports/header.ts'
import { define, type AnyDefinition, type SessionDefinition } from './definition.ts'
import type { HeaderSessionOptions } from './options.ts'

/**
 * A session that travels in a header of its name, for clients that are no browsers.
 *
 * By value, signed with the app's keys, unless `storage` or `transform` says otherwise. A new token stands in the response
 * header of the same name (or of `response`'s); an empty one tells the client to forget its token. `vary` and, for
 * pages of other origins, `Access-Control-Expose-Headers` are set with it.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on options that cannot work, saying what to write instead.
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
