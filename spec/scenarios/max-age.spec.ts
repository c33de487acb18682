import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { serveApp } from '../support/app.ts'
import { cookieOf, lineOf, maxAgeOf, tokenOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

const MINUTE = 60_000
const DAY = 86_400_000

test('no renewal passes the absolute deadline, and the cookie says the same', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const options = { idleTimeout: '6h', absoluteTimeout: '10h' } as const
  const ById = cookie<Visit>('by_id', { ...options, storage })
  const ByValue = cookie<Visit>('by_value', options)
  const { request } = await serveApp(
    t,
    [ById, ByValue],
    {
      '/set': ({ sessions }) => (sessions.set(ById, { count: 1 }), sessions.set(ByValue, { count: 1 })),
      '/': ({ sessions }) => [sessions.get(ById), sessions.get(ByValue)],
    },
    { clock },
  )
  const set = await request('/set')
  t.is(maxAgeOf(lineOf(set, 'by_id')), 10 * 3600)
  t.is(maxAgeOf(lineOf(set, 'by_value')), 6 * 3600)
  clock.advance(5.5 * 60 * MINUTE)
  const renewed = await request('/', { cookie: cookieOf(set, 'by_id', 'by_value') })
  t.is(lineOf(renewed, 'by_id'), '')
  t.is(maxAgeOf(lineOf(renewed, 'by_value')), 4.5 * 3600)
  const header = `by_id=${tokenOf(set, 'by_id')}; by_value=${tokenOf(renewed, 'by_value')}`
  clock.advance(4.5 * 60 * MINUTE - 1)
  const last = await request('/', { cookie: header })
  t.is(last.text, '[{"count":1},{"count":1}]')
  t.deepEqual(last.setCookie, [])
  clock.advance(1)
  t.is((await request('/', { cookie: header })).text, '[null,null]')
})

test('Max-Age is rounded up, never above 400 days, never above what the session lives, and left out where it is null', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const cookies = {
    rounded: cookie<Visit>('rounded', { idleTimeout: 1001 }),
    endless: cookie<Visit>('endless', { idleTimeout: null, absoluteTimeout: null }),
    endless_id: cookie<Visit>('endless_id', { storage, idleTimeout: null, absoluteTimeout: null }),
    long: cookie<Visit>('long', { idleTimeout: '500d', absoluteTimeout: '1000d' }),
    longer: cookie<Visit>('longer', { cookie: { maxAge: '90d' } }),
    shorter: cookie<Visit>('shorter', { cookie: { maxAge: 1500 } }),
    computed: cookie<Visit>('computed', { cookie: { maxAge: () => '1h' } }),
    remembered_not: cookie<Visit>('remembered_not', { storage, cookie: { maxAge: () => null } }),
  }
  const { request } = await serveApp(
    t,
    Object.values(cookies),
    {
      '/set': ({ sessions }) => Object.values(cookies).forEach((one) => sessions.set(one, { count: 1 })),
      '/': ({ sessions }) => Object.values(cookies).map((one) => sessions.get(one)?.count ?? 0),
    },
    { clock },
  )
  const set = await request('/set')
  const ages = Object.keys(cookies).map((name) => [name, maxAgeOf(lineOf(set, name))])
  t.deepEqual(Object.fromEntries(ages), {
    rounded: 2,
    endless: 400 * 86_400,
    endless_id: 400 * 86_400,
    long: 400 * 86_400,
    longer: 7 * 86_400,
    shorter: 2,
    computed: 3600,
    remembered_not: undefined,
  })
  t.false(lineOf(set, 'remembered_not').includes('Expires'))
  clock.advance(399 * DAY)
  const later = await request('/', { cookie: cookieOf(set, ...Object.keys(cookies)) })
  t.is(later.text, '[0,1,1,1,0,0,0,0]')
})

test('a clock that is set back renews nothing beyond the absolute deadline, and says no negative Max-Age', async (t) => {
  const clock = manualClock()
  const Visits = cookie<Visit>('visits', { idleTimeout: '1h', absoluteTimeout: '2h' })
  const { request } = await serveApp(
    t,
    [Visits],
    {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
      '/count': ({ sessions }) => sessions.update(Visits, (visit) => ({ count: visit!.count + 1 })),
      '/': ({ sessions }) => sessions.get(Visits),
    },
    { clock },
  )
  const header = cookieOf(await request('/set'), 'visits')
  clock.advance(-60 * MINUTE)
  t.is((await request('/', { cookie: header })).text, '{"count":1}')
  const counted = await request('/count', { cookie: header })
  const age = maxAgeOf(lineOf(counted, 'visits'))!
  t.true(age > 0 && age <= 3 * 3600)
  clock.advance(60 * MINUTE + 2 * 60 * MINUTE)
  t.is((await request('/', { cookie: cookieOf(counted, 'visits') })).status, 204)
})

const HOUR = 60 * MINUTE

const SHORT_COOKIES = {
  'by id': (clock: () => number) => ({ storage: memoryStorage({ clock }) }),
  'by value': () => ({}),
}

for (const [kind, make] of Object.entries(SHORT_COOKIES)) {
  for (const maxAge of ['1h', HOUR, () => '1h' as const] as const) {
    test(`a cookie that ends before its session is sent again while it is in use (${kind}, ${String(maxAge)})`, async (t) => {
      const clock = manualClock()
      const Visits = cookie<Visit>('visits', {
        ...make(clock),
        cookie: { maxAge },
        ...(typeof maxAge === 'function' && { touchAfter: '6m' }),
      })
      const { request } = await serveApp(
        t,
        [Visits],
        {
          '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
          '/write': ({ sessions }) => sessions.set(Visits, { count: Math.random() }),
          '/unused': () => 'ok',
          '/': ({ sessions }) => sessions.get(Visits),
        },
        { clock },
      )
      const set = await request('/set')
      t.is(maxAgeOf(lineOf(set, 'visits')), 3600)
      let header = cookieOf(set, 'visits')
      clock.advance(5 * MINUTE)
      t.deepEqual((await request('/', { cookie: header })).setCookie, [], 'not due yet')
      const written = await request('/write', { cookie: header })
      t.is(maxAgeOf(lineOf(written, 'visits')), 3600, 'a write sends it')
      header = cookieOf(written, 'visits')
      // In use every half an hour for six days: each time there is another hour.
      for (let use = 0; use < 2 * 24 * 6; use++) {
        clock.advance(30 * MINUTE)
        t.deepEqual((await request('/unused', { cookie: header })).setCookie, [], 'only who asks is told')
        const reply = await request('/', { cookie: header })
        t.is(maxAgeOf(lineOf(reply, 'visits')), 3600)
        t.is(reply.headers.get('cache-control'), 'private, no-store')
        header = cookieOf(reply, 'visits')
      }
    })
  }

  test(`a cookie that ends before its session is sent again where the session has no idle timeout, or ends soon (${kind})`, async (t) => {
    const clock = manualClock()
    for (const options of [{ idleTimeout: null }, { idleTimeout: '7d', absoluteTimeout: '2d' }] as const) {
      const Visits = cookie<Visit>('visits', { ...make(clock), ...options, cookie: { maxAge: '1h' } })
      const { request } = await serveApp(
        t,
        [Visits],
        {
          '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
          '/': ({ sessions }) => sessions.get(Visits),
        },
        { clock },
      )
      let header = cookieOf(await request('/set'), 'visits')
      for (let use = 0; use < 4; use++) {
        clock.advance(30 * MINUTE)
        const reply = await request('/', { cookie: header })
        t.is(maxAgeOf(lineOf(reply, 'visits')), 3600)
        header = cookieOf(reply, 'visits')
      }
    }
  })
}

test('a cookie that ends with the browser, or later than its session, is not sent again by id', async (t) => {
  const clock = manualClock()
  for (const maxAge of [null, '400d', '30d'] as const) {
    const Visits = cookie<Visit>('visits', { storage: memoryStorage({ clock }), cookie: { maxAge } })
    const { request } = await serveApp(
      t,
      [Visits],
      { '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }), '/': ({ sessions }) => sessions.get(Visits) },
      { clock },
    )
    const header = cookieOf(await request('/set'), 'visits')
    clock.advance(2 * DAY)
    t.deepEqual((await request('/', { cookie: header })).setCookie, [])
  }
})
