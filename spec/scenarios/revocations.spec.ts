import test from 'ava'
import session from 'express-session'
import MemoryStore from 'memorystore'
import {
  cachedStorage,
  cookie,
  directoryStorage,
  encrypt,
  header,
  memoryStorage,
  sessions,
  storageFrom,
  type RefusalReason,
  type SessionDefinition,
  type SessionStorage,
} from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { expressStorage } from 'koa-typed-sessions/express-store'
import { faultyStorage } from '../support/faulty-storage.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { gate } from '../support/gate.ts'
import { KEY, codes, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id?: string
  count: number
}

const DAY = 86_400_000

type Options = NonNullable<Parameters<typeof cookie<User>>[1]>

/** An app whose sessions are by value; what begins with `/slow` reads the session, and waits. */
async function site(t: Parameters<typeof serveMiddlewares>[0], revocations: SessionStorage, options: Options = {}) {
  const clock = manualClock()
  const refusals: RefusalReason[] = []
  const User = cookie<User>('user', {
    revocations,
    subject: ({ id }) => id,
    onInvalid: (reason) => refusals.push(reason),
    ...options,
  })
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
      '/relogin': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 50 }, { regenerate: true }),
      '/visit': (ctx) => ctx.sessions.set(User, { count: 0 }),
      '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'none'),
      '/idle': (ctx) => void (ctx.body = 'a page for everybody'),
      '/set': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 100 }),
      '/update': async (ctx) => {
        await ctx.sessions.update(User, (user) => ({ ...user, count: (user?.count ?? 0) + 1 }))
      },
      '/out': async (ctx) => void (ctx.body = String(await middleware.revokeAll(User, 'ada'))),
      '/others-out': async (ctx) => void (ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))),
      '/login-others-out': async (ctx) => {
        ctx.sessions.set(User, { id: 'ada', count: 0 })
        ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))
      },
      '/write-others-out': async (ctx) => {
        ctx.sessions.set(User, { id: 'ada', count: 3 })
        ctx.body = String(await middleware.revokeAll(User, 'ada', { except: ctx }))
      },
    }),
  ])
  async function login(as = 'ada') {
    const browser = story.browser()
    await browser.get(`/login?as=${as}`)
    return browser
  }
  return { ...story, ...middleware, User, login, stop, clock, refusals }
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`what a browser was given before is refused after all sessions of a user were revoked (${where})`, async (t) => {
    const { login, browser, revokeAll, User, refusals } = await site(t, engine(t))
    const [laptop, phone, bob, visitor] = [await login(), await login(), await login('bob'), browser()]
    await visitor.get('/visit')
    const thief = laptop.copy()
    t.is(await revokeAll(User, 'ada'), undefined, 'nobody knows how many there were')
    for (const one of [laptop, phone]) {
      t.is((await one.get('/read')).text, 'none')
      t.is(one.cookies.size, 0, 'and the browser is told to forget it')
    }
    for (let attempt = 0; attempt < 2; attempt++) t.is((await thief.copy().get('/read')).text, 'none')
    t.true(refusals.every((reason) => reason === 'expired'))
    t.is((await bob.get('/read')).text, 'bob')
    t.is(visitor.cookies.size, 1)
    await visitor.get('/read')
    t.is(visitor.cookies.size, 1)
  })

  test(`a login that happens after the call survives it, one before it does not, whatever the clocks say (${where})`, async (t) => {
    for (const step of [-DAY, -1, 0, 1, DAY]) {
      const { login, revokeAll, User, clock } = await site(t, engine(t))
      const before = await login()
      clock.advance(step)
      await revokeAll(User, 'ada')
      clock.advance(step)
      const after = await login()
      t.is((await before.get('/read')).text, 'none', `${step} ms`)
      t.is((await after.get('/read')).text, 'ada', `${step} ms`)
      await revokeAll(User, 'ada')
      t.is((await after.get('/read')).text, 'none', `${step} ms`)
    }
  })

  test(`the session of the request that asks lives on with a new token, and no copy of the old one (${where})`, async (t) => {
    for (const path of ['/others-out', '/write-others-out']) {
      const { login } = await site(t, engine(t))
      const [laptop, phone] = [await login(), await login()]
      const thief = laptop.copy()
      const page = await laptop.get(path)
      t.is(page.text, 'undefined')
      t.is(page.setCookie.length, 1)
      t.is(page.headers.get('cache-control'), 'private, no-store')
      t.is((await laptop.get('/read')).text, 'ada')
      t.is((await thief.get('/read')).text, 'none')
      t.is((await phone.get('/read')).text, 'none')
      await laptop.get('/out')
      t.is((await laptop.get('/read')).text, 'none')
    }
  })

  test(`who logs in and ends all their other sessions in one request stays logged in (${where})`, async (t) => {
    const { login, browser } = await site(t, engine(t))
    const [laptop, phone, visitor] = [await login(), browser(), browser()]
    await visitor.get('/visit')
    await phone.get('/login-others-out')
    t.is((await laptop.get('/read')).text, 'none')
    t.is((await phone.get('/read')).text, 'ada')
    await visitor.get('/login-others-out')
    t.is((await visitor.get('/read')).text, 'ada')
    t.is((await phone.get('/read')).text, 'none')
  })

  test(`a request of somebody else, or without a session, excepts nobody (${where})`, async (t) => {
    const { login, browser } = await site(t, engine(t))
    for (const asking of [browser(), await login('bob')]) {
      const ada = await login()
      const page = await asking.get('/others-out')
      t.deepEqual(page.setCookie, [])
      t.is((await ada.get('/read')).text, 'none')
    }
  })

  test(`what a request that was open meanwhile writes is worth as little as what it came with (${where})`, async (t) => {
    for (const path of ['/slow/set', '/slow/update']) {
      const { login, stop, revokeAll, User } = await site(t, engine(t))
      const ada = await login()
      const going = ada.get(path)
      await stop.reached
      await revokeAll(User, 'ada')
      stop.open()
      await going
      t.is((await ada.get('/read')).text, 'none', path)
    }
  })

  test(`who logs in in a request that was open meanwhile is logged in (${where})`, async (t) => {
    for (const [before, path] of [
      ['ada', '/slow/relogin'],
      ['bob', '/slow/login'],
      [null, '/slow/login'],
    ] as const) {
      const { login, browser, stop, revokeAll, User } = await site(t, engine(t))
      const ada = before === null ? browser() : await login(before)
      const going = ada.get(path)
      await stop.reached
      await revokeAll(User, 'ada')
      stop.open()
      await going
      t.is((await ada.get('/read')).text, 'ada', `${before}: ${path}`)
    }
  })

  test(`two calls at once both hold, and a login between them does not survive the second (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const { login, revokeAll, User } = await site(t, control)
    const first = await login()
    for (const attempt of ['first', 'second']) {
      const writing = control.hold('update')
      const slow = revokeAll(User, 'ada')
      await writing.reached
      await revokeAll(User, 'ada')
      const between = await login()
      t.is((await between.get('/read')).text, 'ada')
      writing.open()
      await slow
      t.is((await first.get('/read')).text, 'none')
      t.is((await between.get('/read')).text, 'none', attempt)
      t.is((await (await login()).get('/read')).text, 'ada')
    }
  })

  test(`what was revoked stays so: time and housekeeping do not lose it (${where})`, async (t) => {
    const engineClock = manualClock()
    const revocations = engine(t, engineClock)
    const options = { idleTimeout: null, absoluteTimeout: null }
    const { login, revokeAll, User, sweep, clock } = await site(t, revocations, options)
    const ada = await login()
    await revokeAll(User, 'ada')
    for (const one of [clock, engineClock]) one.advance(100 * 365 * DAY)
    t.is(await sweep(), 0)
    t.is((await ada.copy().get('/read')).text, 'none')
  })

  test(`two sessions in one storage are revoked each by itself (${where})`, async (t) => {
    const revocations = engine(t)
    const options = { revocations, subject: ({ id }: User) => id, transform: encrypt({ keys: [KEY] }) }
    const [User, Admin] = [cookie<User>('user', options), cookie<User>('admin', options)]
    const Api: SessionDefinition<User> = header<User>('user', options)
    const { revokeAll } = sessions([User, Admin])
    const outer = sessions([Api])
    const { browser } = await serveMiddlewares(t, [
      sessions([User, Admin]),
      routed({
        '/login': (ctx) => {
          for (const definition of [User, Admin]) ctx.sessions.set(definition, { id: 'ada', count: 0 })
        },
        '/read': (ctx) => void (ctx.body = [User, Admin].map((one) => ctx.sessions.get(one)?.id ?? 'none')),
      }),
    ])
    const ada = browser()
    await ada.get('/login')
    await outer.revokeAll(Api, 'ada')
    t.deepEqual(await ada.json('/read'), ['ada', 'ada'])
    await revokeAll(Admin, 'ada')
    t.deepEqual(await ada.json('/read'), ['ada', 'none'])
  })
}

test('a login that is excepted and then fails leaves the session before it as it was', async (t) => {
  const revocations = memoryStorage({ maxSessions: Infinity })
  const User = cookie<User>('user', { revocations, subject: ({ id }) => id })
  const middleware = sessions([User])
  const { browser } = await serveMiddlewares(t, [
    middleware,
    routed({
      '/login': (ctx) => ctx.sessions.set(User, { id: 'bob', count: 0 }),
      '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'none'),
      '/fail': async (ctx) => {
        ctx.sessions.set(User, { id: 'ada', count: 0 })
        await middleware.revokeAll(User, 'ada', { except: ctx })
        ctx.throw(500)
      },
    }),
  ])
  const bob = browser()
  await bob.get('/login')
  t.deepEqual((await bob.get('/fail')).setCookie, [])
  t.is((await bob.get('/read')).text, 'bob')
  await middleware.revokeAll(User, 'bob')
  t.is((await bob.get('/read')).text, 'none')
})

test('a request that carries such a session costs one read before the handler; nobody’s session, or none, costs none', async (t) => {
  const control = controlledStorage(memoryStorage({ maxSessions: Infinity }))
  const { login, browser } = await site(t, control)
  const ada = await login()
  const visitor = browser()
  await visitor.get('/visit')
  const before = control.calls.length
  for (const path of ['/idle', '/read']) await ada.get(path)
  t.deepEqual(control.calls.slice(before), ['read', 'read'])
  for (const path of ['/idle', '/read']) {
    await visitor.get(path)
    await browser().get(path)
  }
  t.is(control.calls.length, before + 2)
})

test('behind a storage that is down nobody is let in, nobody is logged out, and revokeAll says so', async (t) => {
  const control = controlledStorage(memoryStorage({ maxSessions: Infinity }))
  const { login, revokeAll, User, errors, clock } = await site(t, control)
  const ada = await login()
  for (const trouble of ['throws', 'rejects'] as const) {
    control.break(trouble, 'read')
    const page = await ada.get('/read')
    t.is(page.status, 503)
    t.deepEqual(page.setCookie, [])
    t.is((await ada.get('/idle')).status, 200, 'a page that does not need it works')
    await t.throwsAsync(revokeAll(User, 'ada'), { code: 'ERR_SESSION_STORAGE' })
    control.mend()
    clock.advance(1000)
    t.is((await ada.get('/read')).text, 'ada')
  }
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE', 'ERR_SESSION_STORAGE'])
})

test('a session that was encrypted, and one in a header, are revoked like a signed one', async (t) => {
  const revocations = memoryStorage({ maxSessions: Infinity })
  const Api = header<User>('X-Session', {
    revocations,
    subject: ({ id }) => id,
    transform: encrypt({ keys: [KEY] }),
  })
  const middleware = sessions([Api])
  const { browser } = await serveMiddlewares(t, [
    middleware,
    routed({
      '/login': (ctx) => ctx.sessions.set(Api, { id: 'ada', count: 0 }),
      '/read': (ctx) => void (ctx.body = ctx.sessions.get(Api)?.id ?? 'none'),
    }),
  ])
  const login = async () => ({
    headers: { 'x-session': (await browser().get('/login')).headers.get('x-session') ?? '' },
  })
  const before = await login()
  t.is((await browser().get('/read', before)).text, 'ada')
  await middleware.revokeAll(Api, 'ada')
  t.is((await browser().get('/read', before)).text, 'none')
  t.is((await browser().get('/read', await login())).text, 'ada')
})

test('the storage of revocations holds neither the user nor the session', async (t) => {
  const engine = memoryStorage({ maxSessions: Infinity })
  const told: string[] = []
  const storage = new Proxy(engine, {
    get(_, verb: keyof SessionStorage) {
      const call = engine[verb] as ((...given: unknown[]) => unknown) | undefined
      return call && ((...given: unknown[]) => (told.push(JSON.stringify(given)), call.apply(engine, given)))
    },
  })
  const { login, revokeAll, User } = await site(t, storage)
  await login('somebody@example.org')
  await revokeAll(User, 'somebody@example.org')
  t.true(told.length > 2)
  t.false(told.join().includes('somebody'))
})

/** A storage that can lose what it holds: all of it, or one row. */
function losing() {
  let inner = memoryStorage({ maxSessions: Infinity })
  const keys: string[] = []
  const storage: SessionStorage = {
    create: (key, record) => (keys.push(key), inner.create(key, record)),
    read: (key) => inner.read(key),
    update: (key, record, expected) => inner.update(key, record, expected),
    touch: (key, expiresAt) => inner.touch(key, expiresAt),
    delete: (key) => inner.delete(key),
    rotate: (from, to, record, expected) => inner.rotate(from, to, record, expected),
  }
  return {
    storage,
    lose: (): void => void (inner = memoryStorage({ maxSessions: Infinity })),
    loseRows: async (): Promise<void> => {
      for (const key of keys) await inner.delete(key)
    },
  }
}

for (const what of ['lose', 'loseRows'] as const) {
  test(`a storage of revocations that was lost revives no revoked token, neither before nor after the next login and revocation (${what})`, async (t) => {
    for (const step of [0, 1, -DAY, DAY]) {
      const loss = losing()
      const { login, browser, revokeAll, User, clock } = await site(t, loss.storage)
      const revoked: Awaited<ReturnType<typeof login>>[] = []
      for (let times = 0; times < 4; times++) {
        revoked.push(await login())
        clock.advance(1)
        if (times > 0) await revokeAll(User, 'ada')
      }
      const none = async (when: string): Promise<void> => {
        for (const one of revoked) t.is((await one.copy().get('/read')).text, 'none', `${when}, ${step} ms`)
      }
      await none('before')
      await loss[what]()
      clock.advance(step)
      await none('after the loss')
      const again = await login()
      t.is((await again.get('/read')).text, 'ada')
      await none('after another login')
      await revokeAll(User, 'ada')
      await none('after another revocation')
      t.is((await again.get('/read')).text, 'none')
      const visitor = browser()
      await visitor.get('/visit')
      await visitor.get('/read')
      t.is(visitor.cookies.size, 1, 'nobody’s session is not concerned')
    }
  })
}

test('after a loss everybody signs in again; their cookies stay until then, since the storage may come back', async (t) => {
  const loss = losing()
  const { login, refusals } = await site(t, loss.storage)
  const ada = await login()
  t.is((await ada.get('/read')).text, 'ada')
  loss.lose()
  t.is((await ada.get('/read')).text, 'none')
  t.deepEqual(refusals, ['unknown-id'])
  t.is(ada.cookies.size, 1)
  await ada.get('/login')
  t.is((await ada.get('/read')).text, 'ada')
})

test('a login that one process has seen is not signed out by another whose cache is a moment behind', async (t) => {
  const engine = memoryStorage({ maxSessions: Infinity })
  let behind = true
  const remembered = new Map<string, SessionRecord | null>()
  const cache: SessionStorage = Object.assign(Object.create(engine) as SessionStorage, {
    create: engine.create.bind(engine),
    update: engine.update.bind(engine),
    read: (key: string) => {
      if (!behind || !remembered.has(key)) remembered.set(key, engine.read(key) as SessionRecord | null)
      return remembered.get(key) ?? null
    },
  })
  const [here, there] = [await site(t, engine), await site(t, cache)]
  const ada = await here.login()
  const elsewhere = there.browser()
  for (const [name, value] of ada.cookies) elsewhere.cookies.set(name, value)
  t.is((await elsewhere.get('/read')).text, 'ada')
  await here.revokeAll(here.User, 'ada')
  const again = await here.login()
  for (const [name, value] of again.cookies) elsewhere.cookies.set(name, value)
  t.is((await elsewhere.get('/read')).text, 'none', 'what a cache does not know it does not let in')
  t.is(elsewhere.cookies.size, 1, 'but the cookie stays')
  behind = false
  t.is((await elsewhere.get('/read')).text, 'ada')
})

test('a storage that drops what is alive is refused for revocations, in whatever it is wrapped', (t) => {
  const subject = ({ id }: User): string | undefined => id
  const texts = { read: () => null, write: () => {}, invalidate: () => {} }
  const evicting: Readonly<Record<string, SessionStorage>> = {
    memoryStorage: memoryStorage(),
    'with a bound': memoryStorage({ maxSessions: 1_000_000 }),
    cached: cachedStorage(memoryStorage()),
    'cached twice': cachedStorage(cachedStorage(memoryStorage())),
    texts: storageFrom({ ...texts, evicts: true }),
    'a memorystore with a bound': expressStorage(new (MemoryStore(session))({ max: 1000, checkPeriod: 0 }), {
      singleProcess: true,
    }),
    'with faults': faultyStorage(memoryStorage(), () => undefined),
  }
  for (const [what, revocations] of Object.entries(evicting)) {
    t.is(revocations.evicts, true, what)
    t.throws(
      () => cookie<User>('user', { revocations, subject }),
      { code: 'ERR_SESSION_CONFIG', message: /'revocations' is a storage that evicts .* such as redisStorage/ },
      what,
    )
    t.notThrows(() => cookie<User>('user', { storage: revocations, subject }), what)
  }
  for (const revocations of [
    memoryStorage({ maxSessions: Infinity }),
    cachedStorage(memoryStorage({ maxSessions: Infinity }), { maxSessions: 10 }),
    storageFrom(texts),
    expressStorage(new (MemoryStore(session))({ checkPeriod: 0 }), { singleProcess: true }),
    directoryStorage(temporaryFolder(t)),
  ]) {
    t.notThrows(() => cookie<User>('user', { revocations, subject }))
  }
})

test('sessions by value that were there before revocations were configured can be revoked as well', async (t) => {
  const subject = ({ id }: User): string | undefined => id
  const revocations = memoryStorage({ maxSessions: Infinity })
  const Before = cookie<User>('user', { subject })
  const After = cookie<User>('user', { subject, revocations })
  const before = await serveMiddlewares(t, [
    sessions([Before]),
    (ctx) => ctx.sessions.set(Before, { id: 'ada', count: 0 }),
  ])
  const middleware = sessions([After])
  const after = await serveMiddlewares(t, [
    middleware,
    (ctx) => void (ctx.body = ctx.sessions.get(After)?.id ?? 'none'),
  ])
  const ada = before.browser()
  await ada.get('/')
  const later = after.browser()
  for (const [name, value] of ada.cookies) later.cookies.set(name, value)
  t.is((await later.get('/')).text, 'ada')
  await middleware.revokeAll(After, 'ada')
  t.is((await later.get('/')).text, 'none')
})
