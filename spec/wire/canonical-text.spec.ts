import test from 'ava'
import fc from 'fast-check'
import { fromCanonicalText, toCanonicalText } from '../../lib/wire/canonical-text.ts'

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.bigInt(),
  fc.date(),
  fc.constantFrom(null, undefined, NaN, Infinity, -Infinity, -0),
)
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('$', '$$', '$a', '"', '\\', 'a\n', '__proto__', 'constructor', 'toString', 'length', '1'),
)
const { value: storable } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
}))

/** What two values have in common that read alike; `deepEqual` of AVA knows prototypes too, which are not the same. */
function seen(value: unknown): unknown {
  if (value instanceof Date) return ['a date', value.getTime()]
  if (value instanceof Map) return ['a map', Array.from(value, (entry) => seen(entry))]
  if (value instanceof Set) return ['a set', Array.from(value, (item) => seen(item))]
  if (Array.isArray(value)) return value.map(seen)
  if (typeof value !== 'object' || value === null) return value
  return [
    'an object',
    ...Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, seen(each)]),
  ]
}

test('any value that is kept comes back as it went', (t) => {
  fc.assert(
    fc.property(storable, (value) => {
      const text = toCanonicalText(value)
      const back = fromCanonicalText(text)
      t.deepEqual(seen(back), seen(value))
      t.is(toCanonicalText(back), text)
    }),
  )
})

test('equal values have equal texts, whatever the order of their keys', (t) => {
  t.is(toCanonicalText({ x: 1, y: { b: [], a: 0 } }), toCanonicalText({ y: { a: 0, b: [] }, x: 1 }))
  t.not(toCanonicalText(new Set([1, 2])), toCanonicalText(new Set([2, 1])))
})

test('what looks alike has different texts', (t) => {
  const values = [
    0,
    -0,
    '0',
    0n,
    NaN,
    'NaN',
    null,
    undefined,
    'undefined',
    false,
    '',
    [],
    {},
    { a: undefined },
    [undefined],
    [null],
    new Date(0),
    new Date(0).toJSON(),
    new Date(NaN),
    new Map(),
    new Set(),
    { $: 'NaN' },
    { $$: 'NaN' },
    { $: ['Date', 0] },
  ]
  t.is(new Set(values.map(toCanonicalText)).size, values.length)
})

test('what comes back is read-only, all the way down', (t) => {
  'use strict'
  const back = fromCanonicalText(
    toCanonicalText({ list: [{ n: 1 }], date: new Date(1), map: new Map([['a', {}]]), set: new Set([1]) }),
  ) as {
    list: { n: number }[]
    date: Date
    map: Map<string, { n?: number }>
    set: Set<number>
  }
  const attempts: (() => unknown)[] = [
    () => (back.list = []),
    () => back.list.push({ n: 2 }),
    () => (back.list[0]!.n = 2),
    () => back.date.setTime(0),
    () => back.date.setFullYear(1),
    () => back.map.set('b', {}),
    () => back.map.delete('a'),
    () => back.map.clear(),
    () => (back.map.get('a')!.n = 1),
    () => back.set.add(2),
    () => back.set.delete(1),
    () => back.set.clear(),
    () => Object.assign(back.date, { mine: true }),
  ]
  for (const attempt of attempts) t.throws(attempt, { instanceOf: TypeError })
  t.is(back.date.getTime(), 1)
  t.deepEqual([...back.map.keys()], ['a'])
  t.deepEqual([...back.set], [1])
  t.true(back.date instanceof Date && back.map instanceof Map && back.set instanceof Set)
  new Date(0).setTime(1)
  t.is(new Set([1]).add(2).size, 2)
})

test('any name of a key is a key, and no prototype is changed by one', (t) => {
  const back = fromCanonicalText('{"__proto__":{"polluted":true},"constructor":1,"toString":2}') as Record<
    string,
    unknown
  >
  t.deepEqual(Object.keys(back), ['__proto__', 'constructor', 'toString'])
  t.is(Object.getPrototypeOf(back), Object.prototype)
  t.is(({} as { polluted?: boolean }).polluted, undefined)
  t.is(toCanonicalText(back), '{"__proto__":{"polluted":true},"constructor":1,"toString":2}')
})

class Point {
  x = 1
}
class Deadline extends Date {}
class Names extends Map<string, string> {}
class Tags extends Set<string> {}
class Scores extends Array<number> {}
const cycle: { self?: unknown } = {}
cycle.self = cycle
let deep: unknown = 1
for (let level = 0; level < 10_000; level++) deep = [deep]

for (const [what, value, message] of [
  ['a function', { menu: { open: () => 1 } }, /^menu\.open is a function and cannot be kept$/],
  ['a symbol', [1, Symbol('s')], /^\[1\] is a symbol/],
  ['a cycle', cycle, /^self is a cycle/],
  ['an instance of a class', { points: [new Point()] }, /^points\[0\] is an instance of a class/],
  ['an instance of a class of Dates', { by: new Deadline(0) }, /^by is an instance of a class/],
  ['an instance of a class of Maps', [new Names()], /^\[0\] is an instance of a class/],
  ['an instance of a class of Sets', { tags: new Tags() }, /^tags is an instance of a class/],
  ['an instance of a class of arrays', { scores: Scores.from([1]) }, /^scores is an instance of a class/],
  ['a Date with a property of its own', Object.assign(new Date(0), { zone: 'CET' }), /properties of its own/],
  ['a Map with a property of its own', Object.assign(new Map(), { size2: 1 }), /properties of its own/],
  ['an array with a property of its own', Object.assign([1], { total: 1 }), /holes/],
  ['a Promise', Promise.resolve(), /^the value itself is an instance of a class/],
  ['a URL', { at: new URL('http://localhost') }, /^at is an instance of a class/],
  ['a typed array', { bytes: new Uint8Array(1) }, /^bytes is an instance of a class/],
  ['an array with a hole', { list: [, 1] }, /^list is an array with holes/],
  ['an object with a symbol for a key', { [Symbol('s')]: 1 }, /symbols for keys/],
  ['something inside a Map', new Map([['key', [() => 1]]]), /^\[0\]\[1\]\[0\] is a function/],
  ['something inside a Set', { set: new Set([() => 1]) }, /^set\[0\] is a function/],
  ['what is nested without an end', deep, /nested too deep/],
] as const) {
  test(`${what} is refused, and the message says where`, (t) => {
    t.throws(() => toCanonicalText(value), { instanceOf: TypeError, message })
  })
}

test('one object at two places is no cycle', (t) => {
  const shared = { a: 1 }
  t.is(toCanonicalText([shared, shared]), '[{"a":1},{"a":1}]')
})

for (const text of [
  '',
  '{',
  '{"$":["unheard-of",1]}',
  '{"$":["Map",1]}',
  '{"$":["bigint","one"]}',
  '{"$":[]}',
  '['.repeat(50_000),
]) {
  test(`what nobody has written is refused: ${text.slice(0, 30)}`, (t) => {
    t.throws(() => fromCanonicalText(text))
  })
}
