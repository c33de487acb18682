import test from 'ava'
import { cookie, encrypt, memoryStorage, seal, sign } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, tokenOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

test('one millisecond before its deadline a session lives, at its deadline it has ended', async (t) => {
  const clock = manualClock()
  const ByValue = cookie<Visit>('by_value', { idleTimeout: '1h' })
  const ById = cookie<Visit>('by_id', { idleTimeout: '1h', storage: memoryStorage({ clock }) })
  const { request } = await serveApp(
    t,
    [ByValue, ById],
    {
      '/set': ({ sessions }) => (sessions.set(ByValue, { count: 1 }), sessions.set(ById, { count: 2 })),
      // A failed request renews nothing.
      '/': (ctx) =>
        ctx.throw(500, String([ctx.sessions.get(ByValue)?.count, ctx.sessions.get(ById)?.count]), { expose: true }),
    },
    { clock },
  )
  const both = cookieOf(await request('/set'), 'by_value', 'by_id')
  clock.advance(HOUR - 1)
  t.is((await request('/', { cookie: both })).text, '1,2')
  clock.advance(1)
  t.is((await request('/', { cookie: both })).text, ',')
})

test('a token that was opened before expires all the same', async (t) => {
  const clock = manualClock()
  const all = [sign(KEY), encrypt({ keys: KEY }), seal({ password: KEY })].map((transform, index) =>
    cookie<Visit>(`visits${index}`, { transform, idleTimeout: '1h' }),
  )
  const { request } = await serveApp(
    t,
    all,
    {
      '/set': ({ sessions }) => all.forEach((one) => sessions.set(one, { count: 1 })),
      '/': ({ sessions }) => all.map((one) => sessions.get(one)?.count ?? 0),
    },
    { clock },
  )
  const held = cookieOf(await request('/set'), 'visits0', 'visits1', 'visits2')
  t.is((await request('/', { cookie: held })).text, '[1,1,1]')
  clock.advance(HOUR)
  t.is((await request('/', { cookie: held })).text, '[0,0,0]')
})

test('the absolute timeout ends a session however often it is used', async (t) => {
  const clock = manualClock()
  const options = { idleTimeout: '1d', absoluteTimeout: '3d' } as const
  const ByValue = cookie<Visit>('by_value', options)
  const ById = cookie<Visit>('by_id', { ...options, storage: memoryStorage({ clock }) })
  const { request } = await serveApp(
    t,
    [ByValue, ById],
    {
      '/count': async ({ sessions }) => [
        (await sessions.update(ByValue, (visit) => ({ count: (visit?.count ?? 0) + 1 }))).count,
        (await sessions.update(ById, (visit) => ({ count: (visit?.count ?? 0) + 1 }))).count,
      ],
    },
    { clock },
  )
  let reply = await request('/count')
  const id = tokenOf(reply, 'by_id')
  for (let half = 1; half < 6; half++) {
    clock.advance(DAY / 2)
    reply = await request('/count', { cookie: `by_value=${tokenOf(reply, 'by_value')}; by_id=${id}` })
    t.is(reply.text, `[${half + 1},${half + 1}]`)
  }
  clock.advance(DAY / 2)
  reply = await request('/count', { cookie: `by_value=${tokenOf(reply, 'by_value')}; by_id=${id}` })
  t.is(reply.text, '[1,1]')
  t.not(tokenOf(reply, 'by_id'), id)
})

test('a timeout that was shortened holds at once for the sessions that are there already', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const one = (absoluteTimeout: '10d' | '1d') => [
    cookie<Visit>('by_value', { absoluteTimeout }),
    cookie<Visit>('by_id', { absoluteTimeout, storage }),
  ]
  const [before, after] = [one('10d'), one('1d')]
  const first = await serveApp(
    t,
    before,
    { '/set': ({ sessions }) => before.forEach((each) => sessions.set(each, { count: 1 })) },
    { clock },
  )
  const second = await serveApp(
    t,
    after,
    { '/': (ctx) => ctx.throw(500, String(after.map((each) => ctx.sessions.get(each)?.count ?? 0)), { expose: true }) },
    { clock },
  )
  const held = cookieOf(await first.request('/set'), 'by_value', 'by_id')
  clock.advance(DAY - 1)
  t.is((await second.request('/', { cookie: held })).text, '1,1')
  clock.advance(1)
  t.is((await second.request('/', { cookie: held })).text, '0,0')
})
