import type { SchemaOutput, StandardSchema } from '../base/standard-schema.ts'
import { define, type AnyDefinition, type SessionDefinition } from './definition.ts'
import type { CustomSessionOptions } from './options.ts'

/**
 * A session with a custom transport, such as a query parameter for a signed link.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on invalid options, saying what to write instead.
 *
 * @example
 * interface Invitation { email: string }
 * const Invitation = session<Invitation>('invitation', {
 *   absoluteTimeout: '2d',
 *   transport: {
 *     receive: ({ context }) => String(context.query['invitation'] ?? '') || null,
 *     send: ({ context }, token) => context.set('X-Invitation', token),
 *     clear: () => {},
 *   },
 * })
 */
export function session<const Name extends string, S extends StandardSchema<unknown, object>>(
  name: Name,
  options: CustomSessionOptions<SchemaOutput<S>> & { readonly schema: S },
): SessionDefinition<SchemaOutput<S>, {}, Name>
export function session<T extends object, F extends object = {}>(
  name: string,
  options: CustomSessionOptions<T>,
): SessionDefinition<T, F>
// oxlint-disable-next-line typescript/no-explicit-any -- the overloads say which types go together
export function session(name: string, options: CustomSessionOptions<any>): AnyDefinition {
  return define('custom', name, options, ({ transport }) => transport)
}
