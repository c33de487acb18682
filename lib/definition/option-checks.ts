import { isClass, kindOf } from '../base/kind.ts'
import type { Fail, OptionRule } from '../base/options.ts'

/** The methods that tell the value of an option. */
const METHODS = {
  storage: ['create', 'read', 'update', 'touch', 'delete', 'rotate'],
  revocations: ['create', 'read', 'update'],
  transform: ['bind'],
  serializer: ['stringify', 'parse'],
  transport: ['receive', 'send', 'clear'],
} as const

/** The option whose value was given in place of the options; `undefined` for any other value. */
export function mistakenFor(options: unknown): string | undefined {
  // Every function has a `bind`; ArkType's schemas are functions.
  if (typeof options === 'function') return isClass(options) ? 'type' : '~standard' in options ? 'schema' : undefined
  if (typeof options !== 'object' || options === null) return undefined
  if ('~standard' in options) return 'schema'
  return (['storage', 'transform', 'serializer', 'transport'] as const).find((option) =>
    METHODS[option].every((method) => method in options),
  )
}

/** A rule that asks for methods. The usual mistakes have their own messages: a promise, a function that was not called, a bare client. */
export function withMethods(option: keyof typeof METHODS, example: string): OptionRule {
  return (value, fail) => {
    const has = (method: string): boolean => typeof (value as Record<string, unknown> | null)?.[method] === 'function'
    const missing = METHODS[option].find((method) => !has(method))
    if (missing === undefined) return
    const kind = kindOf(value)
    if (value === null) fail(`'${option}' is null: leave it out, or write { ${option}: ${example} }`)
    if (kind === 'a promise') fail(`'${option}' is a promise: await it first`)
    if (typeof value === 'function' && example.endsWith(')'))
      fail(`'${option}' is given ${kind}: call it first, as in { ${option}: ${example} }`)
    if (has('sendCommand') || has('evalsha'))
      fail(`'${option}' is given the client of a database: write { ${option}: redisStorage(client) }`)
    if (has('query')) fail(`'${option}' is given the client of a database: write { ${option}: postgresStorage(pool) }`)
    if (has('destroy') && has('get') && has('set'))
      fail(`'${option}' is given a store of express-session: write { ${option}: expressStorage(store) }`)
    fail(`'${option}' must be something such as ${example}, not ${kind}: it has no method '${missing}'`)
  }
}

const checkTransformer = withMethods('transform', 'encrypt({ keys })')

export function checkTransform(transform: unknown, fail: Fail): void {
  if (transform === null) fail("'transform' is null: leave it out, or write transform: plain() to protect nothing")
  for (const one of [transform].flat() as unknown[]) {
    if (typeof one === 'function') fail("'transform' is given a function: call it, as in encrypt({ keys })")
    checkTransformer(one, fail)
  }
}

export function checkSchema(schema: unknown, fail: Fail): void {
  const { validate } = (schema as { '~standard'?: { validate?: unknown } } | null)?.['~standard'] ?? {}
  if (typeof validate === 'function') return
  fail(
    `'schema' must be a Standard Schema (Zod, Valibot, ArkType …), not ${kindOf(schema)} that has no '~standard'.validate`,
  )
}

/** An arrow function and a method have no prototype, and so no instances. */
export function checkClass(type: unknown, fail: Fail): void {
  if (typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null) return
  const kind = kindOf(type)
  const isInstance = typeof type === 'object' && type !== null && !/^an? (?:object|array|promise)$/.test(kind)
  const given = typeof type === 'function' ? 'an arrow function' : isInstance ? `an instance (${kind})` : kind
  fail(`'type' must be a class, as in { type: Cart }, not ${given}`)
}

export function checkConflict(conflict: unknown, fail: Fail): void {
  if (conflict !== 'overwrite' && conflict !== 'reject') fail("'conflict' must be 'overwrite' or 'reject'")
}

const checkTransportMethods = withMethods('transport', '{ receive, send, clear }')

export function checkTransport(transport: unknown, fail: Fail): void {
  if (!transport) fail("there is no 'transport': give { receive, send, clear }, or use cookie() or header()")
  checkTransportMethods(transport, fail)
  const { claims } = transport as { claims?: unknown }
  if (claims !== undefined && !Array.isArray(claims))
    fail(`'claims' of the transport must be a list, such as ['header x-session'], not ${kindOf(claims)}`)
}
