import test from 'ava'
import fc from 'fast-check'
import { readBody, writeBody, type Body } from '../../lib/lifecycle/body.ts'

const flash = fc.array(fc.record({ id: fc.string({ minLength: 1 }), text: fc.string() }), {
  minLength: 1,
  maxLength: 4,
})
const idleTimeout = fc.integer({ min: 1, max: 8.64e14 })

test('what a session holds comes back as it went in, whichever parts are there', (t) => {
  fc.assert(
    fc.property(fc.option(fc.string()), fc.option(flash), fc.option(idleTimeout), (value, left, timeout) => {
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
  ['+[null,[["id"]],null]', 'flash without a text'],
  ['+[null,[["id","text"],[1,"text"]],null]', 'flash whose id is no text'],
  ['+[null,[null],null]', 'flash that is nothing'],
  ['+[null,null,"5"]', 'a timeout that is no number'],
  ['+[null,null,0]', 'a timeout of no time'],
  ['+[null,null,-5]', 'a negative timeout'],
  ['+[]', 'nothing at all'],
] as const) {
  test(`${what} is read as none`, (t) => {
    t.deepEqual(readBody(text), { value: undefined, flash: undefined, idleTimeout: undefined })
  })
}
