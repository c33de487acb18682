import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  jsonSerializer,
  plain,
  SessionValueError,
  superjsonSerializer,
  type SessionSerializer,
} from 'koa-typed-sessions'
import { codec } from '../../lib/definition/codec.ts'
import { readBody, writeBody } from '../../lib/formats/payload.ts'
import { readEnvelope, writeEnvelope } from '../../lib/formats/envelope.ts'
import { fromColumn, toColumn } from '../../lib/storages/postgres/column-text.ts'
import { recordFromJson, recordToJson } from '../../lib/storages/shared/record-json.ts'
import { isSame, values, type Allowance } from './_values.ts'

/** How many values of each kind. A million takes some twenty minutes: `VALUES=1000000 npx ava --timeout=60m spec/serializers/round-trip.spec.ts`. */
const RUNS = Number(process.env['VALUES'] ?? 25_000)

test.beforeEach((t) => t.timeout(3_600_000))

/** Everything that a text goes through between a serializer and the next request. */
function throughAll(text: string): string {
  const id = 'abcdefghijklmnop'
  const body = readBody(writeBody({ value: text, flash: [{ id, text }], idleTimeout: 1 }))
  const alone = readBody(writeBody({ value: text }))
  const envelope = readEnvelope(writeEnvelope({ text, createdAt: 1, expiresAt: 2 }))
  const record = { data: text, version: 1, createdAt: 1, expiresAt: 2, identity: id }
  const texts = [
    body?.value,
    body?.flash?.[0]?.text,
    alone?.value,
    envelope?.text,
    recordFromJson(recordToJson(record, 1))?.data,
    fromColumn(toColumn(text)),
    // As Redis, files, signatures and encryption do.
    Buffer.from(text).toString(),
    decodeURIComponent(encodeURIComponent(text)),
  ]
  if (texts.some((one) => one !== text)) throw new Error(`does not survive where it is kept: ${JSON.stringify(text)}`)
  return text
}

interface Count {
  kept: number
  refused: number
}

function property(
  t: ExecutionContext,
  cycles: boolean,
  one: Pick<ReturnType<typeof codec>, 'write' | 'read'>,
  may: Allowance,
): Count {
  const count = { kept: 0, refused: 0 }
  fc.assert(
    fc.property(values(cycles), (value) => {
      let text
      try {
        text = one.write(value)
      } catch (error) {
        if (!(error instanceof SessionValueError)) throw error
        count.refused++
        return
      }
      count.kept++
      const back = one.read(throughAll(text))
      if (!back) throw new Error(`lost: ${text}`)
      if (!isSame(value, back.value, may)) throw new Error(`changed: ${text}`)
      // What was read can be written, and comes to the same.
      if (one.write(back.value) !== text) throw new Error(`written otherwise: ${text}`)
    }),
    { numRuns: RUNS },
  )
  t.log(`${count.kept} kept, ${count.refused} refused of ${RUNS}`)
  return count
}

const KINDS: readonly (readonly [
  string,
  SessionSerializer,
  'authenticated' | 'not authenticated',
  boolean,
  Allowance,
])[] = [
  ['superjson, objects in several places and in themselves', superjsonSerializer, 'authenticated', true, {}],
  ['superjson, objects in several places', superjsonSerializer, 'authenticated', false, {}],
  ['superjson, not authenticated', superjsonSerializer, 'not authenticated', false, { copies: true }],
  ['JSON', jsonSerializer, 'authenticated', false, { copies: true, omissions: true }],
]

for (const [name, serializer, how, cycles, may] of KINDS) {
  test(`what is accepted comes back as it went in, and the rest is refused (${name})`, (t) => {
    const one = codec('any', { serializer, ...(how === 'authenticated' ? {} : { transform: plain() }) })
    const { kept } = property(t, cycles, one, may)
    t.true(kept > RUNS / 20, 'most is not refused')
  })
}

test('a cycle is refused where a client may have written the text, and where there is only JSON', (t) => {
  const cyclic = { deep: [{}] as object[] }
  cyclic.deep.push(cyclic)
  for (const options of [{ transform: plain() }, { serializer: jsonSerializer }]) {
    const error = t.throws(() => codec('any', options).write(cyclic), { instanceOf: SessionValueError })
    t.is(error.path, 'deep[1]')
  }
})

/** JSON as a client may write it, and what is nearly that. */
const written = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(700),
    fc.constantFrom('"__proto__"', '1e400', '-0', '"\\ud800"', '0', '"then"', '"toJSON"'),
    fc.nat(3),
  )
  .map(([json, levels, piece, shape]) => {
    if (shape === 0) return `{"a":${'['.repeat(levels)}${piece}${']'.repeat(levels)}}`
    if (shape === 1) return `{${piece.startsWith('"') ? piece : '"a"'}:${json},"b":${piece}}`
    return shape === 2 ? `{"a":${json},"constructor":{"prototype":${piece}}}` : json
  })

for (const [name, serializer] of [
  ['superjson', superjsonSerializer],
  ['JSON', jsonSerializer],
  ['JSON itself', JSON],
] as const) {
  test(`whatever is read of a text that a client wrote can be written again, with a Date beside it too (${name})`, (t) => {
    const one = codec('any', { serializer, transform: plain() })
    let [read, refused] = [0, 0]
    fc.assert(
      fc.property(written, (text) => {
        const value = one.read(text)?.value
        if (!value) {
          refused++
          return
        }
        read++
        t.notThrows(() => one.write(value))
        if (serializer === superjsonSerializer) t.notThrows(() => one.writeKeys({ ...value, at: new Date(0) }))
      }),
      { numRuns: Math.min(RUNS, 5000) },
    )
    t.true(read > 100 && refused > 100, `${read} read, ${refused} refused`)
  })
}
