import test from 'ava'
import fc from 'fast-check'
import { pooledRandom } from '../../lib/base/random.ts'
import { readData, readEnvelope, writeData, writeEnvelope } from '../../lib/formats/envelope.ts'

const instant = fc.integer({ min: 0, max: 8.64e15 })

test('value and deadlines come back as they went in', (t) => {
  fc.assert(
    fc.property(fc.string(), instant, instant, (text, createdAt, expiresAt) => {
      t.deepEqual(readEnvelope(writeEnvelope({ text, createdAt, expiresAt })), { text, createdAt, expiresAt })
    }),
  )
})

test('an instant is written in base 36, whatever its length', (t) => {
  const written = (createdAt: number): string =>
    writeEnvelope({ text: '', createdAt, expiresAt: 0 }).split('.', 1)[0] ?? ''
  const lengths = Array.from({ length: 11 }, (_, digits) => 36 ** digits)
  for (const power of lengths) {
    for (const value of [power - 1, power, power + 1]) t.is(written(value), value.toString(36))
  }
  fc.assert(fc.property(instant, (value) => void t.is(written(value), value.toString(36))))
})

for (const text of [
  '',
  '.',
  '..',
  'a',
  'a.b',
  'a.bc',
  '!.a.x',
  'a.!.x',
  '.a.x',
  'a..x',
  'A.b.x',
  ' a.b.x',
  '01.b.x',
  '1e9.b!.x',
  '-5.b.x',
  '2gosa7pa2gw.b.x',
  'zzzzzzzzzzzz.b.x',
  'a.b-.x',
  'a.b-1-2.x',
]) {
  test(`'${text}' is no envelope`, (t) => {
    t.is(readEnvelope(text), null)
  })
}

test('a record’s data is its nonce and its value', (t) => {
  t.is(readData(writeData(pooledRandom(), '{"a":1}')), '{"a":1}')
  t.is(readData(writeData(pooledRandom(), '')), '')
  t.is(readData('too short'), null)
})
