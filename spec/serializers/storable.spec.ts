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

test('an object in two places is no cycle: JSON writes it twice, superjson once', (t) => {
  const shared = { a: 1 }
  t.is(checkStorable([shared, shared], 'json'), 'plain')
  t.is(checkStorable([shared, shared], 'superjson tree'), 'plain')
  t.is(checkStorable([shared, shared], 'superjson'), 'rich')
})

test('an object that more ways lead to than can be counted is walked once', (t) => {
  let value: object = { at: new Date(0) }
  for (let level = 0; level < 60; level++) value = [value, value]
  t.is(checkStorable(value, 'superjson'), 'rich')
})

test('an object in two places is found among many others', (t) => {
  const many = Array.from({ length: 100 }, () => [{}])
  t.is(checkStorable(many, 'superjson'), 'plain')
  t.is(checkStorable([...many, many[99]], 'superjson'), 'rich')
  t.is(checkStorable([...many, many[0]], 'superjson'), 'rich')
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
  ['a BigInt of more than 4,096 bits', { n: [2n ** 4096n] }, 'n[0]'],
  ['a URL of more than 4,096 characters', { at: new URL(`http://a.example/${'a'.repeat(4096)}`) }, 'at'],
  ['a property of an array that is no item', { match: /b/.exec('abc') }, 'match.index'],
  ['a property of a Date', { at: Object.assign(new Date(0), { zone: 'UTC' }) }, 'at.zone'],
  ['a property of a Map', [Object.assign(new Map(), { size2: 1 })], '[0].size2'],
  ['a subclass of Array', { list: new (class List extends Array {})() }, 'list'],
  ['an array with another prototype', { list: Object.setPrototypeOf([1], null) }, 'list'],
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
