import test from 'ava'
import { SessionValueError } from '../../lib/errors.ts'
import { checkStorable } from '../../lib/serializers/storable.ts'

class Money {
  amount = 1
}
const cyclic: Record<string, unknown> = { name: 'a' }
cyclic['self'] = cyclic

test('what JSON says exactly is plain', (t) => {
  t.is(checkStorable({ a: 1, b: 'x', c: true, d: null, e: [1, [2]], f: { g: {} } }, 'superjson'), 'plain')
  t.is(checkStorable(Object.create(null), 'superjson'), 'plain')
  t.is(checkStorable({ constructor: 1, prototype: 2 }, 'superjson'), 'plain')
})

for (const [what, value] of Object.entries({
  'a Date': new Date(),
  'a Map': new Map([['a', 1]]),
  'a Set': new Set([1]),
  'a BigInt': 1n,
  'a URL': new URL('http://a.example'),
  undefined: undefined,
  NaN: Number.NaN,
  'minus zero': -0,
})) {
  test(`${what} takes superjson, and JSON is not asked to keep it`, (t) => {
    t.is(checkStorable({ deep: [value] }, 'superjson'), 'rich')
    if (what === 'minus zero') return
    t.throws(() => checkStorable({ deep: [value] }, 'json'), { instanceOf: SessionValueError })
  })
}

test('a cycle is kept by superjson and refused by JSON', (t) => {
  t.is(checkStorable(cyclic, 'superjson'), 'rich')
  const error = t.throws(() => checkStorable(cyclic, 'json'), { instanceOf: SessionValueError })
  t.is(error.path, 'self')
})

test('the same object twice is no cycle', (t) => {
  const shared = { a: 1 }
  t.is(checkStorable([shared, shared], 'json'), 'plain')
})

for (const [what, value, path] of [
  ['a function', { cart: { items: [1, { onBuy: () => 1 }] } }, 'cart.items[1].onBuy'],
  ['a symbol', { kind: Symbol('x') }, 'kind'],
  ['a promise', { 'unit price': Promise.resolve(1) }, '["unit price"]'],
  ['an instance of an unregistered class', { price: new Money() }, 'price'],
  ['a Buffer', { picture: Buffer.from('x') }, 'picture'],
  ['an Error', { error: new Error('x') }, 'error'],
  ['a WeakMap', { weak: new WeakMap() }, 'weak'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'at'],
  ['a hole in an array', { list: [1, , 3] }, 'list[1]'],
  ['something in a Map', { map: new Map([['k', () => 1]]) }, 'map[1]'],
  ['something in a Set', { set: new Set([() => 1]) }, 'set[0]'],
  ['a typed array', { bytes: new Uint8Array([1]) }, 'bytes'],
  ['a RegExp', { pattern: /a/ }, 'pattern'],
  ['an object with a symbol for a key', { odd: { [Symbol('s')]: 1 } }, 'odd'],
  ['a key that changes prototypes', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'a.__proto__'],
  ['a key that superjson refuses, beside a Date', { at: new Date(), a: { constructor: 1 } }, 'a.constructor'],
] as const) {
  test(`${what} is refused, and the message says where it stands`, (t) => {
    const error = t.throws(() => checkStorable(value, 'superjson'), { instanceOf: SessionValueError })
    t.is(error.path, path)
    t.true(error.message.includes(path))
  })
}

test('a value nested without end is refused, not overflowed upon', (t) => {
  let value: unknown = 1
  for (let depth = 0; depth < 100_000; depth++) value = [value]
  t.throws(() => checkStorable(value, 'superjson'), { instanceOf: SessionValueError, message: /deeper than 500/ })
})
