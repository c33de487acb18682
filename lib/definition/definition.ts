import { milliseconds, type Duration } from '../base/duration.ts'
import { checkCount } from '../base/options.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError } from '../errors.ts'
import type { Lifetimes } from '../lifecycle/lifetimes.ts'
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

/** How many bytes of one session a storage keeps, unless the definition says otherwise. */
const MAX_SIZE = 1024 * 1024

/**
 * A session: its type, its name and its options. Made by `cookie`, `header` or `session`, mounted by `sessions([…])`, and
 * then the key that handlers use it by.
 *
 * `T` is the value's type, `F` that of its flash values. Prints as its name; shows no option, so no key.
 */
export interface SessionDefinition<T extends object, F extends object = {}, Name extends string = string> {
  readonly name: Name
  /** Carries the types; it is not there at run time. Makes sure that no other object passes for a definition. */
  readonly [types]: { readonly value: (value: T) => T; readonly flash: (flash: F) => F }
}

/** The type of a definition's value: `SessionValue<typeof Prefs>`. */
export type SessionValue<D> = D extends SessionDefinition<infer T, infer _F> ? T : never

/** Any definition, whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- a definition's types are invariant: nothing else takes them all
export type AnyDefinition = SessionDefinition<any, any>

/** A definition of one type of value, whatever its flash values. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export type DefinitionOf<T extends object> = SessionDefinition<T, any>

/** What a definition says, checked and with its defaults. */
export interface Plan {
  readonly name: string
  readonly kind: TransportKind
  readonly transport: SessionTransport
  readonly lifetimes: Lifetimes
  /** By id: how many bytes a storage keeps of one session at most. */
  readonly maxSize: number
  readonly codec: Codec
  /** Whether what is read was written by this app: it comes from the storage, or a transformer has verified it. */
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

/** What a definition says; `undefined` for anything that is no definition. */
export function planOf(definition: unknown): Plan | undefined {
  return typeof definition === 'object' && definition !== null ? Definition.plan(definition) : undefined
}

/**
 * @param makeTransport Called once the name and the options are known to be good.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on whatever cannot work.
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
    throw new SessionConfigError(`session '${name}': ${option} must be above 0; null is no limit`, name)
  }
  const idleTimeout = timeout('idleTimeout', '7d')
  const absoluteTimeout = timeout('absoluteTimeout', '30d')
  const touchAfter =
    options.touchAfter === undefined
      ? Math.ceil(Math.min(idleTimeout ?? 0, cookieAge(options)) / 10)
      : milliseconds(options.touchAfter, `session '${name}': touchAfter`)
  if (idleTimeout !== null && touchAfter >= idleTimeout) {
    throw new SessionConfigError(
      `session '${name}': touchAfter must be below idleTimeout, or nothing is ever renewed`,
      name,
    )
  }
  return { idleTimeout, absoluteTimeout, touchAfter }
}

/** How long the client keeps its token at the most, where the definition says so: it must be renewed in time as well. */
function cookieAge({ cookie }: CookieSessionOptions<object>): number {
  const maxAge = cookie?.maxAge
  return typeof maxAge === 'number' || typeof maxAge === 'string' ? milliseconds(maxAge, 'maxAge') : Infinity
}
