import { milliseconds, type Duration } from '../base/duration.ts'
import { checkCount } from '../base/options.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError } from '../errors.ts'
import type { Lifetimes } from '../base/expiry.ts'
import { codec, type Codec } from './codec.ts'
import { checkName } from './name.ts'
import {
  checkSessionOptions,
  isAuthenticated,
  type CookieSessionOptions,
  type SessionOptions,
  type TransportKind,
} from './options.ts'

declare const types: unique symbol

/** The default of the option `maxSize`, in bytes. */
const MAX_SIZE = 1024 * 1024

/**
 * A session: its type, its name and its options. `cookie`, `header` and `session` make it, `sessions([…])` mounts it, and handlers use it
 * as the key of the session.
 *
 * `T` is the type of the value, `F` the type of the flash values. It prints as its name and never shows its options, which may hold keys.
 */
export interface SessionDefinition<T extends object, F extends object = {}, Name extends string = string> {
  readonly name: Name
  /** Carries the types, and prevents other objects from passing for a definition. It does not exist at run time. */
  readonly [types]: { readonly value: (value: T) => T; readonly flash: (flash: F) => F }
}

/** The type of a definition's value: `SessionValue<typeof Prefs>`. */
export type SessionValue<D> = D extends SessionDefinition<infer T, infer _F> ? T : never

/** Any definition, whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- a definition's types are invariant: only any accepts all
export type AnyDefinition = SessionDefinition<any, any>

/** A definition of one type of value, with any flash values. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export type DefinitionOf<T extends object> = SessionDefinition<T, any>

/** A definition's options, checked and with their defaults. */
export interface Plan {
  readonly name: string
  readonly kind: TransportKind
  readonly transport: SessionTransport
  readonly lifetimes: Lifetimes
  /** By id: the maximum number of bytes of one session in the storage. */
  readonly maxSize: number
  readonly codec: Codec
  /** Whether only this app can have written what is read, see {@link isAuthenticated}. */
  readonly authenticated: boolean
  readonly options: SessionOptions<object>
}

class Definition {
  readonly name: string
  readonly #plan: Plan

  constructor(plan: Plan) {
    this.name = plan.name
    this.#plan = plan
    Object.freeze(this)
  }

  static plan(definition: object): Plan | undefined {
    return #plan in definition ? definition.#plan : undefined
  }
}

/** The options of a definition; `undefined` for anything else. */
export function planOf(definition: unknown): Plan | undefined {
  return typeof definition === 'object' && definition !== null ? Definition.plan(definition) : undefined
}

/**
 * @param makeTransport Called after the name and the options have been checked.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on an invalid name or invalid options.
 */
export function define<O extends SessionOptions<object>>(
  kind: TransportKind,
  name: string,
  options: O,
  makeTransport: (options: O) => SessionTransport,
): AnyDefinition {
  checkName(kind, name)
  checkSessionOptions(kind, name, options)
  const transport = makeTransport(options)
  const maxSize = checkCount(`session '${name}': maxSize`, options.maxSize === undefined ? MAX_SIZE : options.maxSize)
  const lifetimes = lifetimesOf(name, options)
  const authenticated = isAuthenticated(options)
  const plan = { name, kind, transport, lifetimes, maxSize, codec: codec(name, options), authenticated, options }
  return new Definition(plan) as unknown as AnyDefinition
}

function lifetimesOf(name: string, options: SessionOptions<object>): Lifetimes {
  const timeout = (option: 'idleTimeout' | 'absoluteTimeout', standard: Duration): number | null => {
    const { [option]: given = standard } = options
    if (given === null) return null
    const length = milliseconds(given, `session '${name}': ${option}`)
    if (length > 0) return length
    throw new SessionConfigError(`session '${name}': ${option} must be above 0: write null for no limit`, name)
  }
  const idleTimeout = timeout('idleTimeout', '7d')
  const absoluteTimeout = timeout('absoluteTimeout', '30d')
  const touchAfter =
    options.touchAfter === undefined
      ? Math.ceil(Math.min(idleTimeout ?? 0, cookieAge(options)) / 10)
      : milliseconds(options.touchAfter, `session '${name}': touchAfter`)
  if (idleTimeout !== null && touchAfter >= idleTimeout) {
    throw new SessionConfigError(
      `session '${name}': touchAfter must be below idleTimeout: otherwise the session is never renewed`,
      name,
    )
  }
  return { idleTimeout, absoluteTimeout, touchAfter }
}

/** The fixed `maxAge` of the cookie, if the definition has one: the cookie must be renewed in time, too. */
function cookieAge({ cookie }: CookieSessionOptions<object>): number {
  const maxAge = cookie?.maxAge
  return typeof maxAge === 'number' || typeof maxAge === 'string' ? milliseconds(maxAge, 'maxAge') : Infinity
}
