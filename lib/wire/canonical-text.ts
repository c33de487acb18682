/** The limit of the recursion: far above the depth of real values, far below the size of a stack. */
const MAX_DEPTH = 500

/** The key that marks what JSON cannot express. */
const TAG = '$'
/**
 * An object with such a key is written as a list of entries: a key that begins with `$` would be taken for a tag, and V8 12.8
 * and later may misread a key with an escape (nodejs/node issue 63785).
 */
const ODD_KEY = /^\$|[\0-\x1f"\\\ud800-\udfff]/

type Built = new (content: never) => object

/**
 * By tag, a type and a prototype for it without mutating methods: `Object.freeze` does not freeze the contents of a Date, Map
 * or Set.
 */
const TYPES = new Map<string, readonly [type: Built, readOnly: object]>(
  [Date, Map, Set].map((type) => {
    const refusal = {
      value: () => {
        throw new TypeError('the value is read-only')
      },
    }
    const writing = Object.getOwnPropertyNames(type.prototype).filter((name) => /^(set|add|clear|del|getOr)/.test(name))
    const readOnly = Object.create(type.prototype, Object.fromEntries(writing.map((name) => [name, refusal]))) as object
    return [type.name, [type, readOnly]]
  }),
)

/** The tags by prototype: the built-in one, and the read-only one of a parsed value. */
const TAG_OF = new Map<unknown, string>(
  [...TYPES].flatMap(([tag, [type, readOnly]]) => [
    [type.prototype, tag],
    [readOnly, tag],
  ]),
)

/** The prototypes of the objects that have a canonical text. */
const SUPPORTED = new Set<unknown>([null, Object.prototype, Array.prototype, ...TAG_OF.keys()])

/**
 * The canonical text of a value: deeply equal values have the same text, whatever the order of their keys. The stores compare
 * and persist values by this text, and the mirror sends it.
 *
 * It is JSON, with tags for what JSON cannot express: `undefined`, `NaN`, `±Infinity`, `-0`, BigInt, Date, Map and Set. The
 * order of a Map or a Set counts, since iteration shows it.
 *
 * @throws TypeError with the path of the first thing that would not survive the round trip: functions, symbols, cycles,
 * class instances, holes in arrays.
 */
export function toCanonicalText(value: unknown): string {
  return JSON.stringify(toJsonValue(value, '', []))
}

function toJsonValue(value: unknown, path: string, ancestors: readonly unknown[]): unknown {
  const refuse = (what: string): never => {
    throw new TypeError(`${path || 'the value itself'} is ${what} and cannot be kept`)
  }
  const inside = (each: unknown, step: string): unknown => toJsonValue(each, path + step, [...ancestors, value])
  const list = (items: Iterable<unknown>): unknown[] => Array.from(items, (each, index) => inside(each, `[${index}]`))

  if (typeof value === 'bigint') return { [TAG]: ['bigint', String(value)] }
  if (value === undefined || (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))))
    return { [TAG]: value === 0 ? '-0' : String(value) }
  if (typeof value === 'function' || typeof value === 'symbol') refuse(`a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value

  if (ancestors.includes(value) || ancestors.length > MAX_DEPTH) refuse('a cycle, or nested too deep')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!SUPPORTED.has(prototype)) refuse('an instance of a class')
  if (Object.getOwnPropertySymbols(value).length > 0) refuse('an object with symbols for keys')
  if (Array.isArray(value)) {
    return Object.keys(value).length === value.length ? list(value) : refuse('an array with holes')
  }
  const type = TAG_OF.get(prototype)
  if (type && Object.keys(value).length > 0) refuse(`a ${type} with properties of its own`)
  if (value instanceof Date) return { [TAG]: ['Date', toJsonValue(value.getTime(), path, ancestors)] }
  if (value instanceof Map || value instanceof Set) return { [TAG]: [type, list(value)] }
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]): [string, unknown] => [key, inside(each, (path && `.${key}`) || key)])
  // `fromEntries` defines each property. An assignment to `__proto__` would set the prototype.
  return entries.some(([key]) => ODD_KEY.test(key)) ? { [TAG]: ['Object', entries] } : Object.fromEntries(entries)
}

/**
 * Parses a canonical text. The value is deeply read-only, including Dates, Maps and Sets. `__proto__` is a key like any other,
 * and changes no prototype.
 *
 * @throws SyntaxError or TypeError for a text that `toCanonicalText` has not written.
 */
export function fromCanonicalText(text: string): unknown {
  return revive(JSON.parse(text))
}

function revive(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return Object.freeze(node.map(revive))
  if (Object.hasOwn(node, TAG)) return untag((node as Record<string, unknown>)[TAG])
  return object(Object.entries(node))
}

function object(entries: [string, unknown][]): object {
  return Object.freeze(Object.fromEntries(entries.map(([key, each]) => [key, revive(each)])))
}

function untag(tag: unknown): unknown {
  if (!Array.isArray(tag)) return tag === 'undefined' ? undefined : Number(tag)
  const [name, content] = tag as [string, unknown]
  if (name === 'bigint') return BigInt(content as string)
  if (name === 'Object') return object(content as [string, unknown][])
  const [type, readOnly] = TYPES.get(name)!
  return Object.freeze(Object.setPrototypeOf(new type(revive(content) as never), readOnly))
}
