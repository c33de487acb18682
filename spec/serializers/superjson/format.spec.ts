import test from 'ava'
import fc from 'fast-check'
import SuperJSON from 'superjson'
import { superjsonSerializer } from '../../../lib/serializers/superjson.ts'
import { readRich } from '../../../lib/serializers/superjson/read.ts'
import { writeRich } from '../../../lib/serializers/superjson/write.ts'
import { isSame, values } from '../_values.ts'

/** What superjson itself makes of a value and reads back; `undefined` where it does not bring it back as it was. */
function bySuperjson(value: object): string | undefined {
  try {
    const text = new SuperJSON().stringify(value)
    return isSame(value, new SuperJSON().parse(text)) ? text : undefined
  } catch {
    return undefined
  }
}

test('what superjson itself has written is read as superjson reads it, sharing and cycles included', (t) => {
  let compared = 0
  fc.assert(
    fc.property(values(true), (value) => {
      const text = bySuperjson(value)
      if (text === undefined || !('meta' in JSON.parse(text))) return
      compared++
      if (!isSame(value, superjsonSerializer.parse(`~${text}`))) throw new Error(text)
    }),
    { numRuns: 5000 },
  )
  t.true(compared > 1000, String(compared))
})

test('superjson reads what is written here, where it can read it at all', (t) => {
  let compared = 0
  fc.assert(
    fc.property(values(false), (value) => {
      let text: string
      try {
        text = superjsonSerializer.stringify(value)
      } catch {
        return
      }
      // It looks keys and items up by number while it replaces them, so that it loses its way among several.
      if (!text.startsWith('~') || /"(?:map|set)"/.test(text) || /constructor|prototype/.test(text)) return
      compared++
      if (!isSame(value, new SuperJSON().parse(text.slice(1)))) throw new Error(text)
    }),
    { numRuns: 5000 },
  )
  t.true(compared > 500, String(compared))
})

test('what superjson loses comes back: a Set that holds NaN, and a Map with NaN for a key', (t) => {
  const value = new Set<unknown>([
    new Map<unknown, unknown>([
      [Number.NaN, [3]],
      ['k', [8]],
    ]),
    Number.NaN,
  ])
  const text = new SuperJSON().stringify(value)
  t.false(isSame(value, new SuperJSON().parse(text)))
  t.true(isSame(value, superjsonSerializer.parse(`~${text}`)))
  t.true(isSame(value, superjsonSerializer.parse(superjsonSerializer.stringify(value))))
})

test('two objects that hold each other, each of which stands in two places, come back', (t) => {
  const p: Record<string, unknown> = {}
  const q = { p, at: new Date(0) }
  p['q'] = q
  const value = [p, q]
  t.true(isSame(value, superjsonSerializer.parse(`~${new SuperJSON().stringify(value)}`)))
  t.true(isSame(value, superjsonSerializer.parse(superjsonSerializer.stringify(value))))
})

test('an object in many places is written once, so that a text grows with the objects and not with the ways to them', (t) => {
  let value: object = { at: new Date(0) }
  for (let level = 0; level < 100; level++) value = [value, value]
  const text = superjsonSerializer.stringify(value)
  t.true(text.length < 50_000, String(text.length))
  t.true(isSame(value, superjsonSerializer.parse(text)))
})

test('without sharing, an object is written at each place, and both are read as they stand', (t) => {
  const at = new Date(0)
  const shared = { at }
  const written = writeRich({ a: shared, b: shared }, false)
  t.deepEqual(written, {
    json: { a: { at: at.toISOString() }, b: { at: at.toISOString() } },
    meta: { values: { 'a.at': ['Date'], 'b.at': ['Date'] }, v: 1 },
  })
  const back = readRich(structuredClone(written), false) as { a: object; b: object }
  t.deepEqual(back, { a: { at }, b: { at } })
  t.not(back.a, back.b)
})

test('sharing that superjson wrote in full is read as equal objects where it is not kept, and a cycle is not read', (t) => {
  const shared = { at: new Date(0) }
  const text = new SuperJSON().stringify({ a: shared, b: shared })
  const back = readRich(JSON.parse(text), false) as { a: object; b: object }
  t.deepEqual(back, { a: shared, b: shared })
  t.not(back.a, back.b)

  const cyclic: Record<string, unknown> = { at: new Date(0) }
  cyclic['self'] = cyclic
  t.throws(() => readRich(new SuperJSON().serialize(cyclic), false), { instanceOf: SyntaxError })
})

/** What superjson's own reader takes, or makes something of, and its writer never writes. */
const NEVER_WRITTEN: Readonly<Record<string, string>> = {
  'no annotations': '{"json":{"a":1}}',
  'annotations that say nothing': '{"json":{"a":1},"meta":{"v":1}}',
  'an empty list of annotations': '{"json":{"a":1},"meta":{"values":{},"v":1}}',
  'no version': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]}}}',
  'version 0': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]},"v":0}}',
  'version 2': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]},"v":2}}',
  'a version that is a text': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]},"v":"1"}}',
  'a part beside': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]},"v":1},"more":1}',
  'a part beside the annotations': '{"json":{"a":null},"meta":{"values":{"a":["undefined"]},"v":1,"more":1}}',
  'no JSON': '{"meta":{"values":["undefined"],"v":1}}',
  'a list': '[{"json":1}]',
  'an annotation that is a text': '{"json":"x","meta":{"values":"Date","v":1}}',
  'an annotation below that is a text': '{"json":{"a":null},"meta":{"values":{"a":"undefined"},"v":1}}',
  'a tree of annotations without kinds': '{"json":{"a":{"b":null}},"meta":{"values":{"a":{"b":["undefined"]}},"v":1}}',
  'an empty annotation': '{"json":{"a":null},"meta":{"values":{"a":[]},"v":1}}',
  'a kind that is a list': '{"json":{"a":"x"},"meta":{"values":{"a":[["custom","x"]]},"v":1}}',
  'a kind that every object has': '{"json":{"a":"x"},"meta":{"values":{"a":["constructor"]},"v":1}}',
  'three parts': '{"json":{"a":[]},"meta":{"values":{"a":["set",{"0":["set"]},1]},"v":1}}',
  'something within a Date':
    '{"json":{"a":"1970-01-01T00:00:00.000Z"},"meta":{"values":{"a":["Date",{"0":["Date"]}]},"v":1}}',
  'nothing within a Set': '{"json":{"a":[]},"meta":{"values":{"a":["set",{}]},"v":1}}',
  'an index that is not there': '{"json":{"a":[1]},"meta":{"values":{"a":["set",{"1":["undefined"]}]},"v":1}}',
  'a very large index': '{"json":{"a":[1]},"meta":{"values":{"a":["set",{"4294967294":["undefined"]}]},"v":1}}',
  'the length of a list': '{"json":{"a":[1]},"meta":{"values":{"a.length":["undefined"]},"v":1}}',
  'an index with a zero before': '{"json":{"a":[null]},"meta":{"values":{"a.00":["undefined"]},"v":1}}',
  'an index with a sign': '{"json":{"a":[null]},"meta":{"values":{"a.-0":["undefined"]},"v":1}}',
  'no number for an index': '{"json":{"a":[null]},"meta":{"values":{"a.NaN":["undefined"]},"v":1}}',
  'a property that is not there': '{"json":{"a":1},"meta":{"values":{"b":["undefined"]},"v":1}}',
  'a property that every object has': '{"json":{"a":1},"meta":{"values":{"toString":["undefined"]},"v":1}}',
  'a property of a text': '{"json":{"a":"text"},"meta":{"values":{"a.0":["undefined"]},"v":1}}',
  'a path to a prototype': '{"json":{"a":1},"meta":{"values":{"__proto__.x":["undefined"]},"v":1}}',
  'a path through a constructor': '{"json":{"a":{}},"meta":{"values":{"a.constructor.prototype":["map"]},"v":1}}',
  'a place annotated before the one around':
    '{"json":{"a":[null]},"meta":{"values":{"a.0":["undefined"],"a":["set"]},"v":1}}',
  'a place annotated after the one around':
    '{"json":{"a":[null]},"meta":{"values":{"a":["set"],"a.0":["undefined"]},"v":1}}',
  'a path that escapes nothing': '{"json":{"a":null},"meta":{"values":{"\\\\a":["undefined"]},"v":1}}',
  'undefined of something': '{"json":{"a":1},"meta":{"values":{"a":["undefined"]},"v":1}}',
  'a Set of a text': '{"json":{"a":"abc"},"meta":{"values":{"a":["set"]},"v":1}}',
  'a Set of what has a length': '{"json":{"a":{"length":9}},"meta":{"values":{"a":["set"]},"v":1}}',
  'a Set with an item twice': '{"json":{"a":[1,1]},"meta":{"values":{"a":["set"]},"v":1}}',
  'a Map of an object': '{"json":{"a":{}},"meta":{"values":{"a":["map"]},"v":1}}',
  'a Map of no pairs': '{"json":{"a":[[1]]},"meta":{"values":{"a":["map"]},"v":1}}',
  'a Map of texts': '{"json":{"a":["ab"]},"meta":{"values":{"a":["map"]},"v":1}}',
  'a Map with a key twice': '{"json":{"a":[[1,1],[1,2]]},"meta":{"values":{"a":["map"]},"v":1}}',
  'a Map whose pair is a Set': '{"json":{"a":[[1,2]]},"meta":{"values":{"a":["map",{"0":["set"]}]},"v":1}}',
  'a number that JSON says': '{"json":{"a":"1"},"meta":{"values":{"a":["number"]},"v":1}}',
  'a number that JSON says otherwise': '{"json":{"a":"1e400"},"meta":{"values":{"a":["number"]},"v":1}}',
  'a number without end in JSON': '{"json":{"a":1e400,"b":null},"meta":{"values":{"b":["undefined"]},"v":1}}',
  'a BigInt of a number': '{"json":{"a":1},"meta":{"values":{"a":["bigint"]},"v":1}}',
  'a BigInt in hex': '{"json":{"a":"0x10"},"meta":{"values":{"a":["bigint"]},"v":1}}',
  'a BigInt with spaces': '{"json":{"a":" 1 "},"meta":{"values":{"a":["bigint"]},"v":1}}',
  'a BigInt of nothing': '{"json":{"a":""},"meta":{"values":{"a":["bigint"]},"v":1}}',
  'a BigInt with a zero before': '{"json":{"a":"-0"},"meta":{"values":{"a":["bigint"]},"v":1}}',
  'a BigInt above the limit': `{"json":{"a":"${'9'.repeat(1234)}"},"meta":{"values":{"a":["bigint"]},"v":1}}`,
  'a BigInt far above the limit': `{"json":{"a":"${'9'.repeat(100_000)}"},"meta":{"values":{"a":["bigint"]},"v":1}}`,
  'a Date without a time': '{"json":{"a":"1970-01-01"},"meta":{"values":{"a":["Date"]},"v":1}}',
  'a Date in words': '{"json":{"a":"1 Jan 1970"},"meta":{"values":{"a":["Date"]},"v":1}}',
  'a Date of a number': '{"json":{"a":0},"meta":{"values":{"a":["Date"]},"v":1}}',
  'a Date that is none': '{"json":{"a":"1970-99-01T00:00:00.000Z"},"meta":{"values":{"a":["Date"]},"v":1}}',
  'a URL that it would write otherwise': '{"json":{"a":"HTTP://a.example"},"meta":{"values":{"a":["URL"]},"v":1}}',
  'a URL that is none': '{"json":{"a":"a.example"},"meta":{"values":{"a":["URL"]},"v":1}}',
  'a URL in other letters': '{"json":{"a":"http://ü.example/"},"meta":{"values":{"a":["URL"]},"v":1}}',
  'a URL above the limit': `{"json":{"a":"http://a.example/${'a'.repeat(4096)}"},"meta":{"values":{"a":["URL"]},"v":1}}`,
  'an equality of nothing': '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":[]},"v":1}}',
  'no equalities': '{"json":{"a":{}},"meta":{"referentialEqualities":{},"v":1}}',
  'an equality that is a text': '{"json":{"a":{},"b":null},"meta":{"referentialEqualities":{"a":"b"},"v":1}}',
  'an equality of a place with itself': '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":["a"]},"v":1}}',
  'two equalities of one place':
    '{"json":{"a":{},"b":{},"c":null},"meta":{"referentialEqualities":{"a":["c"],"b":["c"]},"v":1}}',
  'an equality with what is not there': '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":["b"]},"v":1}}',
  'an equality of what is not there': '{"json":{"a":{}},"meta":{"referentialEqualities":{"b":["a"]},"v":1}}',
  'an equality of texts': '{"json":{"a":"x","b":"x"},"meta":{"referentialEqualities":{"a":["b"]},"v":1}}',
  'an equality that makes a number an object':
    '{"json":{"a":{},"b":5},"meta":{"referentialEqualities":{"a":["b"]},"v":1}}',
  'an equality of null': '{"json":{"a":null,"b":null},"meta":{"referentialEqualities":{"a":["b"]},"v":1}}',
  'an equality with a property of a list':
    '{"json":{"a":{},"b":[]},"meta":{"referentialEqualities":{"a":["b.NaN"]},"v":1}}',
  'an equality within a Date':
    '{"json":{"a":{},"b":"1970-01-01T00:00:00.000Z"},"meta":{"values":{"b":["Date"]},"referentialEqualities":{"a":["b.0"]},"v":1}}',
  'an equality with a prototype': '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":["__proto__"]},"v":1}}',
  'equalities of three parts': '{"json":{"a":null},"meta":{"referentialEqualities":[["a"],{},{}],"v":1}}',
  'a property that changes prototypes':
    '{"json":{"a":{"__proto__":{}},"b":null},"meta":{"values":{"b":["undefined"]},"v":1}}',
  'an annotated property that changes prototypes':
    '{"json":{"__proto__":null},"meta":{"values":{"__proto__":["undefined"]},"v":1}}',
  'more than 500 levels': `{"json":${'['.repeat(501)}null${']'.repeat(501)},"meta":{"values":{"${'0.'.repeat(500)}0":["undefined"]},"v":1}}`,
  'levels without end': `{"json":${'['.repeat(200_000)}null${']'.repeat(200_000)},"meta":{"values":{"${'0.'.repeat(199_999)}0":["undefined"]},"v":1}}`,
  'Sets in Sets without end': `{"json":${'['.repeat(5000)}${']'.repeat(5000)},"meta":{"values":${'["set",{"0":'.repeat(5000)}["set"]${'}]'.repeat(5000)},"v":1}}`,
}

/** Why each is refused, with and without objects in several places. */
const REASONS: Readonly<Record<keyof typeof NEVER_WRITTEN, string | readonly [string, string]>> = {
  'no annotations': 'a part that is no object',
  'annotations that say nothing': 'annotations that say nothing',
  'an empty list of annotations': 'annotations without a path',
  'no version': 'annotations of another version',
  'version 0': 'annotations of another version',
  'version 2': 'annotations of another version',
  'a version that is a text': 'annotations of another version',
  'a part beside': 'parts other than json and meta',
  'a part beside the annotations': 'annotations of another version',
  'no JSON': 'parts other than json and meta',
  'a list': 'a part that is no object',
  'an annotation that is a text': 'a part that is no object',
  'an annotation below that is a text': 'an annotation that is no list',
  'a tree of annotations without kinds': 'an annotation that is no list',
  'an empty annotation': 'an annotation of another kind',
  'a kind that is a list': 'an annotation of another kind',
  'a kind that every object has': 'an annotation of another kind',
  'three parts': 'an annotation of another kind',
  'something within a Date': 'a value without parts that is annotated within',
  'nothing within a Set': 'annotations without a path',
  'an index that is not there': 'a path to what is not there',
  'a very large index': 'a path to what is not there',
  'the length of a list': 'a path to what is not there',
  'an index with a zero before': 'a path to what is not there',
  'an index with a sign': 'a path to what is not there',
  'no number for an index': 'a path to what is not there',
  'a property that is not there': 'a path to what is not there',
  'a property that every object has': 'a path to what is not there',
  'a property of a text': 'a path to what is not there',
  'a path to a prototype': 'a path to what is not there',
  'a path through a constructor': 'a path to what is not there',
  'a place annotated before the one around': 'a place that is annotated twice',
  'a place annotated after the one around': 'a path through a place that is annotated itself',
  'a path that escapes nothing': 'a backslash in a path escapes nothing',
  'undefined of something': 'no undefined is written so',
  'a Set of a text': 'a Set that is no list',
  'a Set of what has a length': 'a Set that is no list',
  'a Set with an item twice': 'an item twice in a Set',
  'a Map of an object': 'a Map that is no list',
  'a Map of no pairs': 'a Map without pairs',
  'a Map of texts': 'a Map without pairs',
  'a Map with a key twice': 'a key twice in a Map',
  'a Map whose pair is a Set': 'a Map without pairs',
  'a number that JSON says': 'no number is written so',
  'a number that JSON says otherwise': 'no number is written so',
  'a number without end in JSON': 'a number that is not finite',
  'a BigInt of a number': 'no bigint is written so',
  'a BigInt in hex': 'no bigint is written so',
  'a BigInt with spaces': 'no bigint is written so',
  'a BigInt of nothing': 'no bigint is written so',
  'a BigInt with a zero before': 'no bigint is written so',
  'a BigInt above the limit': 'no bigint is written so',
  'a BigInt far above the limit': 'no bigint is written so',
  'a Date without a time': 'no Date is written so',
  'a Date in words': 'no Date is written so',
  'a Date of a number': 'no Date is written so',
  'a Date that is none': 'no Date is written so',
  'a URL that it would write otherwise': 'no URL is written so',
  'a URL that is none': 'Invalid URL',
  'a URL in other letters': 'no URL is written so',
  'a URL above the limit': 'no URL is written so',
  'an equality of nothing': 'an equality of one place',
  'no equalities': 'annotations without a path',
  'an equality that is a text': 'an equality of one place',
  'an equality of a place with itself': 'a place with two equalities',
  'two equalities of one place': ['a place with two equalities', 'an object in several places, which is not kept here'],
  'an equality with what is not there': 'a path to what is not there',
  'an equality of what is not there': 'a path to what is not there',
  'an equality of texts': 'an equality of what is no object',
  'an equality that makes a number an object': 'an equality of what is no object',
  'an equality of null': ['an equality of nothing', 'an object in several places, which is not kept here'],
  'an equality with a property of a list': 'a path to what is not there',
  'an equality within a Date': 'a path through a place that is annotated itself',
  'an equality with a prototype': 'a path to what is not there',
  'equalities of three parts': 'equalities of too many parts',
  'a property that changes prototypes': 'a property that changes prototypes',
  'an annotated property that changes prototypes': 'a property that changes prototypes',
  'more than 500 levels': 'what is nested deeper than 500 levels',
  'levels without end': 'what is nested deeper than 500 levels',
  'Sets in Sets without end': 'Maximum call stack size exceeded',
}

for (const [what, text] of Object.entries(NEVER_WRITTEN)) {
  test(`what was never written is not read: ${what}`, (t) => {
    const reasons = [REASONS[what]].flat()
    for (const keepsSame of [true, false]) {
      const { message } = t.throws(() => readRich(JSON.parse(text), keepsSame))
      t.is(message.replace(/^superjson does not write /, ''), (keepsSame ? reasons[0] : reasons.at(-1)) as string)
    }
  })
}

test('five hundred levels are read', (t) => {
  const text = `{"json":${'['.repeat(500)}null${']'.repeat(500)},"meta":{"values":{"${'0.'.repeat(499)}0":["undefined"]},"v":1}}`
  const value = readRich(JSON.parse(text), false)
  t.is(superjsonSerializer.stringify(value), `~${text}`)
})

test('a BigInt of 4,096 bits comes back', (t) => {
  for (const value of [2n ** 4096n - 1n, -(2n ** 4096n - 1n)])
    t.deepEqual(superjsonSerializer.parse(superjsonSerializer.stringify({ value })), { value })
})

test('whatever is read can be written again, and reads the same', (t) => {
  // Texts near those that are written: one token of it is another one.
  const piece = fc.constantFrom(
    '0',
    '1',
    '"a"',
    'null',
    '[]',
    '{}',
    '["Date"]',
    '["set"]',
    '["map"]',
    '"0.0"',
    '"a.0":',
    '[["a"]]',
    '{"a":["b"]}',
    '-0',
    '1e400',
  )
  const text = fc
    .tuple(values(true), fc.nat(), fc.nat(), piece, fc.boolean())
    .map(([value, where, whence, other, isOwn]) => {
      let written = '{}'
      try {
        written = superjsonSerializer.stringify(value).replace(/^~/, '')
      } catch {
        // Refused: something else is tried.
      }
      const tokens: readonly string[] = written.match(/"(?:[^"\\]|\\.)*"|[\w.-]+|[[\]{}:,]/g) ?? []
      const own = tokens[whence % tokens.length] ?? ''
      return tokens.with(where % tokens.length, isOwn ? own : other).join('')
    })
  let readable = 0
  fc.assert(
    fc.property(text, fc.boolean(), (mutant, keepsSame) => {
      let value: unknown
      try {
        value = readRich(JSON.parse(mutant), keepsSame)
      } catch {
        return
      }
      readable++
      const again = superjsonSerializer.stringify(value)
      t.true(isSame(value, superjsonSerializer.parse(again)))
    }),
    { numRuns: 20_000 },
  )
  t.true(readable > 500, String(readable))
})
