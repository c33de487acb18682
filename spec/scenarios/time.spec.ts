import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, type Clock, type CookieSessionOptions, type SessionStorage } from 'koa-typed-sessions'
import { manualClock, type ManualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import type { Page } from '../support/browser.ts'
import { serveApp } from '../support/app.ts'

interface Visits {
  user: string
  count: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Place = (t: ExecutionContext, clock: Clock) => { storage?: SessionStorage }

const PLACES: Readonly<Record<string, Place>> = {
  'by value': () => ({}),
  ...Object.fromEntries(
    Object.entries(ENGINES).map(([where, engine]): [string, Place] => [
      `by id, ${where}`,
      (t, clock) => ({ storage: engine(t, clock) }),
    ]),
  ),
}

async function visited(t: ExecutionContext, clock: ManualClock, options: CookieSessionOptions<Visits>) {
  const Visit = cookie<Visits>('visit', { subject: ({ user }) => user, ...options })
  const story = await serveApp(
    t,
    [Visit],
    {
      '/in': (ctx) => ctx.sessions.set(Visit, { user: String(ctx.query['user'] ?? 'ada'), count: 0 }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)?.user ?? 'none'),
      '/count': async (ctx) => {
        await ctx.sessions.update(Visit, (now) => ({ user: now?.user ?? 'nobody', count: (now?.count ?? 0) + 1 }))
      },
      '/late': (ctx) => {
        ctx.sessions.get(Visit)
        clock.advance(Number(ctx.query['after']))
        if (ctx.query['set']) ctx.sessions.set(Visit, { user: 'ada', count: 99 })
      },
    },
    { clock },
  )
  return { ...story, ada: story.browser() }
}

function maxAges(page: Page): number[] {
  return page.setCookie.map((line) => Number(/Max-Age=(-?\d+)/.exec(line)?.[1]))
}

for (const [kind, place] of Object.entries(PLACES)) {
  test(`a session ends at its idle timeout to the millisecond (${kind})`, async (t) => {
    for (const [wait, user] of [
      [30 * MINUTE - 1, 'ada'],
      [30 * MINUTE, 'none'],
    ] as const) {
      const clock = manualClock()
      const { ada } = await visited(t, clock, { idleTimeout: '30m', ...place(t, clock) })
      await ada.get('/in')
      clock.advance(wait)
      t.is((await ada.get('/get')).text, user)
    }
  })

  test(`however often it is used and written, a session ends at its absolute timeout (${kind})`, async (t) => {
    const clock = manualClock()
    const { ada } = await visited(t, clock, { idleTimeout: '30m', absoluteTimeout: '1h', ...place(t, clock) })
    await ada.get('/in')
    for (let minute = 10; minute < 60; minute += 10) {
      clock.advance(10 * MINUTE)
      t.is((await ada.get('/get')).text, 'ada')
      for (const age of maxAges(await ada.get('/count'))) t.true(age <= (60 - minute) * 60 && age > 0)
    }
    clock.advance(10 * MINUTE - 1)
    t.is((await ada.get('/get')).text, 'ada')
    clock.advance(1)
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`a login starts the absolute clock anew, a new value does not (${kind})`, async (t) => {
    const clock = manualClock()
    const { ada } = await visited(t, clock, { idleTimeout: null, absoluteTimeout: '1h', ...place(t, clock) })
    await ada.get('/in')
    clock.advance(40 * MINUTE)
    await ada.get('/in?user=bob')
    clock.advance(40 * MINUTE)
    await ada.get('/count')
    t.is((await ada.get('/get')).text, 'bob')
    clock.advance(20 * MINUTE)
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`a session that has neither timeout lives on, and its cookie asks for 400 days, no more (${kind})`, async (t) => {
    const clock = manualClock()
    const { ada, errors } = await visited(t, clock, { idleTimeout: null, absoluteTimeout: null, ...place(t, clock) })
    t.deepEqual(maxAges(await ada.get('/in')), [400 * 24 * 3600])
    clock.advance(10_000 * DAY)
    t.is((await ada.get('/get')).text, 'ada')
    await ada.get('/count')
    t.is((await ada.get('/get')).text, 'ada')
    t.deepEqual(errors, [])
  })

  test(`a timeout longer than any timer holds is kept (${kind})`, async (t) => {
    const clock = manualClock()
    const { ada } = await visited(t, clock, { idleTimeout: '300d', absoluteTimeout: '4000d', ...place(t, clock) })
    await ada.get('/in')
    for (let year = 0; year < 3; year++) {
      clock.advance(299 * DAY)
      t.is((await ada.get('/get')).text, 'ada')
    }
    clock.advance(300 * DAY)
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`a clock that is set back an hour neither ends a session nor lengthens it beyond its absolute end (${kind})`, async (t) => {
    const clock = manualClock()
    const { ada } = await visited(t, clock, { idleTimeout: '30m', absoluteTimeout: '2h', ...place(t, clock) })
    await ada.get('/in')
    clock.advance(-HOUR)
    t.is((await ada.get('/get')).text, 'ada')
    for (const age of maxAges(await ada.get('/count'))) t.true(age > 0)
    t.is((await ada.get('/get')).text, 'ada')
    // Three hours on from here is its absolute end.
    for (let minute = 0; minute < 180; minute += 20) {
      t.is((await ada.get('/get')).text, 'ada')
      clock.advance(20 * MINUTE)
    }
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`a request under way when the session ended sends no cookie that is over, nor brings it back (${kind})`, async (t) => {
    for (const after of [HOUR, 2 * HOUR]) {
      for (const query of [`after=${after}`, `after=${after}&set=1`]) {
        const clock = manualClock()
        const timeouts = { idleTimeout: '30m', absoluteTimeout: '1h' } as const
        const { ada, errors } = await visited(t, clock, { ...timeouts, ...place(t, clock) })
        await ada.get('/in')
        const copy = ada.copy()
        const page = await ada.get(`/late?${query}`)
        t.true(page.status < 500)
        for (const age of maxAges(page)) t.true(age >= 0, `${query}: Max-Age=${age}`)
        t.is((await ada.get('/get')).text, 'none')
        t.is((await copy.get('/get')).text, 'none')
        t.deepEqual(errors, [])
      }
    }
  })
}

test('a session that has ended stays so where the clock is set back', async (t) => {
  const clock = manualClock()
  const { ada } = await visited(t, clock, { idleTimeout: '30m', storage: memoryStorage({ clock }) })
  await ada.get('/in')
  clock.advance(HOUR)
  t.is((await ada.get('/get')).text, 'none')
  clock.advance(-HOUR)
  t.is((await ada.get('/get')).text, 'none')
})

test('an old copy of a cookie ends with its own deadline, however long its owner goes on', async (t) => {
  const clock = manualClock()
  const { ada } = await visited(t, clock, { idleTimeout: '30m' })
  await ada.get('/in')
  const thief = ada.copy()
  clock.advance(20 * MINUTE)
  t.is((await ada.get('/get')).setCookie.length, 1)
  clock.advance(10 * MINUTE)
  t.is((await ada.get('/get')).text, 'ada')
  t.is((await thief.get('/get')).text, 'none')
})

test('two processes whose clocks are ten minutes apart share sessions, and the slow one does not shorten them', async (t) => {
  const storage = memoryStorage({ clock: manualClock() })
  const [fast, slow] = [manualClock(), manualClock()]
  fast.advance(5 * MINUTE)
  slow.advance(-5 * MINUTE)
  const [one, other] = [
    await visited(t, fast, { idleTimeout: '30m', touchAfter: 0, storage }),
    await visited(t, slow, { idleTimeout: '30m', touchAfter: 0, storage }),
  ]
  await other.ada.get('/in')
  for (const [name, value] of other.ada.cookies) one.ada.cookies.set(name, value)
  t.is((await one.ada.get('/get')).text, 'ada')
  t.is((await other.ada.get('/get')).text, 'ada')
  fast.advance(29 * MINUTE)
  t.is((await one.ada.get('/get')).text, 'ada')
})

test('two hundred requests within the threshold cost no write, and the first one after it one', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const { ada } = await visited(t, clock, { idleTimeout: '30m', touchAfter: '5m', storage: control })
  await ada.get('/in')
  for (let request = 0; request < 200; request++) {
    clock.advance(1000)
    t.deepEqual((await ada.get('/get')).setCookie, [])
  }
  t.is(control.count('touch'), 0)
  clock.advance(100_000)
  await Promise.all([ada.get('/get'), ada.get('/get')])
  await ada.get('/get')
  t.true(control.count('touch') <= 2)
  t.true(control.count('touch') >= 1)
  t.is(control.count('update'), 0)
})

test('a clock that gives fractions of a millisecond does no harm', async (t) => {
  const clock = manualClock(1_700_000_000_000.75)
  const { ada, errors } = await visited(t, clock, { idleTimeout: '30m' })
  t.deepEqual(maxAges(await ada.get('/in')), [1800])
  clock.advance(0.5)
  t.is((await ada.get('/get')).text, 'ada')
  t.deepEqual(errors, [])
})
