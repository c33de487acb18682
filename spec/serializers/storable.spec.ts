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

const BIG = 2n ** 4096n
const nameless = Object.create({ constructor: undefined })
class Five {
  static readonly name: string = 5 as never
}

for (const [kept, value, message] of [
  ['json', { a: Number.NaN }, 'a is not a finite number, which JSON does not have, and cannot be stored'],
  ['json', [undefined], '[0] is undefined, which JSON does not have, and cannot be stored'],
  ['json', 1n, 'the value itself is a BigInt, which JSON does not have, and cannot be stored'],
  ['json', { a: cyclic }, 'a.self is a cycle, which JSON does not have, and cannot be stored'],
  ['json', [new Date(0)], '[0] is a Date, which JSON does not have, and cannot be stored'],
  ['json', [new Map()], '[0] is a Map, which JSON does not have, and cannot be stored'],
  ['json', [new Set()], '[0] is a Set, which JSON does not have, and cannot be stored'],
  ['json', [new URL('http://a.example')], '[0] is a URL, which JSON does not have, and cannot be stored'],
  ['superjson', [BIG], '[0] is a BigInt of more than 4,096 bits and cannot be stored'],
  ['superjson', { less: -BIG }, 'less is a BigInt of more than 4,096 bits and cannot be stored'],
  ['superjson', [() => 1], '[0] is a function and cannot be stored'],
  ['superjson', [Symbol('x')], '[0] is a symbol and cannot be stored'],
  [
    'superjson tree',
    cyclic,
    'self is a cycle, which only a session in a storage or an authenticated token may have, and cannot be stored',
  ],
  ['superjson', [{ [Symbol('s')]: 1 }], '[0] is an object with a symbol for a key and cannot be stored'],
  [
    'superjson',
    JSON.parse('{"__proto__":{}}'),
    '__proto__ is a property of a name that could change prototypes and cannot be stored',
  ],
  ['superjson', [, 1], '[0] is a hole in an array and cannot be stored'],
  ['superjson', new Date(Number.NaN), 'the value itself is an invalid Date and cannot be stored'],
  [
    'superjson',
    new URL(`http://a.example/${'a'.repeat(4096)}`),
    'the value itself is a URL of more than 4096 characters and cannot be stored',
  ],
  [
    'superjson',
    Object.assign(
      Array.from({ length: 11 }, () => 1),
      { x1: 1 },
    ),
    'x1 is a property of something other than a plain object and cannot be stored',
  ],
  [
    'superjson',
    Object.assign([1], { '1x': 1 }),
    '["1x"] is a property of something other than a plain object and cannot be stored',
  ],
  [
    'superjson',
    Object.assign([1], { [Symbol('s')]: 1 }),
    '["a symbol"] is a property of something other than a plain object and cannot be stored',
  ],
  [
    'superjson',
    new Money(),
    "the value itself is an instance of Money (make it a plain object, or give the definition a 'type' or a serializer that supports it) and cannot be stored",
  ],
  ['superjson', nameless, 'the value itself is an object of a class without a name and cannot be stored'],
  ['superjson', [new Five()], '[0] is an object of a class without a name and cannot be stored'],
  [
    'superjson',
    { a: Object.create(Object.create(null)) },
    'a is an object of a class without a name and cannot be stored',
  ],
] as const) {
  test(`${kept}: ${message}`, (t) => {
    t.is(t.throws(() => checkStorable(value, kept), { instanceOf: SessionValueError }).message, message)
  })
}

test('the largest BigInts and the longest URL are stored', (t) => {
  const url = new URL(`http://a.example/${'a'.repeat(4096 - 'http://a.example/'.length)}`)
  t.is(url.href.length, 4096)
  t.is(checkStorable([BIG - 1n, 1n - BIG, url], 'superjson'), 'rich')
})

test('undefined is an item of a Set, a key of a Map, and a property that JSON leaves out', (t) => {
  t.is(checkStorable(new Set([undefined]), 'superjson'), 'rich')
  t.is(checkStorable(new Map([[undefined, undefined]]), 'superjson'), 'rich')
  t.is(checkStorable({ a: undefined, b: 1 }, 'json'), 'plain')
})

test('many values beside each other are not deep', (t) => {
  t.is(checkStorable([new Date(0), ...Array.from({ length: 1000 }, () => [[{}]])], 'superjson'), 'rich')
})
