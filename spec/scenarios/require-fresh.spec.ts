import test from 'ava'
import {
  authenticate,
  cookie,
  memoryStorage,
  requireFresh,
  type ChallengeReason,
  type Clock,
  type SessionStorage,
  sessions,
} from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { ENGINES } from './_support/engines.ts'
import { any, refused } from './_support/refusals.ts'
import { type Routes, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id?: string
  count: number
}

const MINUTE = 60_000

/** What an app does with a session, each in a request of its own. */
function routes(User: typeof Plain): Routes {
  return {
    '/visit': (ctx) => ctx.sessions.set(User, { count: 0 }),
    '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
    '/again': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }, { regenerate: true }),
    '/read': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
    '/set': (ctx) => ctx.sessions.set(User, { id: 'ada', count: Number(ctx.query['to']) }),
    '/update': (ctx) => ctx.sessions.update(User, (user) => ({ ...user, count: (user?.count ?? 0) + 1 })),
    '/key': (ctx) => void ctx.sessions.open(User).set('count', Number(ctx.query['to'])),
    '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
    '/touch': async (ctx) => void (await ctx.sessions.open(User).touch()),
  }
}

const Plain = cookie<User>('user')

async function story(
  t: Parameters<typeof serveMiddlewares>[0],
  storageOf: ((clock: Clock) => SessionStorage) | null,
  options: Parameters<typeof requireFresh>[2] = {},
) {
  const clock = manualClock()
  const User = cookie<User>('user', {
    subject: ({ id }) => id,
    idleTimeout: '1h',
    ...(storageOf && { storage: storageOf(clock) }),
  })
  const { browser, errors } = await serveMiddlewares(t, [
    sessions([User], { clock }),
    routed(routes(User)),
    any(requireFresh(User, '10m', options)),
    (ctx) => void (ctx.body = 'changed'),
  ])
  return { clock, browser, errors, User }
}

const TRACKERS: Readonly<
  Record<string, (t: Parameters<typeof serveMiddlewares>[0]) => ((clock: Clock) => SessionStorage) | null>
> = {
  'by value': () => null,
  'in memory': (t) => (clock) => ENGINES['in memory']!(t, clock),
  'in a directory': (t) => (clock) => ENGINES['in a directory']!(t, clock),
}

for (const [where, storageFor] of Object.entries(TRACKERS)) {
  test(`a login is fresh until it is older than that, to the millisecond (${where})`, async (t) => {
    const { clock, browser } = await story(t, storageFor(t))
    const ada = browser()
    t.is((await ada.get('/password')).status, 401)
    await ada.get('/login')
    t.is((await ada.get('/password')).text, 'changed')
    clock.advance(10 * MINUTE)
    t.is((await ada.get('/password')).text, 'changed')
    clock.advance(1)
    t.is((await ada.get('/password')).status, 401)
    t.is((await ada.get('/read')).text, '{"id":"ada","count":0}', 'it still is a session')
  })

  test(`neither renewals nor writes nor new ids move the time of the login (${where})`, async (t) => {
    for (const path of ['/read', '/set?to=5', '/update', '/key?to=7', '/regenerate', '/touch']) {
      const { clock, browser } = await story(t, storageFor(t))
      const ada = browser()
      await ada.get('/login')
      clock.advance(9 * MINUTE)
      const page = await ada.get(path)
      t.true(page.status < 500, path)
      t.is((await ada.get('/password')).text, 'changed', path)
      clock.advance(MINUTE + 1)
      t.is((await ada.get('/password')).status, 401, path)
    }
  })

  test(`logging in anew is fresh: as somebody, or as the same one where the app says so (${where})`, async (t) => {
    for (const [before, login] of [
      ['/visit', '/login'],
      ['/login', '/again'],
    ] as const) {
      const { clock, browser } = await story(t, storageFor(t))
      const ada = browser()
      await ada.get(before)
      clock.advance(11 * MINUTE)
      t.is((await ada.get('/password')).status, 401)
      await ada.get(login)
      t.is((await ada.get('/password')).text, 'changed')
      clock.advance(10 * MINUTE)
      t.is((await ada.get('/password')).text, 'changed')
      clock.advance(1)
      t.is((await ada.get('/password')).status, 401)
    }
  })
}

test('a challenge is told whether there is no session or one that is not fresh, and one that does not answer denies', async (t) => {
  const reasons: ChallengeReason[] = []
  const { clock, browser } = await story(t, null, { challenge: (_, reason) => void reasons.push(reason) })
  const ada = browser()
  t.is((await ada.get('/password')).status, 401)
  await ada.get('/login')
  clock.advance(11 * MINUTE)
  t.is((await ada.get('/password')).status, 401)
  t.deepEqual(reasons, ['no-session', 'not-fresh'])
})

test('a challenge may be a page to log in at, with the way back', async (t) => {
  const { clock, browser } = await story(t, null, { challenge: '/login' })
  const ada = browser()
  await ada.get('/login')
  clock.advance(11 * MINUTE)
  const page = await ada.get('/password?step=2')
  t.is(page.status, 302)
  t.is(page.headers.get('location'), `/login?returnTo=${encodeURIComponent('/password?step=2')}`)
})

test('a session that the very request began is fresh', async (t) => {
  for (const User of [Plain, cookie<User>('user', { storage: memoryStorage() })]) {
    const { browser } = await serveMiddlewares(t, [
      sessions([User]),
      async (ctx, next) => {
        ctx.sessions.set(User, { id: 'ada', count: 0 })
        await next()
      },
      any(requireFresh(User, '10m')),
      (ctx) => void (ctx.body = 'changed'),
    ])
    t.is((await browser().get('/password')).text, 'changed')
  }
})

test('a login of the very request is fresh, however old the session was before', async (t) => {
  const clock = manualClock()
  for (const User of [Plain, cookie<User>('user', { storage: memoryStorage({ clock }) })]) {
    const { browser } = await serveMiddlewares(t, [
      sessions([User], { clock }),
      routed({ '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }) }),
      async (ctx, next) => {
        ctx.sessions.set(User, { id: 'ada', count: 1 }, { regenerate: true })
        await next()
      },
      any(requireFresh(User, '10m')),
      (ctx) => void (ctx.body = 'changed'),
    ])
    const ada = browser()
    await ada.get('/login')
    clock.advance(11 * MINUTE)
    t.is((await ada.get('/password')).text, 'changed')
  }
})

test('a deferred session is loaded', async (t) => {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: memoryStorage({ clock }), deferred: true })
  const { browser } = await serveMiddlewares(t, [
    sessions([User], { clock }),
    routed({ '/login': (ctx) => ctx.sessions.set(User, { count: 0 }) }),
    any(requireFresh(User, '10m')),
    (ctx) => void (ctx.body = 'changed'),
  ])
  const ada = browser()
  await ada.get('/login')
  t.is((await ada.get('/password')).text, 'changed')
  clock.advance(11 * MINUTE)
  t.is((await ada.get('/password')).status, 401)
})

test('it stands behind authenticate, which says who it is', async (t) => {
  const clock = manualClock()
  const { browser } = await serveMiddlewares(t, [
    sessions([Plain], { clock }),
    routed({ '/login': (ctx) => ctx.sessions.set(Plain, { id: 'ada', count: 0 }) }),
    any(authenticate(Plain, { validate: ({ id }) => id })),
    any(requireFresh(Plain, '10m')),
    (ctx) => void (ctx.body = ctx['principal']),
  ])
  const ada = browser()
  await ada.get('/login')
  t.is((await ada.get('/password')).text, 'ada')
  clock.advance(11 * MINUTE)
  t.is((await ada.get('/password')).status, 401)
})

test('an age that is no duration is refused at once', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      negative: () => requireFresh(Plain, -1),
      'no unit': () => requireFresh(Plain, any('10')),
      nothing: () => requireFresh(Plain, any(undefined)),
    },
    /requireFresh\(definition, maxAge\) must be a duration/,
  )
})
