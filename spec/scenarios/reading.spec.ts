import test from 'ava'
import {
  cookie,
  isSessionError,
  memoryStorage,
  seal,
  sign,
  transformer,
  type SessionTransformer,
} from 'koa-typed-sessions'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, lineOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { until } from '../support/until.ts'

interface Visit {
  count: number
}

/** Signs, and tells what it was asked. */
function spying(calls: string[]): SessionTransformer {
  const { bind } = sign(KEY)
  return {
    bind(purpose) {
      const bound = bind(purpose)
      return {
        encode: (text) => (calls.push('encode'), bound.encode(text)),
        decode: (token) => (calls.push('decode'), bound.decode(token)),
      }
    },
  }
}

test('a request without a token asks neither storage nor transformer, and its response shows no trace', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const calls: string[] = []
  const ById = cookie<Visit>('by_id', { storage })
  const ByValue = cookie<Visit>('by_value', { transform: spying(calls) })
  const { request } = await serveApp(t, [ById, ByValue], {
    '/': () => 'hello',
    '/ask': ({ sessions }) => [sessions.get(ById) === undefined, sessions.get(ByValue) === undefined],
  })
  const reply = await request('/', { cookie: 'other=1; by_id_too=2; xby_value=3' })
  t.is(reply.text, 'hello')
  t.deepEqual(reply.setCookie, [])
  t.is(reply.headers.get('vary'), null)
  t.is(reply.headers.get('cache-control'), null)
  t.deepEqual(JSON.parse((await request('/ask')).text), [true, true])
  t.deepEqual([storage.calls, calls], [[], []])
})

test('all sessions by id that are on the request are read before the handler, all at once', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const A = cookie<Visit>('a', { storage })
  const B = cookie<Visit>('b', { storage })
  const NotSent = cookie<Visit>('not_sent', { storage })
  let reached = false
  const { request } = await serveApp(t, [A, B, NotSent], {
    '/set': ({ sessions }) => (sessions.set(A, { count: 1 }), sessions.set(B, { count: 2 })),
    '/': () => ((reached = true), 'ok'),
  })
  const both = cookieOf(await request('/set'), 'a', 'b')
  storage.calls.length = 0
  const open = storage.holdAll('read')
  const reply = request('/', { cookie: both })
  await until(() => storage.calls.length >= 2, { what: 'both sessions are being read' })
  t.deepEqual(storage.calls, ['read', 'read'])
  t.false(reached)
  open()
  t.is((await reply).text, 'ok')
  t.deepEqual(storage.calls, ['read', 'read'])
})

test('the handler runs without an await where the storage answers synchronously', async (t) => {
  const Visits = cookie<Visit>('visits', { storage: memoryStorage() })
  let reached = false
  const atOnce: boolean[] = []
  const { request } = await serveApp(
    t,
    [Visits],
    {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
      '/': ({ sessions }) => ((reached = true), sessions.get(Visits)),
    },
    {
      around: (_, next) => {
        const done = next()
        atOnce.push(reached)
        return done
      },
    },
  )
  const cookieHeader = cookieOf(await request('/set'), 'visits')
  t.deepEqual(JSON.parse((await request('/', { cookie: cookieHeader })).text), { count: 1 })
  t.deepEqual(atOnce, [false, true])
})

test('a session by value is decoded when it is first used, once, and never where it is not', async (t) => {
  const calls: string[] = []
  const Visits = cookie<Visit>('visits', { transform: spying(calls) })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/unused': () => 'ok',
    '/used': ({ sessions }) => [calls.length, sessions.get(Visits), sessions.get(Visits), calls.length],
  })
  const header = cookieOf(await request('/set'), 'visits')
  calls.length = 0
  t.is((await request('/unused', { cookie: header })).text, 'ok')
  t.deepEqual(calls, [])
  t.is((await request('/unused', { cookie: 'visits=forged' })).status, 200)
  t.deepEqual(calls, [])
  t.deepEqual(JSON.parse((await request('/used', { cookie: header })).text), [0, { count: 1 }, { count: 1 }, 1])
  t.deepEqual(calls, ['decode'])
})

test('an asynchronous transformer decodes before the handler, so that get stays synchronous', async (t) => {
  const Visits = cookie<Visit>('visits', { transform: seal({ password: KEY }) })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits),
  })
  const header = cookieOf(await request('/set'), 'visits')
  const reply = await request('/', { cookie: header })
  t.deepEqual(JSON.parse(reply.text), { count: 1 })
})

test('a transformer that gives a promise without having said so is an error, not a lost session', async (t) => {
  const encoding = cookie<Visit>('encoding', {
    transform: transformer({ encode: async (text) => text, decode: (x) => x }),
  })
  const decoding = cookie<Visit>('decoding', {
    transform: transformer({ encode: (text) => text, decode: async (x) => x }),
  })
  const { request, errors } = await serveApp(t, [encoding, decoding], {
    '/set': ({ sessions }) => sessions.set(encoding, { count: 1 }),
    '/get': ({ sessions }) => sessions.get(decoding),
  })
  t.is((await request('/set')).status, 500)
  const reply = await request('/get', { cookie: 'decoding=abc' })
  t.is(reply.status, 500)
  t.is(lineOf(reply, 'decoding'), '')
  t.deepEqual(
    errors.map((error) => isSessionError(error) && error.code),
    ['ERR_SESSION_CONFIG', 'ERR_SESSION_CONFIG'],
  )
})

test('what get gives can be changed by nobody: plain values are frozen, others are fresh with each read', async (t) => {
  interface Cart {
    items: { sku: string }[]
    seen: Set<string>
    since: Date
  }
  const Carts = cookie<Cart>('cart', { storage: memoryStorage() })
  const { request } = await serveApp(t, [Carts], {
    '/set': ({ sessions }) => sessions.set(Carts, { items: [{ sku: 'a' }], seen: new Set(['a']), since: new Date(0) }),
    '/change': ({ sessions }) => {
      const cart = sessions.get(Carts)!
      t.throws(() => cart.items.push({ sku: 'b' }), { instanceOf: TypeError })
      t.throws(() => (cart.items[0]!.sku = 'b'), { instanceOf: TypeError })
      t.throws(() => ((cart as Cart).since = new Date(1)), { instanceOf: TypeError })
      cart.seen.add('b')
      cart.since.setTime(5)
      const again = sessions.get(Carts)!
      return [[...again.seen], again.since.getTime()]
    },
    '/': ({ sessions }) => sessions.get(Carts)?.seen.size,
  })
  const header = cookieOf(await request('/set'), 'cart')
  t.deepEqual(JSON.parse((await request('/change', { cookie: header })).text), [['a'], 0])
  t.is((await request('/', { cookie: header })).text, '1')
})
