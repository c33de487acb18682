import fc from 'fast-check'

/** A place in a value: something without parts, or one of the objects by its number. */
type Part = { readonly leaf: unknown } | { readonly of: number }

interface Shape {
  readonly kind: 'object' | 'array' | 'map' | 'set'
  readonly parts: readonly (readonly [key: string, part: Part, mapKey: Part])[]
}

const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 4 }) },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toJSON',
    'length',
    'then',
    'a.b',
    'a\\',
    '\\.',
    '',
    '0',
    '1',
    '-1',
    '~',
  ),
)

const numeric = fc.oneof(fc.constantFrom(Number.NaN, -0, 0, Infinity, -Infinity, 1e21), fc.double(), fc.integer())

const leaf = fc.oneof(
  { weight: 3, arbitrary: numeric },
  { weight: 2, arbitrary: fc.constantFrom(undefined, null, true, false) },
  { weight: 2, arbitrary: fc.oneof(fc.bigInt(), fc.constantFrom(0n, 1n, -1n)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  fc.constantFrom('~', '+', '~{"json":1}', '\ud800', '\udfff\0'),
  fc.date({ noInvalidDate: true }),
  fc.webUrl().map((address) => new URL(address)),
)

const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 2, arbitrary: leaf.map((value) => ({ leaf: value })) },
  { weight: 1, arbitrary: fc.nat(7).map((of) => ({ of })) },
)

const shape: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom('object', 'object', 'array', 'map', 'set'),
  parts: fc.array(fc.tuple(key, part, part), { maxLength: 4 }),
})

/**
 * Values of all kinds that the default serializer keeps, with one object in several places, repeated keys and items, and where
 * `cycles` is given, objects within themselves. Its first object is the value; the others stand in it or nowhere.
 */
export function values(cycles: boolean): fc.Arbitrary<object> {
  return fc.array(shape, { minLength: 1, maxLength: 6 }).map((shapes) => build(shapes, cycles))
}

function build(shapes: readonly Shape[], cycles: boolean): object {
  const objects = shapes.map(({ kind }) =>
    kind === 'map' ? new Map() : kind === 'set' ? new Set() : kind === 'array' ? [] : {},
  )
  shapes.forEach(({ parts }, number) => {
    const resolve = (one: Part): unknown => {
      if ('leaf' in one) return one.leaf
      // An object of a higher number cannot hold this one.
      const later = objects.length - number - 1
      if (cycles) return objects[one.of % objects.length]
      return later > 0 ? objects[number + 1 + (one.of % later)] : null
    }
    const object = objects[number]
    for (const [name, value, mapKey] of parts) {
      if (object instanceof Map) object.set(resolve(mapKey), resolve(value))
      else if (object instanceof Set) object.add(resolve(value))
      else if (Array.isArray(object)) object.push(resolve(value))
      else
        Object.defineProperty(object, name, {
          value: resolve(value),
          enumerable: true,
          writable: true,
          configurable: true,
        })
    }
  })
  return objects[0] as object
}

/** What may differ between a value and what comes back of it. */
export interface Allowance {
  /** One object in several places may come back as several. */
  readonly copies?: boolean
  /** A property that is `undefined` may be left out. */
  readonly omissions?: boolean
}

/** Whether what came back is what was put in, with the order of all keys, and which object stands where. */
export function isSame(before: unknown, after: unknown, allowance: Allowance = {}): boolean {
  const pairs = new Map<object, object>()
  const backs = new Map<object, object>()
  const same = (one: unknown, other: unknown): boolean => {
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
      return Object.is(one, other)
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
    if (!allowance.copies) {
      if (pairs.has(one) || backs.has(other)) return pairs.get(one) === other && backs.get(other) === one
      pairs.set(one, other)
      backs.set(other, one)
    }
    if (one instanceof Date) return one.getTime() === (other as Date).getTime()
    if (one instanceof URL) return one.href === (other as URL).href
    return sameList(entriesOf(one, allowance), entriesOf(other, allowance))
  }
  const sameList = (one: readonly unknown[], other: readonly unknown[]): boolean =>
    one.length === other.length && one.every((item, index) => same(item, other[index]))
  return same(before, after)
}

function entriesOf(value: object, { omissions }: Allowance): unknown[] {
  if (value instanceof Map || value instanceof Set) return [...value].flat(value instanceof Map ? 1 : 0)
  const entries = Object.entries(value).filter(([, one]) => !(omissions && one === undefined && !Array.isArray(value)))
  return entries.flatMap(([name, one]) => [name, one])
}
