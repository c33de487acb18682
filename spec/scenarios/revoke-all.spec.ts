import test from 'ava'
import { cookie, memoryStorage, sessions, type Clock, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { gate } from '../support/gate.ts'
import { codes, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id?: string
  count: number
}

const DAY = 86_400_000
const START = manualClock()()

/** An app in which users log in, and log out everywhere; what begins with `/slow` reads the session, and waits. */
async function site(t: Parameters<typeof serveMiddlewares>[0], storageOf: (clock: Clock) => SessionStorage) {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: storageOf(clock), subject: ({ id }) => id })
  const middleware = sessions([User], { clock })
  const stop = gate()
  const story = await serveMiddlewares(t, [
    middleware,
    async (ctx, next) => {
      if (!ctx.path.startsWith('/slow')) return next()
      ctx.sessions.get(User)
      await stop.pass()
      ctx.path = ctx.path.slice('/slow'.length)
      await next()
    },
    routed({
      '/login': (ctx) => ctx.sessions.set(User, { id: String(ctx.query['as'] ?? 'ada'), count: 0 }),
      '/relogin': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }, { regenerate: true }),
      '/visit': (ctx) => ctx.sessions.set(User, { count: 0 }),
      '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'none'),
      '/handle': (ctx) => void (ctx.body = String(ctx.sessions.open(User).handle)),
      '/update': async (ctx) => {
        await ctx.sessions.update(User, (user) => ({ ...user, count: (user?.count ?? 0) + 1 }))
      },
      '/set': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 7 }),
      '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
      '/out': async (ctx) => void (ctx.body = String(await middleware.revokeAll(User, 'ada'))),
      '/others-out': async (ctx) => void (ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))),
      '/login-others-out': async (ctx) => {
        ctx.sessions.set(User, { id: 'ada', count: 0 })
        ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))
      },
      '/regenerate-others-out': async (ctx) => {
        ctx.sessions.open(User).regenerateId()
        ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))
      },
    }),
  ])
  async function login(as = 'ada') {
    const browser = story.browser()
    await browser.get(`/login?as=${as}`)
    return browser
  }
  return { ...story, ...middleware, User, login, stop, clock }
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`all sessions of a user end at once, and those of others do not (${where})`, async (t) => {
    const { login, browser, revokeAll, User } = await site(t, (now) => engine(t, now))
    const [laptop, phone, bob, visitor] = [await login(), await login(), await login('bob'), browser()]
    await visitor.get('/visit')
    const thief = laptop.copy()
    t.is(await revokeAll(User, 'ada'), 2)
    for (const one of [laptop, phone, thief]) t.is((await one.get('/read')).text, 'none')
    t.is((await bob.get('/read')).text, 'bob')
    t.is(await revokeAll(User, 'ada'), 0)
    t.is(await revokeAll(User, 'nobody'), 0)
  })

  test(`the session of the request that asks lives on where it says so, and not otherwise (${where})`, async (t) => {
    const { login } = await site(t, (now) => engine(t, now))
    const [laptop, phone] = [await login(), await login()]
    t.is((await laptop.get('/others-out')).text, '1')
    t.is((await laptop.get('/read')).text, 'ada')
    t.is((await phone.get('/read')).text, 'none')
    const page = await laptop.get('/out')
    t.is(page.text, '1')
    t.is((await laptop.get('/read')).text, 'none')
  })

  test(`who is excepted may be named by a handle (${where})`, async (t) => {
    const { login, revokeAll, User } = await site(t, (now) => engine(t, now))
    const [laptop, phone, tablet] = [await login(), await login(), await login()]
    t.is(await revokeAll(User, 'ada', { except: (await phone.get('/handle')).text }), 2)
    for (const [one, text] of [
      [laptop, 'none'],
      [phone, 'ada'],
      [tablet, 'none'],
    ] as const)
      t.is((await one.get('/read')).text, text)
  })

  test(`a request without a session of the user, or with one of another, excepts nobody (${where})`, async (t) => {
    const { login, browser } = await site(t, (now) => engine(t, now))
    for (const asking of [browser(), await login('bob')]) {
      const ada = await login()
      t.is((await asking.get('/others-out')).text, '1')
      t.is((await ada.get('/read')).text, 'none')
    }
  })

  test(`who logs in and ends all their other sessions in one request stays logged in (${where})`, async (t) => {
    const { login, browser } = await site(t, (now) => engine(t, now))
    const [laptop, phone, visitor] = [await login(), browser(), browser()]
    await visitor.get('/visit')
    t.is((await phone.get('/login-others-out')).text, '1')
    t.is((await laptop.get('/read')).text, 'none')
    t.is((await phone.get('/read')).text, 'ada')
    t.is((await visitor.get('/login-others-out')).text, '1')
    t.is((await visitor.get('/read')).text, 'ada')
    t.is((await visitor.get('/regenerate-others-out')).text, '0')
    t.is((await visitor.get('/read')).text, 'ada')
  })

  test(`the session of the request that asks lives on though it got another id meanwhile (${where})`, async (t) => {
    const { login, stop } = await site(t, (now) => engine(t, now))
    const [laptop, phone] = [await login(), await login()]
    const asking = laptop.copy().get('/slow/others-out')
    await stop.reached
    await laptop.get('/regenerate')
    stop.open()
    t.is((await asking).text, '1')
    t.is((await laptop.get('/read')).text, 'ada')
    t.is((await phone.get('/read')).text, 'none')
  })

  test(`a login that happens after the call survives it, one before it does not, whatever the clocks say (${where})`, async (t) => {
    for (const step of [-DAY, -1, 0, 1, DAY]) {
      const { login, revokeAll, User, clock } = await site(t, (now) => engine(t, now))
      const before = await login()
      clock.advance(step)
      t.is(await revokeAll(User, 'ada'), 1)
      clock.advance(step)
      const after = await login()
      t.is((await before.get('/read')).text, 'none', `${step} ms`)
      t.is((await after.get('/read')).text, 'ada', `${step} ms`)
    }
  })

  test(`a login that is stored while all are revoked is either one of them or comes after (${where})`, async (t) => {
    const control = controlledStorage(engine(t, () => START))
    const { browser, login, revokeAll, User } = await site(t, () => control)
    const old = await login()

    const late = browser()
    const creating = control.hold('create')
    const arriving = late.get('/login')
    await creating.reached
    t.is(await revokeAll(User, 'ada'), 1)
    creating.open()
    await arriving
    t.is((await late.get('/read')).text, 'ada', 'it came after')

    const deleting = control.hold('delete')
    const revoking = revokeAll(User, 'ada')
    await deleting.reached
    const during = await login()
    deleting.open()
    t.is(await revoking, 2)
    for (const one of [old, late, during]) t.is((await one.get('/read')).text, 'none')
  })

  test(`who logs in again in a request that was open meanwhile has a new session (${where})`, async (t) => {
    const { login, stop, revokeAll, User } = await site(t, (now) => engine(t, now))
    const ada = await login()
    const old = ada.copy()
    const logging = ada.get('/slow/relogin')
    await stop.reached
    t.is(await revokeAll(User, 'ada'), 1)
    stop.open()
    await logging
    t.is((await old.get('/read')).text, 'none')
    t.is((await ada.get('/read')).text, 'ada')
  })

  test(`what was open meanwhile writes nothing: an update says so, a set sends no cookie (${where})`, async (t) => {
    for (const [path, status, told] of [
      ['/slow/update', 409, ['ERR_SESSION_GONE']],
      ['/slow/set', 200, []],
    ] as const) {
      const { login, stop, revokeAll, User, errors } = await site(t, (now) => engine(t, now))
      const ada = await login()
      const going = ada.get(path)
      await stop.reached
      t.is(await revokeAll(User, 'ada'), 1)
      stop.open()
      const page = await going
      if (status === 409) t.is(page.status, status)
      t.deepEqual(page.setCookie, [])
      t.deepEqual(codes(errors), told)
      t.is((await ada.get('/read')).text, 'none')
    }
  })

  test(`twenty sessions that get new ids while all are revoked are gone (${where})`, async (t) => {
    const { browser, login, revokeAll, User, list } = await site(t, (now) => engine(t, now))
    const bob = await login('bob')
    const devices = await Promise.all(Array.from({ length: 20 }, () => login()))
    const old = devices.map((device) => device.copy())
    const [ended] = await Promise.all([
      revokeAll(User, 'ada'),
      ...devices.map((device) => device.get('/regenerate')),
      ...devices.map(() => bob.copy().get('/regenerate')).slice(0, 1),
      browser().get('/visit'),
    ])
    t.is(ended, 20)
    t.deepEqual(await list(User, 'ada'), [])
    for (const one of [...devices, ...old]) t.is((await one.get('/read')).text, 'none')
  })

  test(`of two calls at once both end all sessions, and none is an error (${where})`, async (t) => {
    const control = controlledStorage(engine(t, () => START))
    const { login, revokeAll, User } = await site(t, () => control)
    const ada = await login()
    await login()
    const deleting = control.hold('delete')
    const first = revokeAll(User, 'ada')
    await deleting.reached
    t.is(await revokeAll(User, 'ada'), 2)
    deleting.open()
    t.true(((await first) ?? 0) >= 1)
    t.is((await ada.get('/read')).text, 'none')
  })
}

test('what cannot be revoked is refused with what it needs', async (t) => {
  const storage = memoryStorage()
  const { list: _, ...withoutList } = controlledStorage(storage)
  const subject = ({ id }: User): string | undefined => id
  const cases = [
    [cookie<User>('user', { storage }), /revokeAll\(\) of session 'user': .*option 'subject'/],
    [cookie<User>('user', { subject }), /revokeAll\(\) of session 'user': .*give it 'revocations', a storage/],
    [
      cookie<User>('user', { subject, storage: withoutList }),
      /revokeAll\(\) of session 'user': its storage cannot list/,
    ],
  ] as const
  for (const [definition, message] of cases) {
    const { revokeAll } = sessions([definition], { keys: ['a key of the scenarios, long enough for anything'] })
    await t.throwsAsync(revokeAll(definition, 'ada'), { code: 'ERR_SESSION_CONFIG', message })
  }
  const Mounted = cookie<User>('mounted', { storage, subject })
  await t.throwsAsync(sessions([Mounted]).revokeAll(cookie<User>('user', { storage, subject }), 'ada'), {
    code: 'ERR_SESSION_NOT_MOUNTED',
    message: /mounted: mounted/,
  })
})

test('behind a storage that is down revokeAll says so, and it can be tried again', async (t) => {
  const control = controlledStorage(memoryStorage({ clock: () => START }))
  const { login, revokeAll, User } = await site(t, () => control)
  const ada = await login()
  for (const verb of ['list', 'delete'] as const) {
    control.break('rejects', verb)
    await t.throwsAsync(revokeAll(User, 'ada'), { code: 'ERR_SESSION_STORAGE' }, verb)
    control.mend()
  }
  t.is((await ada.get('/read')).text, 'ada')
  t.is(await revokeAll(User, 'ada'), 1)
  t.is((await ada.get('/read')).text, 'none')
})

test('a deferred session that is excepted without having been loaded is an error, and nobody is logged out', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id, deferred: true })
  const middleware = sessions([User])
  const { browser, errors } = await serveMiddlewares(t, [
    middleware,
    routed({
      '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
      '/read': async (ctx) => void (ctx.body = (await ctx.sessions.load(User))?.id ?? 'none'),
      '/others-out': async (ctx) => void (await middleware.revokeAll(User, 'ada', { except: ctx })),
    }),
  ])
  const ada = browser()
  await ada.get('/login')
  await ada.get('/others-out')
  t.deepEqual(codes(errors), ['ERR_SESSION_NOT_LOADED'])
  t.is((await ada.get('/read')).text, 'ada')
})
