import test from 'ava'
import { cookie, encrypt, memoryStorage, seal } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, lineOf, maxAgeOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Visit {
  count: number
}

const MINUTE = 60_000

test('by id a renewal is one touch of the storage and no header, on any request that carries the session', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const Visits = cookie<Visit>('visits', { storage, idleTimeout: '60m' })
  const { request } = await serveApp(
    t,
    [Visits],
    {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
      '/unused': () => 'ok',
      '/used': ({ sessions }) => sessions.get(Visits),
    },
    { clock },
  )
  const header = cookieOf(await request('/set'), 'visits')
  for (const path of ['/unused', '/used', '/nowhere', '/unused', '/used']) {
    clock.advance(50 * MINUTE)
    storage.calls.length = 0
    const reply = await request(path, { cookie: header })
    t.deepEqual(reply.setCookie, [])
    t.is(reply.headers.get('cache-control'), null)
    t.deepEqual(storage.calls, ['read', 'touch'], path)
  }
  clock.advance(60 * MINUTE)
  t.is((await request('/used', { cookie: header })).status, 204)
})

test('a session is renewed when touchAfter has passed, and not a millisecond before', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const Standard = cookie<Visit>('standard', { storage, idleTimeout: '60m' })
  const Seldom = cookie<Visit>('seldom', { storage, idleTimeout: '60m', touchAfter: '30m' })
  const Always = cookie<Visit>('always', { storage, idleTimeout: '60m', touchAfter: 0 })
  const all = [Standard, Seldom, Always]
  const { request } = await serveApp(
    t,
    all,
    {
      '/set': ({ sessions }) => all.forEach((one) => sessions.set(one, { count: 1 })),
      '/': () => 'ok',
    },
    { clock },
  )
  const header = cookieOf(await request('/set'), 'standard', 'seldom', 'always')
  const touched = async (after: number): Promise<number> => {
    clock.advance(after)
    storage.calls.length = 0
    await request('/', { cookie: header })
    return storage.calls.filter((verb) => verb === 'touch').length
  }
  t.is(await touched(0), 1)
  t.is(await touched(6 * MINUTE - 1), 1)
  t.is(await touched(1), 2)
  t.is(await touched(24 * MINUTE - 1), 2)
  t.is(await touched(1), 2)
  t.is(await touched(0), 1)
})

test('a thousand requests within touchAfter renew nothing', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const ById = cookie<Visit>('by_id', { storage, idleTimeout: '50m' })
  const ByValue = cookie<Visit>('by_value', { idleTimeout: '50m' })
  const { request } = await serveApp(
    t,
    [ById, ByValue],
    {
      '/set': ({ sessions }) => (sessions.set(ById, { count: 1 }), sessions.set(ByValue, { count: 1 })),
      '/': ({ sessions }) => [sessions.get(ById), sessions.get(ByValue)],
    },
    { clock },
  )
  const header = cookieOf(await request('/set'), 'by_id', 'by_value')
  storage.calls.length = 0
  for (let batch = 0; batch < 20; batch++) {
    clock.advance(14_000)
    const replies = await Promise.all(Array.from({ length: 50 }, () => request('/', { cookie: header })))
    t.true(replies.every(({ setCookie, text }) => setCookie.length === 0 && text === '[{"count":1},{"count":1}]'))
  }
  t.deepEqual([...new Set(storage.calls)], ['read'])
})

for (const [name, transform] of Object.entries({
  signed: undefined,
  encrypted: encrypt({ keys: KEY }),
  sealed: seal({ password: KEY }),
})) {
  test(`by value (${name}) a renewal is a new cookie, only where the session was used and no shared cache keeps the response`, async (t) => {
    const clock = manualClock()
    const Visits = cookie<Visit>('visits', { idleTimeout: '60m', ...(transform && { transform }) })
    const cached = (cacheControl: string) => (ctx: { sessions: unknown; set(name: string, value: string): void }) => {
      ctx.set('Cache-Control', cacheControl)
      return (ctx.sessions as { get(key: object): unknown }).get(Visits)
    }
    const { request } = await serveApp(
      t,
      [Visits],
      {
        '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
        '/unused': () => 'ok',
        '/used': ({ sessions }) => sessions.get(Visits),
        '/public': cached('public, max-age=60'),
        '/shared': cached('max-age=0, S-MaxAge=60'),
        '/private': cached('private, max-age=60'),
      },
      { clock },
    )
    const header = cookieOf(await request('/set'), 'visits')
    clock.advance(5 * MINUTE)
    t.deepEqual((await request('/used', { cookie: header })).setCookie, [])
    clock.advance(25 * MINUTE)
    for (const path of ['/unused', '/public', '/shared']) {
      t.deepEqual((await request(path, { cookie: header })).setCookie, [], path)
    }
    t.is((await request('/public', { cookie: header })).headers.get('cache-control'), 'public, max-age=60')
    const kept = await request('/private', { cookie: header })
    t.is(maxAgeOf(lineOf(kept, 'visits')), 3600)
    t.is(kept.headers.get('cache-control'), 'private, no-store')
    const renewed = await request('/used', { cookie: header })
    t.is(maxAgeOf(lineOf(renewed, 'visits')), 3600)
    clock.advance(59 * MINUTE)
    t.is((await request('/used', { cookie: header })).status, 204)
    t.is((await request('/used', { cookie: cookieOf(renewed, 'visits') })).text, '{"count":1}')
  })
}

test('a response that the app gives caches a lifetime for, without saying private, is not made private by a renewal', async (t) => {
  const clock = manualClock()
  const Visits = cookie<Visit>('visits', { idleTimeout: '60m' })
  const { request } = await serveApp(
    t,
    [Visits],
    {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
      '/': (ctx) => (ctx.set('Cache-Control', 'max-age=600'), ctx.sessions.get(Visits)),
    },
    { clock },
  )
  const header = cookieOf(await request('/set'), 'visits')
  clock.advance(30 * MINUTE)
  const reply = await request('/', { cookie: header })
  t.deepEqual(reply.setCookie, [])
  t.is(reply.headers.get('cache-control'), 'max-age=600')
})
