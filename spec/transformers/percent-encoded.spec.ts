import test from 'ava'
import fc from 'fast-check'
import { decodeToken, encodeToken } from '../../lib/transformers/percent-encoded.ts'

test('what our own transformers make travels as it is', (t) => {
  t.is(encodeToken('sAbc_-.*09'), 'sAbc_-.*09')
})

test('any text comes back as it went, in characters that a cookie may hold', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = encodeToken(text)
      t.notRegex(encoded, /[^\x21-\x7e]|[",;\\]/)
      return decodeToken(encoded) === text
    }),
  )
  t.pass()
})

test('there is one way to write a token, and no other is taken', (t) => {
  t.is(decodeToken('%61bc'), null)
  t.is(decodeToken('a%2fb"'), null)
  t.is(decodeToken('%E0%A4%A'), null)
  t.is(decodeToken('%'), null)
  t.is(decodeToken('a b'), null)
  fc.assert(
    fc.property(fc.string(), (text) => {
      const token = decodeToken(text)
      return token === null || encodeToken(token) === text
    }),
  )
})
