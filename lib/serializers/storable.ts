import { pathText, type Step } from '../base/path.ts'
import { SessionValueError } from '../errors.ts'

/** `plain`: JSON says it exactly. `rich`: it takes more, a Date or a Map, an `undefined`, a cycle. */
export type Shape = 'plain' | 'rich'

/** What a serializer keeps: JSON's own types, or superjson's besides. */
export type Kept = 'json' | 'superjson'

/** Serializers walk a value by recursion; far above what a session holds, far below what a stack does. */
const DEEPEST = 500

/**
 * Walks a value and refuses what would not come back as it went in, so that it is found where the value is set and not
 * where it is missing. Says whether plain JSON is enough.
 *
 * @throws SessionValueError (`ERR_SESSION_VALUE`) with the path to the first thing that cannot be kept.
 */
export function checkStorable(value: unknown, kept: Kept): Shape {
  return new Walk(kept).start(value)
}

class Walk {
  readonly #kept: Kept
  readonly #path: Step[] = []
  readonly #ancestors: object[] = []
  #shape: Shape = 'plain'
  /** Where a name stands that superjson refuses to write, as it was once a way to pollute prototypes. */
  #reserved: string | undefined

  constructor(kept: Kept) {
    this.#kept = kept
  }

  start(value: unknown): Shape {
    this.#visit(value)
    if (this.#shape === 'rich' && this.#reserved !== undefined) {
      throw new SessionValueError(
        `${this.#reserved}: a property of this name cannot be kept beside a Date, a Map or the like; rename it`,
        this.#reserved,
      )
    }
    return this.#shape
  }

  #visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return
        return Object.is(value, -0) && this.#kept === 'json' ? undefined : this.#rich('not a finite number')
      case 'undefined':
        return this.#rich('undefined')
      case 'bigint':
        return this.#rich('a BigInt')
      case 'object':
        return value === null ? undefined : this.#visitObject(value)
      default:
        this.#refuse(`a ${typeof value}`)
    }
  }

  #visitObject(value: object): void {
    if (this.#ancestors.includes(value)) return this.#rich('a cycle')
    if (this.#ancestors.length === DEEPEST) this.#refuse(`nested deeper than ${DEEPEST} levels`)
    this.#ancestors.push(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) this.#visitProperties(value as Record<string, unknown>)
    else if (Array.isArray(value)) this.#visitItems(value)
    else this.#visitBuiltIn(value, prototype)
    this.#ancestors.pop()
  }

  #visitProperties(value: Record<string, unknown>): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse('an object with a symbol for a key')
    for (const key of Object.keys(value)) {
      this.#path.push(key)
      if (key === '__proto__') this.#refuse('a property of a name that could change prototypes')
      if (key === 'constructor' || key === 'prototype') this.#reserved ??= pathText(this.#path)
      const property = value[key]
      // JSON leaves a property out that is undefined, and reading it gives undefined again.
      if (property !== undefined || this.#kept === 'superjson') this.#visit(property)
      this.#path.pop()
    }
  }

  #visitItems(items: Iterable<unknown>): void {
    let index = 0
    for (const item of items) {
      this.#path.push(index)
      if (item === undefined && Array.isArray(items) && !(index in items)) this.#refuse('a hole in an array')
      this.#visit(item)
      this.#path.pop()
      index++
    }
  }

  #visitBuiltIn(value: object, prototype: unknown): void {
    if (prototype === Date.prototype) {
      if (Number.isNaN((value as Date).getTime())) this.#refuse('an invalid Date')
      return this.#rich('a Date')
    }
    if (prototype === Map.prototype) {
      this.#rich('a Map')
      return this.#visitItems([...(value as Map<unknown, unknown>)].flat())
    }
    if (prototype === Set.prototype) {
      this.#rich('a Set')
      return this.#visitItems(value as Set<unknown>)
    }
    if (prototype === URL.prototype) return this.#rich('a URL')
    const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name
    this.#refuse(
      typeof name === 'string' && name
        ? `an instance of ${name}; make it a plain object, or give the definition a 'type' or a serializer that knows it`
        : 'an object of a class without a name',
    )
  }

  #rich(what: string): void {
    if (this.#kept === 'json') this.#refuse(`${what}, which JSON cannot say`)
    this.#shape = 'rich'
  }

  #refuse(what: string): never {
    const path = pathText(this.#path)
    throw new SessionValueError(`${path || 'the value itself'} is ${what} and cannot be kept`, path)
  }
}
