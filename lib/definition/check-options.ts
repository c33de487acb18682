import { isClass, kindOf } from '../base/kind.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { isWellFormed } from '../base/well-formed.ts'
import { SessionConfigError } from '../errors.ts'
import { isAuthenticated } from './authenticated.ts'
import { OPTION_NAMES, type SessionOptions, type TransportKind } from './options.ts'

/** What an app calls to make a definition. */
const MAKERS = { cookie: 'cookie', header: 'header', custom: 'session' } as const

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on what cannot name a session, saying what is missing. */
export function checkName(kind: TransportKind, name: unknown): void {
  const maker = MAKERS[kind]
  if (typeof name !== 'string') {
    const missing = name === undefined ? 'there is none' : `it is ${kindOf(name)}`
    throw new SessionConfigError(
      `${maker}() needs a name, a string, and ${missing}: write ${maker}('${kind === 'header' ? 'X-Cart' : 'cart'}', { … })`,
    )
  }
  // What else a cookie or a header may not be called, their transports know.
  if (name === '' && kind === 'custom') throw new SessionConfigError(`${maker}() needs a name, and it is empty`)
  // UTF-8 would make one name of several.
  if (!isWellFormed(name)) throw new SessionConfigError(`${maker}(): the name has half a character (a lone surrogate)`)
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on options that cannot work, saying what to write instead. */
export function checkOptions(kind: TransportKind, name: string, options: SessionOptions<object>): void {
  const fail = (what: string): never => {
    throw new SessionConfigError(`session '${name}': ${what}`, name)
  }
  const given = mistaken(options)
  if (given) fail(`the options are an object, and what was given is a ${given}: write { ${given}: … }`)
  const maker = `${MAKERS[kind]}()`
  checkOptionNames(`session '${name}': ${maker}`, options, OPTION_NAMES[kind], name)
  checkOptionTypes(
    `session '${name}'`,
    options,
    { generateId: 'function', subject: 'function', onInvalid: 'function', deferred: 'boolean' },
    name,
  )

  const { storage, transform, serializer, schema, type, conflict, revocations } = options
  expectMethods(fail, 'storage', storage, STORAGE, 'memoryStorage()')
  expectMethods(fail, 'revocations', revocations, ['create', 'read', 'update'], 'directoryStorage(path)')
  expectMethods(fail, 'serializer', serializer, ['stringify', 'parse'], 'JSON')
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    fail(
      `'schema' must be a Standard Schema (Zod, Valibot, ArkType …), not ${kindOf(schema)} that has no '~standard'.validate`,
    )
  }
  if (type !== undefined && !isConstructor(type))
    fail(`'type' must be a class, as in { type: Cart }, not ${notAClass(type)}`)
  checkTransform(fail, transform, storage !== undefined)
  if (kind === 'custom') expectTransport(fail, (options as { transport?: unknown }).transport)

  if (storage && revocations) fail("'revocations' is for sessions by value: those in a 'storage' are deleted there")
  if (revocations && !options.subject) fail("'revocations' needs a 'subject': whose sessions are revoked?")
  if (!storage) {
    for (const option of ['generateId', 'conflict', 'deferred', 'maxSize'] as const) {
      if (options[option] !== undefined) fail(`'${option}' is for sessions by id: give a 'storage', or leave it out`)
    }
  }
  if (revocations?.evicts) {
    fail(
      "'revocations' is a storage that drops what is alive when it is full: give it one that keeps everything, such as redisStorage, postgresStorage or directoryStorage, or memoryStorage({ maxSessions: Infinity }) for tests",
    )
  }
  if (revocations && !isAuthenticated(options)) {
    fail(
      "'revocations' needs a 'transform' that authenticates, such as sign() or encrypt(): a client can change what plain() sends",
    )
  }
  if (conflict !== undefined && conflict !== 'overwrite' && conflict !== 'reject')
    fail("conflict must be 'overwrite' or 'reject'")
}

type Fail = (what: string) => never

const STORAGE = ['create', 'read', 'update', 'touch', 'delete', 'rotate']

/** By which methods something is known that was meant for an option. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  storage: STORAGE,
  transform: ['bind'],
  serializer: ['stringify', 'parse'],
  schema: ['~standard'],
  transport: ['receive', 'send', 'clear'],
}

/** The option that was given in the place of all of them; `undefined` where the options are none of these. */
function mistaken(options: unknown): string | undefined {
  // Every function has a `bind`; one library's schemas are functions.
  if (typeof options === 'function') return isClass(options) ? 'type' : '~standard' in options ? 'schema' : undefined
  if (typeof options !== 'object' || options === null) return undefined
  return Object.keys(MEANT).find((option) => MEANT[option]?.every((method) => method in options))
}

/** What must be called first, or waited for, is said so: it is what goes wrong most. */
function expectMethods(fail: Fail, option: string, value: unknown, methods: readonly string[], example: string): void {
  if (value === undefined) return
  const missing = methods.find((method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function')
  if (missing === undefined) return
  const kind = kindOf(value)
  if (value === null) fail(`'${option}' is null: leave it out, or write { ${option}: ${example} }`)
  if (kind === 'a promise') fail(`'${option}' is a promise: await it first`)
  if (typeof value === 'function' && example.endsWith(')'))
    fail(`'${option}' is given ${kind}: call it first, as in { ${option}: ${example} }`)
  const wrapped = clientOf(value)
  fail(
    wrapped === undefined
      ? `'${option}' must be something such as ${example}, not ${kind}: it has no method '${missing}'`
      : `'${option}' is given ${wrapped.what}: write { ${option}: ${wrapped.maker} }`,
  )
}

/** What wraps a database's client, where it is one. */
function clientOf(value: unknown): { what: string; maker: string } | undefined {
  const has = (method: string): boolean => typeof (value as Record<string, unknown> | null)?.[method] === 'function'
  if (has('sendCommand') || has('evalsha')) return { what: 'the client of a database', maker: 'redisStorage(client)' }
  if (has('query')) return { what: 'the client of a database', maker: 'postgresStorage(pool)' }
  return has('destroy') && has('get') && has('set')
    ? { what: 'a store of express-session', maker: 'expressStorage(store)' }
    : undefined
}

function checkTransform(fail: Fail, transform: unknown, hasStorage: boolean): void {
  if (transform === undefined) return
  if (Array.isArray(transform) && transform.length === 0 && !hasStorage)
    fail("'transform' is an empty list, which protects nothing: leave it out, or write transform: plain()")
  if (transform === null) fail("'transform' is null: leave it out, or write transform: plain() to protect nothing")
  for (const one of [transform].flat() as unknown[]) {
    if (typeof one === 'function') fail("'transform' is given a function: call it, as in encrypt({ keys })")
    expectMethods(fail, 'transform', one, ['bind'], 'encrypt({ keys })')
  }
}

function expectTransport(fail: Fail, transport: unknown): void {
  if (!transport) fail("there is no 'transport': give { receive, send, clear }, or use cookie() or header()")
  expectMethods(fail, 'transport', transport, ['receive', 'send', 'clear'], '{ receive, send, clear }')
  const { claims } = transport as { claims?: unknown }
  if (claims !== undefined && !Array.isArray(claims))
    fail(`'claims' of the transport must be a list, such as ['header x-session'], not ${kindOf(claims)}`)
}

/** Whether instances can be made of it: an arrow function and a method have no prototype. */
function isConstructor(type: unknown): boolean {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null
}

function notAClass(type: unknown): string {
  if (typeof type === 'function') return 'an arrow function'
  const kind = kindOf(type)
  return typeof type === 'object' && type !== null && !/^an? (?:object|array|promise)$/.test(kind)
    ? `an instance (${kind})`
    : kind
}
