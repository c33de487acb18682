import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { cookie, encrypt, jsonSerializer, memoryStorage, type CookieSessionOptions } from 'koa-typed-sessions'
import { ENGINES } from './_support/engines.ts'
import { KEYS, serveApp } from '../support/app.ts'

interface Holder {
  value: unknown
}

/** What one request sets and the next one reads. */
async function exchange(t: Pick<ExecutionContext, 'teardown'>, options: CookieSessionOptions<Holder>) {
  const Any = cookie<Holder>('any', { ...options, cookie: { chunks: 4 } })
  let given: unknown
  let taken: unknown
  const { browser, errors } = await serveApp(t, [Any], {
    '/set': (ctx) => {
      ctx.sessions.set(Any, { value: given })
      ctx.status = 204
    },
    '/get': (ctx) => {
      const holder = ctx.sessions.get(Any)
      taken = holder?.value
      ctx.status = holder ? 204 : 404
    },
  })
  return {
    errors,
    async through(value: unknown): Promise<unknown> {
      given = value
      taken = 'nothing was read'
      const visitor = browser()
      const set = await visitor.get('/set')
      if (set.status !== 204) throw errors.at(-1)
      const get = await visitor.get('/get')
      return get.status === 204 ? taken : 'no session'
    },
    /** What kind of error setting a value ends in, and where in the value it says. */
    async refused(value: unknown): Promise<{ status: number; code: unknown; path: unknown; cookies: number }> {
      given = value
      const { status, setCookie } = await browser().get('/set')
      const { code, path } = errors.at(-1) as { code?: unknown; path?: unknown }
      return { status, code, path, cookies: setCookie.length }
    },
  }
}

const cyclic: { name: string; self?: unknown } = { name: 'cycle' }
cyclic.self = cyclic

const KEPT: Readonly<Record<string, unknown>> = {
  'nested objects and arrays': { a: [{ b: { c: [1, [2, [3]]] } }] },
  'empty things': { text: '', list: [], object: {}, zero: 0, no: false, nothing: null },
  'text of any language': 'ğüşı – 日本語 – 🦊 – \u0000\u001f"\\',
  'a lone surrogate': '\ud800 and \udfff',
  'numbers JSON cannot say': [Number.NaN, Infinity, -Infinity, -0],
  'the ends of numbers': [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE, 0.1 + 0.2],
  'a BigInt': 2n ** 200n,
  'an undefined property and item': { a: undefined, b: [undefined, 1] },
  'a Date': new Date(1_700_000_000_123),
  'a Map with keys of any type': new Map<unknown, unknown>([
    ['a', 1],
    [2, new Date(0)],
    [{ k: 1 }, [1]],
  ]),
  'a Set in a Map': new Map([['set', new Set([1, 'b', null])]]),
  'a URL': new URL('https://example.org/path?q=1#f'),
  'keys with dots, quotes and emptiness': {
    'a.b': new Date(0),
    '': new Date(1),
    '"': [new Date(2)],
    'a\\.b': new Date(3),
  },
  'keys that every object has': { toString: 1, hasOwnProperty: 'x', valueOf: null },
  'the keys constructor and prototype': { constructor: { prototype: 1 }, prototype: { a: 1 } },
  'one object in two places': ((shared) => [shared, shared])({ a: 1 }),
}

for (const [kind, options] of [
  ['by value', {}],
  ['encrypted', { transform: encrypt({ keys: KEYS }) }],
] as const) {
  test(`a value comes back as it went in (${kind})`, async (t) => {
    const { through } = await exchange(t, options)
    for (const [name, value] of Object.entries(KEPT)) t.deepEqual(await through(value), value, name)
  })
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`a value comes back as it went in (by id, ${where})`, async (t) => {
    const { through } = await exchange(t, { storage: engine(t) })
    for (const [name, value] of Object.entries(KEPT)) t.deepEqual(await through(value), value, name)
  })

  test(`a value of half a megabyte comes back as it went in (by id, ${where})`, async (t) => {
    const { through } = await exchange(t, { storage: engine(t) })
    const value = 'megabyte'.repeat(2 ** 16)
    t.true((await through(value)) === value)
  })
}

test('a cycle comes back as a cycle', async (t) => {
  const { through } = await exchange(t, {})
  const back = (await through(cyclic)) as typeof cyclic
  t.is(back.name, 'cycle')
  t.is(back.self, back)
})

class Money {
  amount = 1
}

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['a function', { items: [{ price: () => 1 }] }, 'value.items[0].price'],
  ['a symbol', { 'unit price': Symbol('s') }, 'value["unit price"]'],
  ['a promise', [Promise.resolve(1)], 'value[0]'],
  ['an instance of a class', { a: { b: new Money() } }, 'value.a.b'],
  ['a Buffer', { bytes: Buffer.from('x') }, 'value.bytes'],
  ['an error', { error: new Error('x') }, 'value.error'],
  ['a boxed number', Object(1), 'value'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'value.at'],
  ['a WeakMap', new WeakMap(), 'value'],
  ['a hole in an array', Object.assign([1], { 2: 3 }), 'value[1]'],
  ['a key that is a symbol', { a: { [Symbol('s')]: 1 } }, 'value.a'],
  ['the key __proto__', { a: JSON.parse('{"__proto__":{"admin":true}}') }, 'value.a.__proto__'],
  ['a subclass of Date', new (class Day extends Date {})(0), 'value'],
]

for (const [name, value, path] of REFUSED) {
  test(`${name} is refused where it is set, with the path to it, and nothing is stored`, async (t) => {
    for (const options of [{}, { storage: memoryStorage() }, { serializer: jsonSerializer }]) {
      const { refused } = await exchange(t, options)
      t.deepEqual(await refused(value), { status: 500, code: 'ERR_SESSION_VALUE', path, cookies: 0 })
    }
  })
}

for (const [name, value, path] of [
  ['a Date', { at: new Date(0) }, 'value.at'],
  ['NaN', [Number.NaN], 'value[0]'],
  ['a cycle', cyclic, 'value.self'],
  ['a BigInt', 1n, 'value'],
] as const) {
  test(`${name}, which plain JSON would change in silence, is refused by jsonSerializer`, async (t) => {
    const { refused } = await exchange(t, { serializer: jsonSerializer })
    t.deepEqual(await refused(value), { status: 500, code: 'ERR_SESSION_VALUE', path, cookies: 0 })
  })
}

test('a function in a Map or a Set is refused too', async (t) => {
  const { refused } = await exchange(t, {})
  for (const value of [new Map([['a', () => 1]]), new Map([[() => 1, 'a']]), new Set([[Symbol('s')]])]) {
    t.like(await refused(value), { status: 500, code: 'ERR_SESSION_VALUE', cookies: 0 })
  }
})

test('what is refused leaves the session as it was, also for the rest of the request', async (t) => {
  const Any = cookie<Holder>('any')
  const { browser } = await serveApp(t, [Any], {
    '/set': (ctx) => {
      ctx.sessions.set(Any, { value: 1 })
      t.throws(() => ctx.sessions.set(Any, { value: () => 1 }), { code: 'ERR_SESSION_VALUE', message: /'any'.*value/ })
      ctx.body = ctx.sessions.get(Any)
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Any)),
  })
  const ada = browser()
  t.deepEqual(await ada.json('/set'), { value: 1 })
  t.deepEqual(await ada.json('/get'), { value: 1 })
})

test('set takes a snapshot, and what get gives cannot be changed', async (t) => {
  const Any = cookie<{ list: number[]; at: Date; map: Map<string, number> }>('any')
  const { browser } = await serveApp(t, [Any], {
    '/': (ctx) => {
      const mine = { list: [1], at: new Date(0), map: new Map([['a', 1]]) }
      ctx.sessions.set(Any, mine)
      mine.list.push(2)
      const theirs = ctx.sessions.get(Any)
      t.throws(() => theirs?.list.push(3), { instanceOf: TypeError })
      theirs?.map.set('b', 2)
      theirs?.at.setTime(5)
      t.deepEqual(ctx.sessions.get(Any), { list: [1], at: new Date(0), map: new Map([['a', 1]]) })
      t.false(Object.isFrozen(mine.list))
    },
    '/get': (ctx) => void (ctx.body = [ctx.sessions.get(Any)?.list, ctx.sessions.get(Any)?.map.size]),
  })
  const ada = browser()
  t.is((await ada.get('/')).status, 204)
  t.deepEqual(await ada.json('/get'), [[1], 1])
})

test('whatever can be set comes back as it was, or is refused; and no prototype is ever changed', async (t) => {
  const { through } = await exchange(t, { storage: memoryStorage() })
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', 'a.b', 'a\\', '~', 'toJSON')),
  } as fc.ObjectConstraints)
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      let back: unknown
      try {
        back = await through(value)
      } catch (error) {
        return (error as { code?: unknown }).code === 'ERR_SESSION_VALUE' && Object.keys(Object.prototype).length === 0
      }
      return t.deepEqual(back, value) && ({} as { admin?: unknown }).admin === undefined
    }),
    { numRuns: 300 },
  )
})
