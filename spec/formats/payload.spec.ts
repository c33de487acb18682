import test from 'ava'
import fc from 'fast-check'
import { readBody, valueAlone, writeBody, type Body } from '../../lib/formats/payload.ts'

const flashId = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
const flashes = fc.array(fc.record({ id: flashId, text: fc.string() }), {
  minLength: 1,
  maxLength: 4,
})
const idleTimeout = fc.integer({ min: 1, max: 8.64e14 })

test('what a session holds comes back as it went in, whichever parts are there', (t) => {
  fc.assert(
    fc.property(fc.option(fc.string()), fc.option(flashes), fc.option(idleTimeout), (value, left, timeout) => {
      const body: Body = { value: value ?? undefined, flash: left ?? undefined, idleTimeout: timeout ?? undefined }
      t.deepEqual({ flash: undefined, idleTimeout: undefined, ...readBody(writeBody(body)) }, body)
    }),
  )
})

test('a value alone, as most are, is written as it is', (t) => {
  t.is(writeBody({ value: '{"a":1}' }), '{"a":1}')
  t.is(writeBody({ value: '~{"json":{}}' }), '~{"json":{}}')
  t.is(writeBody({ value: '' }), '')
})

test('a value that looks like one with parts does not pass for one', (t) => {
  const value = '+["forged",[["id","text"]],5]'
  t.deepEqual(readBody(writeBody({ value })), { value, flash: undefined, idleTimeout: undefined })
})

for (const text of ['+', '+nonsense', '+{}', '+7', '+null', '+["open"', '+"text"']) {
  test(`'${text}' is nothing that was written`, (t) => {
    t.is(readBody(text), null)
  })
}

for (const [text, what] of [
  ['+[7,null,null]', 'a value that is no text'],
  ['+[null,"text",null]', 'flash that is no list'],
  ['+[null,[],null]', 'an empty list of flash'],
  ['+[null,[["abcdefghijklmnop"]],null]', 'flash without a text'],
  ['+[null,[["abcdefghijklmnop","text"],[1,"text"]],null]', 'flash whose id is no text'],
  ['+[null,[["abcdefghijklmno","text"]],null]', 'flash whose id is too short'],
  ['+[null,[["abcdefghijklmnopq","text"]],null]', 'flash whose id is too long'],
  ['+[null,[["abcdefgh ijklmno","text"]],null]', 'flash whose id has a space'],
  ['+[null,[["abcdefghijklmno\\n","text"]],null]', 'flash whose id ends in a line'],
  ['+[null,[null],null]', 'flash that is nothing'],
  ['+[null,null,"5"]', 'a timeout that is no number'],
  ['+[null,null,0]', 'a timeout of no time'],
  ['+[null,null,-5]', 'a negative timeout'],
  ['+[null,null,1.5]', 'a timeout of half a millisecond'],
  ['+[null,null,1e400]', 'a timeout without end'],
  ['+[]', 'nothing at all'],
] as const) {
  test(`${what} is read as none`, (t) => {
    t.deepEqual(readBody(text), { value: undefined, flash: undefined, idleTimeout: undefined })
  })
}

test('no more flash is read than a hundred requests leave, the youngest', (t) => {
  const left = Array.from({ length: 5000 }, (_, number) => ({ id: String(number).padStart(16, '0'), text: '{}' }))
  const read = readBody(writeBody({ value: '1', flash: left }))?.flash
  t.is(read?.length, 100)
  t.deepEqual(read?.at(-1), left.at(-1))
})

test('of a text that anybody may have written there is the value alone', (t) => {
  const flash = [{ id: 'abcdefghijklmnop', text: '{}' }]
  t.is(valueAlone('{"a":1}'), '{"a":1}')
  t.is(valueAlone(writeBody({ value: '{"a":1}', flash, idleTimeout: 5 })), '{"a":1}')
  t.is(readBody(valueAlone(writeBody({ value: '+[]', flash })) ?? '')?.value, '+[]')
  for (const text of [writeBody({ flash }), writeBody({ idleTimeout: 5 }), '+', '+[]', '+{}', '+[1]', '+["a"'])
    t.is(valueAlone(text), null, text)
})
