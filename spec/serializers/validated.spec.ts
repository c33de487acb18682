import test from 'ava'
import type { StandardSchema } from '../../lib/base/standard-schema.ts'
import { SessionConfigError, SessionValueError } from '../../lib/errors.ts'
import { validated } from '../../lib/serializers/validated.ts'

type Result = ReturnType<StandardSchema['~standard']['validate']>

function schema(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as (value: unknown) => Result } }
}

const refusing = (path: unknown): StandardSchema => schema(() => ({ issues: [{ message: 'no', path }] }))

for (const [path, written] of [
  [undefined, ''],
  [[], ''],
  [['a', 0, 'b c'], 'a[0]["b c"]'],
  [[{ key: 'a' }, { key: 1 }], 'a[1]'],
  [[Symbol('s')], '["Symbol(s)"]'],
] as const) {
  test(`an issue at ${written || (path ? 'an empty path' : 'no path')} is refused there`, (t) => {
    const error = t.throws<SessionValueError>(() => validated(JSON, refusing(path)).stringify({}), {
      instanceOf: SessionValueError,
      message: `${written || 'the value itself'} does not match the schema (test)`,
    })
    t.is(error.path, written)
  })
}

test('an issue without anything is refused', (t) => {
  t.throws(
    () =>
      validated(
        JSON,
        schema(() => ({ issues: [] })),
      ).parse('{}'),
    {
      message: 'the value itself does not match the schema (test)',
    },
  )
})

test('the output of a schema is validated once more, unless it is the value itself', (t) => {
  let calls = 0
  const same = schema((value) => (calls++, { value }))
  validated(JSON, same).stringify({ a: 1 })
  t.is(calls, 1)
  const copying = schema((value) => (calls++, { value: { ...(value as object) } }))
  validated(JSON, copying).stringify({ a: 1 })
  t.is(calls, 3)
})

test('a schema that refuses its own output is an error of the definition', (t) => {
  const once = schema((value) => ((value as { n: unknown }).n === '1' ? { value: { n: 1 } } : { issues: [{}] }))
  t.throws(() => validated(JSON, once).stringify({ n: '1' }), {
    instanceOf: SessionConfigError,
    message: "the schema (test) refuses its own output: the output of a session's schema must be valid input",
  })
})

test('a schema that answers later is an error of the definition', (t) => {
  const later = schema(() => Promise.reject(new Error('late')))
  t.throws(() => validated(JSON, later).stringify({}), {
    instanceOf: SessionConfigError,
    message: 'the schema (test) returned a promise: the schema of a session must be synchronous',
  })
})
