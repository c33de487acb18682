import test from 'ava'
import fc from 'fast-check'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import { readBody, writeBody } from '../../lib/formats/payload.ts'
import { readData, readEnvelope, writeData, writeEnvelope } from '../../lib/formats/envelope.ts'
import { formatRecord, parseRecord } from '../../lib/storages/directory/record-file.ts'
import { recordFromJson, recordToJson } from '../../lib/storages/shared/record-json.ts'
import { FIELDS, fieldsOf, recordFrom } from '../../lib/storages/redis/record-fields.ts'
import { sameBytes } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { mutationOf } from './_mutations.ts'
import { bodies } from './_rich-texts.ts'

const random = sameBytes()
const NOW = Date.now()
const FAR = NOW + 86_400_000
const datas = ['{"a":1}', '~{"json":{"a":1}}', '+["{}",[["AAAAAAAAAAAAAAAA","{}"]],5]', '', '\u00e4\ud83d\ude00\n']
const records: SessionRecord[] = datas.flatMap((text, index) => {
  const record = {
    data: writeData(random, text),
    version: index + 1,
    createdAt: NOW,
    expiresAt: FAR,
    identity: `i${index}`,
  }
  return [record, { ...record, subject: `s${index}` }]
})

/** JSON of any kind that has some of the members of a record. */
const lookalike = fc
  .record(
    {
      data: fc.oneof(fc.string(), fc.constantFrom<unknown>(null, 1, [])),
      version: fc.oneof(fc.integer(), fc.constantFrom<unknown>(1e300, 0.5, '1', null, -0)),
      createdAt: fc.oneof(fc.double(), fc.constantFrom<unknown>('0', null)),
      expiresAt: fc.oneof(fc.double(), fc.constantFrom<unknown>('0', null)),
      identity: fc.constantFrom<unknown>('i', '', 7, null),
      subject: fc.constantFrom<unknown>('s', '', 7, null),
      key: fc.constantFrom<unknown>('k', 7),
      length: fc.nat(20),
      escaped: fc.constantFrom<unknown>(true, false, 1),
    },
    { requiredKeys: [] },
  )
  .map((fields) => JSON.stringify(fields))

const recordTexts = records.map((record) => recordToJson(record, record.version))
fuzz(
  'of a changed record text comes a record that can be written again, or none',
  fc.oneof(mutationOf(recordTexts), lookalike, fc.json()),
  (text) => {
    const record = recordFromJson(text)
    return record === null || same(recordFromJson(recordToJson(record, record.version)), record)
  },
)

const files = records.map((record) => formatRecord('k', record, record.version))
const fileTexts = fc.oneof(
  mutationOf(files),
  fc.tuple(lookalike, fc.string()).map((parts) => parts.join('\n')),
  fc.json(),
)
fuzz('of a changed record file comes a record that can be written again, or none', fileTexts, (text) => {
  const found = parseRecord(text)
  return found === null || same(parseRecord(formatRecord(found.key, found.record, found.record.version)), found)
})

test('a record file whose version or instants are beyond all numbers holds no record', (t) => {
  const [file = ''] = files
  t.truthy(parseRecord(file))
  for (const name of ['version', 'createdAt', 'expiresAt']) {
    t.is(parseRecord(file.replace(new RegExp(`"${name}":\\d+`), `"${name}":1e999`)), null, name)
  }
})

const field = fc.oneof(
  mutationOf(recordTexts),
  fc.constantFrom<unknown>(
    '1',
    '0',
    '-1',
    '1e3',
    '0x10',
    ' 5 ',
    'NaN',
    'Infinity',
    '',
    '9'.repeat(30),
    null,
    undefined,
    7,
    [],
    {},
  ),
  fc.string().map((text) => Buffer.from(text)),
)
fuzz(
  'of changed fields of a hash comes a record that can be written again, or none',
  fc.array(field, { minLength: 0, maxLength: 7 }),
  (values) => {
    const record = recordFrom(values)
    if (record === null) return true
    const written = fieldsOf(record, record.version)
    return same(recordFrom(FIELDS.map((name) => valueOf(written, name))), record)
  },
)

const envelopes = datas.flatMap((text) => [
  writeEnvelope({ text, createdAt: 0, expiresAt: 36 ** 6 }),
  writeEnvelope({ text, createdAt: NOW, expiresAt: FAR, generation: 3 }),
])
fuzz(
  'of a changed envelope comes one that is written the same way, or none',
  fc.oneof(mutationOf(envelopes), fc.string()),
  (text) => {
    const envelope = readEnvelope(text)
    return envelope === null || writeEnvelope(envelope) === text
  },
)

fuzz(
  'of any body come a value, flash and a timeout that can be written again, or nothing',
  fc.oneof(bodies, mutationOf(datas), fc.string()),
  (text) => {
    const body = readBody(text)
    return body === null || same(readBody(writeBody(body)), body)
  },
)

fuzz('of any data comes what stands behind the nonce', fc.string({ unit: 'binary', maxLength: 40 }), (data) => {
  const text = readData(data)
  return text === null ? data.length < 16 : data.endsWith(text) && text.length === data.length - 16
})

function valueOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1]
  return undefined
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
