import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { type Routes, serveApp } from '../support/app.ts'
import { bag, codeOf, KINDS, type Bag, type BagDefinition } from './_bag.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const TIMEOUTS = { idleTimeout: '2h', absoluteTimeout: '10d' } as const

function routes(Bags: BagDefinition): Routes {
  return {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/remember': (ctx) => {
      const session = ctx.sessions.open(Bags)
      session.idleTimeout = '3d'
      ctx.body = session.idleTimeout
    },
    '/touch': async (ctx) => void (await ctx.sessions.open(Bags).touch()),
    '/': (ctx) => {
      const { value, idleTimeout, expiresAt } = ctx.sessions.open(Bags)
      ctx.body = { value: value ?? null, idleTimeout, expiresAt }
    },
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  const given = (clock: () => number) => ({
    ...TIMEOUTS,
    ...(kind === 'by id' && { storage: memoryStorage({ clock }) }),
  })

  test(`one session can be remembered for longer than others are, and is renewed for as long (${kind})`, async (t) => {
    const clock = manualClock()
    const Bags = make(t, given(clock))
    const { browser, errors } = await serveApp(t, [Bags], routes(Bags), { clock })
    const [ada, bob] = [browser(), browser()]
    for (const one of [ada, bob]) await one.get('/fill')
    t.like(await ada.json('/'), { idleTimeout: 2 * HOUR, expiresAt: clock() + 2 * HOUR })
    t.is((await ada.get('/remember')).text, String(3 * DAY))
    t.like(await ada.json('/'), { idleTimeout: 3 * DAY, expiresAt: clock() + 3 * DAY })
    clock.advance(2 * HOUR)
    t.like(await bob.json('/'), { value: null })
    clock.advance(3 * DAY - 2 * HOUR - 1)
    t.like(await ada.json('/'), { value: { count: 1 } })
    t.like(await ada.json('/'), { expiresAt: clock() + 3 * DAY })
    t.deepEqual(errors, [])
  })

  test(`it never lives past the absolute deadline, however it is remembered (${kind})`, async (t) => {
    const clock = manualClock()
    const Bags = make(t, given(clock))
    const { browser } = await serveApp(
      t,
      [Bags],
      { ...routes(Bags), '/for-ever': (ctx) => void (ctx.sessions.open(Bags).idleTimeout = '1000d') },
      { clock },
    )
    const ada = browser()
    await ada.get('/fill')
    const end = clock() + 10 * DAY
    await ada.get('/for-ever')
    t.like(await ada.json('/'), { idleTimeout: 1000 * DAY, expiresAt: end })
    clock.advance(10 * DAY - 1)
    t.like(await ada.json('/'), { value: { count: 1 } })
    await ada.get('/touch')
    clock.advance(1)
    t.like(await ada.json('/'), { value: null })
  })

  test(`it can be shorter than that of others too, and ends in time (${kind})`, async (t) => {
    const clock = manualClock()
    const Bags = make(t, given(clock))
    const { browser } = await serveApp(
      t,
      [Bags],
      { ...routes(Bags), '/short': (ctx) => void (ctx.sessions.open(Bags).idleTimeout = 60_000) },
      { clock },
    )
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/short')
    clock.advance(59_999)
    t.like(await ada.json('/'), { value: { count: 1 } })
    clock.advance(60_000)
    t.like(await ada.json('/'), { value: null })
  })

  test(`it stays with the session through other writes, new ids and its own later requests (${kind})`, async (t) => {
    const clock = manualClock()
    const Bags = make(t, given(clock))
    const { browser } = await serveApp(
      t,
      [Bags],
      {
        ...routes(Bags),
        '/set': (ctx) => ctx.sessions.set(Bags, { count: 2 }),
        '/key': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada'),
        '/move': (ctx) => ctx.sessions.open(Bags).regenerateId(),
        '/flash': (ctx) => void ctx.sessions.open(Bags).flash('notice', 'hi'),
      },
      { clock },
    )
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/remember')
    for (const path of ['/set', '/key', '/move', '/flash']) {
      await ada.get(path)
      t.like(await ada.json('/'), { idleTimeout: 3 * DAY, expiresAt: clock() + 3 * DAY }, path)
    }
  })

  test(`a new session can be remembered with its first write (${kind})`, async (t) => {
    const clock = manualClock()
    const Bags = make(t, given(clock))
    const { browser } = await serveApp(
      t,
      [Bags],
      {
        ...routes(Bags),
        '/login': (ctx) => {
          const session = ctx.sessions.open(Bags)
          session.idleTimeout = '3d'
          session.set('name', 'ada')
        },
      },
      { clock },
    )
    const ada = browser()
    await ada.get('/login')
    t.like(await ada.json('/'), { value: { name: 'ada' }, idleTimeout: 3 * DAY, expiresAt: clock() + 3 * DAY })
  })

  test(`where there is no session, a timeout of its own makes none (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], routes(Bags))
    t.deepEqual((await browser().get('/remember')).setCookie, [])
  })
}

test('what is no duration, or none that a session can live for, is refused where it is assigned', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser, errors } = await serveApp(t, [Bags], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags).set('count', 1)
      const tried = [0, '0s', -1, Number.NaN, Infinity, 'soon', null, undefined]
      ctx.body = tried.map((timeout) => codeOf(() => (session.idleTimeout = timeout as never)))
    },
  })
  t.deepEqual(await browser().json('/'), Array(8).fill('ERR_SESSION_CONFIG'))
  t.deepEqual(errors, [])
})

test('a definition without an idle timeout says so, and one of its sessions may have one', async (t) => {
  const clock = manualClock()
  const Bags = cookie<Bag>('bag', { storage: memoryStorage({ clock }), idleTimeout: null, absoluteTimeout: null })
  const { browser } = await serveApp(
    t,
    [Bags],
    {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        const before = session.idleTimeout
        session.set('count', 1).idleTimeout = '1h'
        ctx.body = [before, session.idleTimeout]
      },
      '/read': (ctx) => void (ctx.body = [ctx.sessions.open(Bags).get('count') ?? null]),
    },
    { clock },
  )
  const ada = browser()
  t.deepEqual(await ada.json('/'), [null, HOUR])
  clock.advance(HOUR - 1)
  t.deepEqual(await ada.json('/read'), [1])
  clock.advance(HOUR)
  t.deepEqual(await ada.json('/read'), [null])
})
