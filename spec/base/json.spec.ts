import test from 'ava'
import fc from 'fast-check'
import { parseJson } from '../../lib/base/json.ts'

test('a name that is written with an escape is read as that name, whatever was parsed before', (t) => {
  for (const before of [String.raw`{"h":[],"\\":0}`, String.raw`{"h":[],"a\\":0}`]) parseJson(before)
  t.deepEqual(Object.keys(parseJson(String.raw`{"h":1,"\"":2}`) as object), ['h', '"'])
  t.deepEqual(Object.keys(parseJson(String.raw`{"h":1,"a\n":2}`) as object), ['h', 'a\n'])
  t.deepEqual(Object.keys(parseJson(String.raw`{"h":1,"\u0061\u0022" :2}`) as object), ['h', 'a"'])
})

const json = fc.jsonValue({ maxDepth: 4 })
const names = fc.constantFrom('a', '"', '\\', '\n', 'a"', 'a\\', '__proto__', '0', 'é', '\u2028', '\ud800')
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    names,
    json,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie('tree')), { maxLength: 4 }).map((entries): unknown => Object.fromEntries(entries)),
  ),
}))

for (const space of [0, 1, '\t', '\n\r ']) {
  test(`what JSON writes, with ${JSON.stringify(space)} between, is read as it was`, (t) => {
    fc.assert(
      fc.property(tree, (value) => {
        // `JSON.stringify` takes white space for its indentation only as it is.
        const text = JSON.stringify(value, null, space)
        t.is(JSON.stringify(parseJson(text)), JSON.stringify(value))
      }),
      { numRuns: 5000 },
    )
  })
}

test('the last of several properties with one name is kept, and `__proto__` changes no prototype', (t) => {
  const read = parseJson(String.raw`{"\u0061":1,"__proto__":{"b":1},"a":[2,"\"",{}]}`) as Record<string, unknown>
  t.deepEqual(Object.entries(read), [
    ['a', [2, '"', {}]],
    ['__proto__', { b: 1 }],
  ])
  t.is(Object.getPrototypeOf(read), Object.prototype)
})

test('nesting may be as deep as `JSON.parse` allows', (t) => {
  const text = `{"\\n":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  t.deepEqual(Object.keys(parseJson(text) as object), ['\n'])
})

for (const text of ['', '{', '{"a\\":1}', '{"\\n":1}]', '{"\\x":1}', '"a\\', '["\\n",]', '{"\n":1}']) {
  test(`${JSON.stringify(text)} is a SyntaxError, as for JSON.parse`, (t) => {
    t.throws(() => parseJson(text), { instanceOf: SyntaxError })
  })
}
