import test from 'ava'
import fc from 'fast-check'
import { SessionValueError } from '../../lib/errors.ts'
import { jsonSerializer } from '../../lib/serializers/json.ts'
import { superjsonSerializer } from '../../lib/serializers/superjson.ts'

test('Date, Map, Set, BigInt, URL, undefined and NaN come back as they went in', (t) => {
  const value = {
    date: new Date(0),
    map: new Map<unknown, unknown>([['a', new Set([1n])]]),
    url: new URL('https://example.com/a?b#c'),
    nothing: undefined,
    numbers: [Number.NaN, Infinity, -Infinity, -0],
    'key.with.dots': new Date(1),
    'key\\with\\backslashes': new Date(2),
  }
  const back = superjsonSerializer.parse(superjsonSerializer.stringify(value)) as typeof value
  t.deepEqual(back, value)
  t.true('nothing' in back)
  t.true(Object.is(back.numbers[3], -0))
})

test('names that need an escape come back, whatever objects were read before', (t) => {
  for (const serializer of [superjsonSerializer, jsonSerializer]) {
    // V8 12.8 and later would read the second name of the second value as `\\`, since the first has made that name known.
    for (const value of [{ list: [], '\\': 0 }, { list: 1, '"': 2 }, { list: 1, '\n': 2 }, { list: { '"': 1 } }]) {
      t.deepEqual(serializer.parse(serializer.stringify(value)), value)
    }
  }
})

test('plain JSON is written as JSON, readable by anybody', (t) => {
  t.is(superjsonSerializer.stringify({ a: [1, 'x', null] }), '{"a":[1,"x",null]}')
})

test('a text that begins like a rich one is still only a text', (t) => {
  t.deepEqual(superjsonSerializer.parse(superjsonSerializer.stringify(['~', '~{"json":1}'])), ['~', '~{"json":1}'])
})

test('a cycle comes back as a cycle', (t) => {
  const value: { self?: unknown; n: number } = { n: 1 }
  value.self = value
  const back = superjsonSerializer.parse(superjsonSerializer.stringify(value)) as typeof value
  t.is(back.self, back)
})

for (const [what, text] of Object.entries({
  'a typed array of any length':
    '~{"json":{"a":{"length":200000000}},"meta":{"values":{"a":[["typed-array","Uint8Array"]]}}}',
  'a regular expression': '~{"json":{"a":"/(a+)+b/"},"meta":{"values":{"a":["regexp"]}}}',
  'an invalid Date': '~{"json":{"a":"never"},"meta":{"values":{"a":["Date"]}}}',
  'an Error': '~{"json":{"a":{"name":"E","message":"m"}},"meta":{"values":{"a":["Error"]}}}',
  'a class': '~{"json":{"a":{}},"meta":{"values":{"a":[["class","Money"]]}}}',
  'a prototype': '~{"json":{"__proto__":{"admin":true}}}',
})) {
  test(`a text that a client wrote cannot make ${what}`, (t) => {
    t.throws(() => superjsonSerializer.parse(text))
  })
}

const rich = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
    fc.array(fc.tuple(fc.string(), tie('value'))).map((entries) => new Map(entries)),
    fc.array(fc.string()).map((items) => new Set(items)),
  ),
})).value

test('whatever is not refused comes back as it went in', (t) => {
  for (const serializer of [superjsonSerializer, jsonSerializer]) {
    fc.assert(
      fc.property(rich, (value) => {
        let text
        try {
          text = serializer.stringify({ value })
        } catch (error) {
          if (error instanceof SessionValueError) return
          throw error
        }
        t.deepEqual(normal(serializer.parse(text)), normal({ value }))
      }),
      { numRuns: 500 },
    )
  }
})

/** Objects without a prototype come back with one, and JSON leaves out properties that are undefined: neither is a loss. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, normal(item)]))
  if (typeof value !== 'object' || value === null || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return Object.is(value, -0) ? 0 : value
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, normal(item)]),
  )
}
