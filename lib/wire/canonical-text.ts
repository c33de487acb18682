/** Values are walked by recursion; far above what a page shows, far below what a stack holds. */
const DEEPEST = 500

/** The key of what JSON has no word for. */
const TAG = '$'
/**
 * An object with one of these keys is written as a list of its entries: a tag would be mistaken, and V8 12.8 and later may read a key that
 * is written with an escape as another one (nodejs/node issue 63785).
 */
const ODD_KEY = /^\$|[\0-\x1f"\\\ud800-\udfff]/

type Built = new (content: never) => object

/** What is built of its content, by tag, and a prototype of it that cannot write: `Object.freeze` reaches not inside. */
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

/** The tags by prototype, as it is set and as it comes back. */
const TAG_OF = new Map<unknown, string>(
  [...TYPES].flatMap(([tag, [type, readOnly]]) => [
    [type.prototype, tag],
    [readOnly, tag],
  ]),
)

/** The prototypes of all objects that come back as they went in. */
const KEPT = new Set<unknown>([null, Object.prototype, Array.prototype, ...TAG_OF.keys()])

/**
 * The canonical text of a value: equal values have equal texts, whatever the order of their keys.
 *
 * It is JSON, with tags for what JSON cannot say: `undefined`, `NaN`, `±Infinity`, `-0`, BigInt, Date, Map and Set. The
 * order of a Map and a Set counts, since one sees it.
 *
 * @throws TypeError naming the path of the first thing that would not come back as it went in: functions, symbols,
 * cycles, class instances, holes in arrays.
 */
export function toCanonicalText(value: unknown): string {
  return JSON.stringify(plain(value, '', []))
}

function plain(value: unknown, path: string, ancestors: readonly unknown[]): unknown {
  const refuse = (what: string): never => {
    throw new TypeError(`${path || 'the value itself'} is ${what} and cannot be kept`)
  }
  const inside = (each: unknown, step: string): unknown => plain(each, path + step, [...ancestors, value])
  const list = (items: Iterable<unknown>): unknown[] => Array.from(items, (each, index) => inside(each, `[${index}]`))

  if (typeof value === 'bigint') return { [TAG]: ['bigint', String(value)] }
  if (value === undefined || (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))))
    return { [TAG]: value === 0 ? '-0' : String(value) }
  if (typeof value === 'function' || typeof value === 'symbol') refuse(`a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value

  if (ancestors.includes(value) || ancestors.length > DEEPEST) refuse('a cycle, or nested too deep')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!KEPT.has(prototype)) refuse('an instance of a class')
  if (Object.getOwnPropertySymbols(value).length > 0) refuse('an object with symbols for keys')
  if (Array.isArray(value)) {
    return Object.keys(value).length === value.length ? list(value) : refuse('an array with holes')
  }
  const type = TAG_OF.get(prototype)
  if (type && Object.keys(value).length > 0) refuse(`a ${type} with properties of its own`)
  if (value instanceof Date) return { [TAG]: ['Date', plain(value.getTime(), path, ancestors)] }
  if (value instanceof Map || value instanceof Set) return { [TAG]: [type, list(value)] }
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]): [string, unknown] => [key, inside(each, (path && `.${key}`) || key)])
  // Defines each property, where an assignment to `__proto__` would set the prototype.
  return entries.some(([key]) => ODD_KEY.test(key)) ? { [TAG]: ['Object', entries] } : Object.fromEntries(entries)
}

/**
 * The value of such a text, read-only all the way down, Dates, Maps and Sets too. Any key name is a key: `__proto__` is
 * one like others, and changes no prototype.
 *
 * @throws SyntaxError or TypeError for what `toCanonicalText` has not written.
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
