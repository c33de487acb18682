import test from 'ava'
import type { BoundTransformer } from '../../lib/contracts/transformer.ts'
import { cachingTokens } from '../../lib/transformers/token-cache.ts'

/** Makes `<text>!` of a text, and counts what it does. */
function counted(): { inner: BoundTransformer; calls: string[] } {
  const calls: string[] = []
  const inner: BoundTransformer = {
    safe: true,
    encode: (text) => (calls.push(`make ${text}`), `${text}!`),
    decode(token) {
      calls.push(`open ${token}`)
      return token.endsWith('!') ? { text: token.slice(0, -1), retired: false } : { refused: 'malformed' }
    },
  }
  return { inner, calls }
}

const RING = ['a ring']

test('where opening is cheap, a token is known that came twice, and one that was made or came once is not', (t) => {
  const { inner, calls } = counted()
  const { encode, decode } = cachingTokens(inner, 'cheap', () => RING)
  t.is(encode('a'), 'a!')
  for (let time = 0; time < 4; time++) t.deepEqual(decode('a!'), { text: 'a', retired: false })
  t.deepEqual(calls, ['make a', 'open a!', 'open a!'])
})

test('where opening is expensive, a token is known that was made or opened', (t) => {
  const { inner, calls } = counted()
  const { encode, decode } = cachingTokens(inner, 'expensive', () => RING)
  t.is(encode('a'), 'a!')
  for (const text of ['a', 'b']) {
    for (let time = 0; time < 3; time++) t.deepEqual(decode(`${text}!`), { text, retired: false })
  }
  t.deepEqual(calls, ['make a', 'open b!'])
})

for (const price of ['cheap', 'expensive'] as const) {
  test(`a token that was refused is looked at again each time (${price})`, (t) => {
    const { inner, calls } = counted()
    const { decode } = cachingTokens(inner, price, () => RING)
    for (let time = 0; time < 3; time++) t.deepEqual(decode('a'), { refused: 'malformed' })
    t.is(calls.length, 3)
  })

  test(`a token that was opened is opened again with another ring (${price})`, (t) => {
    const { inner, calls } = counted()
    let ring = RING
    const { decode } = cachingTokens(inner, price, () => ring)
    for (let time = 0; time < 3; time++) void decode('a!')
    const before = calls.length
    ring = ['another ring']
    t.deepEqual(decode('a!'), { text: 'a', retired: false })
    t.is(calls.length, before + 1)
  })

  test(`it may stand where the tokens of the transformer within may stand (${price})`, (t) => {
    const { inner } = counted()
    t.true(cachingTokens(inner, price, () => RING).safe)
    t.falsy(cachingTokens({ ...inner, safe: false }, price, () => RING).safe)
  })
}
