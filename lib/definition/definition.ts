import { milliseconds, type Duration } from '../base/duration.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError } from '../errors.ts'
import type { Lifetimes } from '../lifecycle/lifetimes.ts'
import { codec, type Codec } from './codec.ts'
import { OPTION_NAMES, type SessionOptions } from './options.ts'

declare const types: unique symbol

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

export type TransportKind = 'cookie' | 'header' | 'custom'

/** What a definition says, checked and with its defaults. */
export interface Plan {
  readonly name: string
  readonly kind: TransportKind
  readonly transport: SessionTransport
  readonly lifetimes: Lifetimes
  readonly codec: Codec
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

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on whatever cannot work. */
export function define(
  kind: TransportKind,
  name: string,
  transport: SessionTransport,
  options: SessionOptions<object>,
): AnyDefinition {
  const fail = (what: string): never => {
    throw new SessionConfigError(`session '${name}': ${what}`, name)
  }
  const unknown = Object.keys(options).filter((option) => !OPTION_NAMES[kind].includes(option))
  if (unknown.length > 0) fail(`there is no option '${unknown[0]}'; there are ${OPTION_NAMES[kind].join(', ')}`)

  const { storage, conflict, revocations } = options
  if (storage && revocations) fail("'revocations' is for sessions by value: those in a 'storage' are deleted there")
  if (revocations && !options.subject) fail("'revocations' needs a 'subject': whose sessions are revoked?")
  if (!storage) {
    for (const option of ['generateId', 'conflict', 'deferred'] as const) {
      if (options[option] !== undefined) fail(`'${option}' is for sessions by id: give a 'storage', or leave it out`)
    }
  }
  if (conflict !== undefined && conflict !== 'overwrite' && conflict !== 'reject')
    fail("conflict must be 'overwrite' or 'reject'")
  expectMethods(fail, 'storage', storage, ['create', 'read', 'update', 'touch', 'delete', 'rotate'])
  expectMethods(fail, 'revocations', revocations, ['create', 'read', 'update'])
  if (revocations?.evicts) {
    fail(
      "'revocations' is a storage that drops what is alive when it is full: give it one that keeps everything, such as redisStorage, postgresStorage or directoryStorage, or memoryStorage({ maxSessions: Infinity }) for tests",
    )
  }
  expectMethods(fail, 'serializer', options.serializer, ['stringify', 'parse'])
  expectMethods(fail, 'schema', options.schema?.['~standard'] ?? options.schema, ['validate'])
  if (!transport) fail("there is no 'transport': give { receive, send, clear }, or use cookie() or header()")
  expectMethods(fail, 'transport', transport, ['receive', 'send', 'clear'])
  if (Array.isArray(options.transform) && options.transform.length === 0 && !storage)
    fail("'transform' is an empty list, which protects nothing: leave it out, or write transform: plain()")
  for (const transformer of [options.transform ?? []].flat()) {
    if (typeof transformer === 'function') fail("'transform' is given a function: call it, as in encrypt({ keys })")
    expectMethods(fail, 'transform', transformer, ['bind'])
  }
  for (const option of ['generateId', 'subject', 'onInvalid', 'type'] as const) {
    if (options[option] !== undefined && typeof options[option] !== 'function') fail(`'${option}' must be a function`)
  }

  const plan = { name, kind, transport, lifetimes: lifetimesOf(name, options), codec: codec(name, options), options }
  return new Definition(plan) as unknown as AnyDefinition
}

function expectMethods(
  fail: (what: string) => never,
  option: string,
  value: unknown,
  methods: readonly string[],
): void {
  if (value === undefined) return
  const missing = methods.find((method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function')
  if (missing) fail(`'${option}' has no method '${missing}'`)
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
      ? Math.ceil((idleTimeout ?? 0) / 10)
      : milliseconds(options.touchAfter, `session '${name}': touchAfter`)
  if (idleTimeout !== null && touchAfter >= idleTimeout) {
    throw new SessionConfigError(
      `session '${name}': touchAfter must be below idleTimeout, or nothing is ever renewed`,
      name,
    )
  }
  return { idleTimeout, absoluteTimeout, touchAfter }
}
