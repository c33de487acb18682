import { pathText, type Step } from '../base/path.ts'
import { SessionValueError } from '../errors.ts'
import { DEEPEST, LARGEST_BIGINT, LONGEST_URL } from './limits.ts'

/** `plain`: `JSON.stringify` preserves the value. `rich`: the value needs more than JSON, for a Date, a Map, an `undefined` or a cycle. */
export type Shape = 'plain' | 'rich'

/**
 * What a serializer preserves: JSON's types, or superjson's types too; an object in several places as one object (`superjson`), or as
 * several equal ones and without cycles.
 */
export type Kept = 'json' | 'superjson' | 'superjson tree'

/**
 * Refuses a value that the serializer would change or lose, so that the error occurs where the value is set, and not where it is missing.
 * Otherwise says whether plain JSON is enough.
 *
 * @throws SessionValueError (`ERR_SESSION_VALUE`) with the path to the first part that cannot be stored.
 */
export function checkStorable(value: unknown, kept: Kept): Shape {
  return isPlainTree(value, new Reached(), 0) ? 'plain' : new Walk(kept).start(value)
}

/**
 * Whether a value is a tree of plain objects, arrays and JSON's primitives, as most values are. This is the walk below without paths, in
 * half the time. Any other value is walked again.
 */
function isPlainTree(value: unknown, reached: Reached, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return value === 0 ? !Object.is(value, -0) : Number.isFinite(value)
  if (typeof value !== 'object' || depth === DEEPEST || reached.again(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const keys = Object.keys(value)
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype || keys.length !== value.length) return false
    for (const item of value) if (!isPlainTree(item, reached, depth + 1)) return false
  } else {
    if (prototype !== Object.prototype && prototype !== null) return false
    for (const key of keys) {
      if (key === '__proto__' || !isPlainTree((value as Record<string, unknown>)[key], reached, depth + 1)) return false
    }
  }
  return Object.getOwnPropertySymbols(value).length === 0
}

/** Up to this number of objects, searching a list costs less than creating a Set. */
const FEW = 16

/** The objects that a walk has visited. */
class Reached {
  readonly #few: object[] = []
  #more: Set<object> | undefined

  /** Adds an object, and says whether it was there before. */
  again(value: object): boolean {
    if (this.#few.includes(value) || this.#more?.has(value)) return true
    if (this.#few.length < FEW) this.#few.push(value)
    else (this.#more ??= new Set()).add(value)
    return false
  }
}

class Walk {
  readonly #kept: Kept
  readonly #path: Step[] = []
  /** The objects on the path to the current one, or, if one object may occur in several places, all objects so far. */
  readonly #reached = new Set<object>()
  #depth = 0
  #shape: Shape = 'plain'

  constructor(kept: Kept) {
    this.#kept = kept
  }

  start(value: unknown): Shape {
    this.#visit(value)
    return this.#shape
  }

  #visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return
        // JSON has -0, though JSON.stringify does not write it.
        if (Object.is(value, -0)) this.#shape = 'rich'
        else this.#rich('not a finite number')
        return
      case 'undefined':
        return this.#rich('undefined')
      case 'bigint':
        if (value > LARGEST_BIGINT || value < -LARGEST_BIGINT) this.#refuse('a BigInt of more than 4,096 bits')
        return this.#rich('a BigInt')
      case 'object':
        return value === null ? undefined : this.#visitObject(value)
      default:
        this.#refuse(`a ${typeof value}`)
    }
  }

  #visitObject(value: object): void {
    if (this.#reached.has(value)) return this.#again()
    if (this.#depth === DEEPEST) this.#refuse(`nested deeper than ${DEEPEST} levels`)
    this.#reached.add(value)
    this.#depth++
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value)) this.#visitArray(value, prototype)
    else if (prototype === Object.prototype || prototype === null)
      this.#visitProperties(value as Record<string, unknown>)
    else this.#visitBuiltIn(value, prototype)
    this.#depth--
    if (this.#kept !== 'superjson') this.#reached.delete(value)
  }

  #again(): void {
    if (this.#kept === 'superjson tree')
      this.#refuse('a cycle, which only a session in a storage or an authenticated token may have,')
    this.#rich('a cycle')
  }

  #visitProperties(value: Record<string, unknown>): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse('an object with a symbol for a key')
    for (const key of Object.keys(value)) {
      this.#path.push(key)
      if (key === '__proto__') this.#refuse('a property of a name that could change prototypes')
      const property = value[key]
      // JSON omits a property that is undefined, and reading it gives undefined again.
      if (property !== undefined || this.#kept !== 'json') this.#visit(property)
      this.#path.pop()
    }
  }

  #visitArray(value: readonly unknown[], prototype: unknown): void {
    if (prototype !== Array.prototype) this.#refuseInstance(prototype)
    this.#visitItems(value)
    // As many keys as items: no holes, and no other properties. Symbols are not among the keys.
    if (Object.keys(value).length !== value.length || Object.getOwnPropertySymbols(value).length > 0)
      this.#refuseKeys(value)
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
      this.#rich('a Date')
    } else if (prototype === Map.prototype) {
      this.#rich('a Map')
      this.#visitItems([...(value as Map<unknown, unknown>)].flat())
    } else if (prototype === Set.prototype) {
      this.#rich('a Set')
      this.#visitItems(value as Set<unknown>)
    } else if (prototype === URL.prototype) {
      if ((value as URL).href.length > LONGEST_URL) this.#refuse(`a URL of more than ${LONGEST_URL} characters`)
      this.#rich('a URL')
    } else this.#refuseInstance(prototype)
    this.#refuseKeys(value)
  }

  /** Refuses own properties on an object that is written without them. */
  #refuseKeys(value: object): void {
    const key = Object.keys(value).find((name) => !(Array.isArray(value) && /^\d+$/.test(name)))
    if (key === undefined && Object.getOwnPropertySymbols(value).length === 0) return
    this.#path.push(key ?? 'a symbol')
    this.#refuse('a property of something other than a plain object')
  }

  #refuseInstance(prototype: unknown): never {
    const name = (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name
    this.#refuse(
      typeof name === 'string' && name
        ? `an instance of ${name} (make it a plain object, or give the definition a 'type' or a serializer that supports it)`
        : 'an object of a class without a name',
    )
  }

  #rich(what: string): void {
    if (this.#kept === 'json') this.#refuse(`${what}, which JSON does not have,`)
    this.#shape = 'rich'
  }

  #refuse(what: string): never {
    const path = pathText(this.#path)
    throw new SessionValueError(`${path || 'the value itself'} is ${what} and cannot be stored`, path)
  }
}
