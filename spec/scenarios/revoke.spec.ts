import test from 'ava'
import Koa from 'koa'
import { cachedStorage, cookie, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { any } from './_support/refusals.ts'
import { manualClock, mint } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { gate, type Gate } from '../support/gate.ts'
import { codes, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id?: string
  count: number
  device?: string
}

const ADA = { subject: 'ada' }

/** A storage that waits after each row it lists, until it is told to go on. */
function listingSlowly(engine: SessionStorage): { storage: SessionStorage; listed(): Gate } {
  let stop: Gate | undefined
  const list = engine.list!.bind(engine)
  const storage: SessionStorage = {
    create: (key, record) => engine.create(key, record),
    read: (key) => engine.read(key),
    update: (key, record, expected) => engine.update(key, record, expected),
    touch: (key, expiresAt) => engine.touch(key, expiresAt),
    delete: (key) => engine.delete(key),
    rotate: (from, to, record, expected) => engine.rotate(from, to, record, expected),
    async *list(subject) {
      for await (const row of list(subject)) {
        yield row
        await stop?.pass()
      }
    },
  }
  return {
    storage,
    listed() {
      const next = gate()
      stop = { ...next, pass: () => ((stop = undefined), next.pass()) }
      return next
    },
  }
}

/** An app in which users log in at devices; what begins with `/slow` reads the session, and waits before it goes on. */
async function devices(t: Parameters<typeof serveMiddlewares>[0], storage: SessionStorage) {
  const User = cookie<User>('user', { storage, subject: ({ id }) => id })
  const middleware = sessions([User])
  const stop = gate()
  const routes = routed({
    '/login': (ctx) =>
      ctx.sessions.set(User, { id: String(ctx.query['as'] ?? 'ada'), count: 0, device: String(ctx.query['device']) }),
    '/visit': (ctx) => {
      ctx.sessions.set(User, { count: 0 })
      ctx.body = ctx.sessions.id(User)
    },
    '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.device ?? 'none'),
    '/handle': (ctx) => void (ctx.body = String(ctx.sessions.open(User).handle)),
    '/set': (ctx) => ctx.sessions.set(User, { ...ctx.sessions.get(User), count: 100 }),
    '/update': async (ctx) => {
      await ctx.sessions.update(User, (user) => ({ ...user, count: (user?.count ?? 0) + 1 }))
    },
    '/key': (ctx) => void ctx.sessions.open(User).set('count', 7),
    '/save': async (ctx) => {
      await ctx.sessions.open(User).set('count', 7).save()
    },
    '/touch': async (ctx) => {
      await ctx.sessions.open(User).touch()
    },
    '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
    '/second-id': (ctx) => ctx.sessions.open(User).regenerateId({ deleteOld: false }),
    '/relogin': (ctx) =>
      ctx.sessions.set(User, { id: 'ada', count: 0, device: 'logged in again' }, { regenerate: true }),
  })
  const story = await serveMiddlewares(t, [
    middleware,
    async (ctx, next) => {
      if (!ctx.path.startsWith('/slow')) return next()
      ctx.sessions.get(User)
      await stop.pass()
      ctx.path = ctx.path.slice('/slow'.length)
      await next()
    },
    routes,
  ])
  async function login(device: string) {
    const browser = story.browser()
    await browser.get(`/login?device=${device}`)
    return { browser, handle: (await browser.get('/handle')).text }
  }
  return { ...story, ...middleware, User, login, stop }
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`a session that is revoked by its handle is refused on its next request, and no other one is (${where})`, async (t) => {
    const { login, revoke, User } = await devices(t, engine(t))
    const [laptop, phone] = [await login('laptop'), await login('phone')]
    const thief = laptop.browser.copy()
    t.true(await revoke(User, laptop.handle, ADA))
    for (const one of [laptop.browser, thief]) {
      const page = await one.get('/read')
      t.is(page.text, 'none')
      t.deepEqual(page.setCookie, [])
    }
    t.is((await phone.browser.get('/read')).text, 'phone')
    t.false(await revoke(User, laptop.handle, ADA), 'there is none any more')
  })

  test(`an update (${where}) that was on its way when the session was revoked ends in ERR_SESSION_GONE`, async (t) => {
    const control = controlledStorage(engine(t))
    const { login, revoke, User, errors } = await devices(t, control)
    const { browser, handle } = await login('laptop')
    const writing = control.hold('update')
    const updating = browser.copy().get('/update')
    await writing.reached
    t.true(await revoke(User, handle, ADA))
    writing.open()
    const page = await updating
    t.is(page.status, 409)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_GONE'])
    t.is((await browser.get('/read')).text, 'none')
  })

  for (const [what, told] of Object.entries({
    '/update': true,
    '/save': true,
    '/touch': true,
    '/set': false,
    '/key': false,
    '/regenerate': false,
    '/second-id': false,
  })) {
    test(`${what} by a request (${where}) that was open when its session was revoked does not bring it back`, async (t) => {
      const { login, revoke, User, stop, errors, list } = await devices(t, engine(t))
      const { browser, handle } = await login('laptop')
      const slow = browser.copy()
      const going = slow.get(`/slow${what}`)
      await stop.reached
      t.true(await revoke(User, handle, ADA))
      stop.open()
      const page = await going
      t.deepEqual(page.setCookie, [])
      t.deepEqual(codes(errors), told ? ['ERR_SESSION_GONE'] : [])
      t.is((await slow.get('/read')).text, 'none')
      t.deepEqual(await list(User, 'ada'), [])
    })
  }

  test(`who logs in again in a request (${where}) that was open when the session was revoked has a new one`, async (t) => {
    const { login, revoke, User, stop } = await devices(t, engine(t))
    const { browser, handle } = await login('laptop')
    const slow = browser.copy()
    const going = slow.get('/slow/relogin')
    await stop.reached
    t.true(await revoke(User, handle, ADA))
    stop.open()
    await going
    t.is((await browser.get('/read')).text, 'none')
    t.is((await slow.get('/read')).text, 'logged in again')
    t.not((await slow.get('/handle')).text, handle)
    t.false(await revoke(User, handle, ADA))
    t.is((await slow.get('/read')).text, 'logged in again')
  })

  test(`a handle ends its session (${where}) whatever its id is by now, and all ids that it has`, async (t) => {
    const { login, revoke, User } = await devices(t, engine(t))
    const { browser, handle } = await login('laptop')
    await browser.get('/regenerate')
    const first = browser.copy()
    await browser.get('/second-id')
    for (const one of [first, browser]) t.is((await one.get('/read')).text, 'laptop')
    t.true(await revoke(User, handle, ADA))
    for (const one of [first, browser]) t.is((await one.get('/read')).text, 'none')
  })

  test(`a session (${where}) that gets a new id while it is being revoked is gone, whoever comes first`, async (t) => {
    for (const held of ['rotate', 'delete'] as const) {
      const control = controlledStorage(engine(t))
      const { login, revoke, User, list } = await devices(t, control)
      const { browser, handle } = await login('laptop')
      const old = browser.copy()
      const late = control.hold(held)
      if (held === 'rotate') {
        const regenerating = browser.get('/regenerate')
        await late.reached
        t.true(await revoke(User, handle, ADA))
        late.open()
        t.deepEqual((await regenerating).setCookie, [])
      } else {
        const revoking = revoke(User, handle, ADA)
        await late.reached
        await browser.get('/regenerate')
        t.is((await browser.get('/read')).text, 'laptop')
        late.open()
        t.true(await revoking)
      }
      for (const one of [old, browser]) t.is((await one.get('/read')).text, 'none', held)
      t.deepEqual(await list(User, 'ada'), [])
    }
  })

  test(`a session (${where}) that gets a new id while the others of its user are gone through is not missed`, async (t) => {
    const { storage, listed } = listingSlowly(engine(t))
    const { login, revoke, User } = await devices(t, storage)
    const all = [await login('one'), await login('two'), await login('three')]
    for (const { browser, handle } of all.toReversed()) {
      const between = listed()
      const revoking = revoke(User, handle, ADA)
      await between.reached
      await browser.get('/regenerate')
      between.open()
      t.true(await revoking)
      t.is((await browser.get('/read')).text, 'none')
    }
  })

  test(`what is no handle ends nothing, and is no error (${where})`, async (t) => {
    const { login, revoke, User, browser } = await devices(t, engine(t))
    const ada = await login('laptop')
    const visitor = browser()
    const id = (await visitor.get('/visit')).text
    for (const handle of [
      '',
      '.',
      '../..',
      id,
      ada.browser.cookies.get('user') ?? '',
      `${ada.handle}.`,
      `${ada.handle} `,
      ada.handle.slice(1),
      ada.handle.toUpperCase(),
      '__proto__',
      'x'.repeat(10_000),
      `x.\0/${ada.handle}`,
      // What a form or a query may come to.
      ...[undefined, null, 1, [ada.handle], { handle: ada.handle }].map((one) => any<string>(one)),
    ]) {
      t.false(await revoke(User, handle, ADA), String(handle))
      t.false(await revoke(User, handle), String(handle))
    }
    t.is((await ada.browser.get('/read')).text, 'laptop')
  })

  test(`a handle ends nobody else's session, and tells nothing of whose it is (${where})`, async (t) => {
    const { login, revoke, User, list, browser } = await devices(t, engine(t))
    const ada = await login('laptop')
    const grace = browser()
    await grace.get('/login?as=grace&device=phone')
    const graces = (await grace.get('/handle')).text
    t.false(await revoke(User, graces, ADA))
    t.false(await revoke(User, ada.handle, { subject: 'grace' }))
    t.is((await ada.browser.get('/read')).text, 'laptop')
    t.is((await grace.get('/read')).text, 'phone')
    // Two sessions of one user, who can be guessed, have nothing in common.
    const other = await login('phone')
    t.regex(ada.handle, /^[\w-]{43}\.[\w-]{40,}$/)
    t.regex(other.handle, /^[\w-]{43}\.[\w-]{40,}$/)
    t.is(commonPart(ada.handle, other.handle) < 8, true)
    t.deepEqual((await list(User, 'ada')).map(({ handle }) => handle).sort(), [ada.handle, other.handle].sort())
    t.true(await revoke(User, graces, { subject: 'grace' }))
  })

  test(`a handle alone is enough to end its session, on every node that has the app's keys (${where})`, async (t) => {
    const storage = engine(t)
    const User = cookie<User>('user', { storage, subject: ({ id }) => id })
    const keys = ['the first key of the nodes, for this spec']
    const nodes = [1, 2].map(() => sessions([User], { keys: () => keys }))
    const { browser } = await serveMiddlewares(t, [
      nodes[0]!,
      routed({
        '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
        '/handle': (ctx) => void (ctx.body = ctx.sessions.open(User).handle),
        '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'none'),
      }),
    ])
    const [ada, other] = [browser(), browser()]
    await ada.get('/login')
    await other.get('/login')
    const handle = (await ada.get('/handle')).text
    t.is((await ada.get('/handle')).text, handle, 'a session has one handle')
    t.is((await nodes[1]!.list(User, 'ada')).filter((one) => one.handle === handle).length, 1)
    // The keys are rotated: handles that stand in pages still work, as long as their key is in the list.
    keys.unshift('another key of the nodes, for this spec')
    t.false(await nodes[1]!.revoke(User, handle, { subject: 'grace' }))
    t.true(await nodes[1]!.revoke(User, handle))
    t.is((await ada.get('/read')).text, 'none')
    t.is((await other.get('/read')).text, 'ada')
    t.false(await nodes[0]!.revoke(User, handle))
    const next = (await other.get('/handle')).text
    keys.pop()
    t.false(await nodes[1]!.revoke(User, handle))
    t.true(await nodes[1]!.revoke(User, next))
  })

  test(`where the app has no keys a handle alone works in its own process, and elsewhere the error says so (${where})`, async (t) => {
    const storage = engine(t)
    const User = cookie<User>('user', { storage, subject: ({ id }) => id })
    const [here, elsewhere] = [sessions([User]), sessions([User])]
    const { headers } = await mint(User, { id: 'ada', count: 0 })
    t.is(typeof headers['cookie'], 'string')
    const [{ handle } = { handle: '' }] = await here.list(User, 'ada')
    await t.throwsAsync(elsewhere.revoke(User, handle), {
      code: 'ERR_SESSION_CONFIG',
      message: /'user'.*has no keys.*\{ subject \}/,
    })
    t.false(await elsewhere.revoke(User, handle, { subject: 'grace' }))
    t.true(await elsewhere.revoke(User, handle, { subject: 'ada' }))
    t.false(await here.revoke(User, handle))
  })

  test(`a handle is of one session definition, also where two share the storage (${where})`, async (t) => {
    const storage = engine(t)
    const [User, Admin] = ['user', 'admin'].map((name) =>
      cookie<User>(name, { storage, subject: ({ id }) => id }),
    ) as unknown as [typeof Plain, typeof Plain]
    const middleware = sessions([User, Admin])
    const { browser } = await serveMiddlewares(t, [
      middleware,
      routed({
        '/login': (ctx) => {
          for (const definition of [User, Admin]) ctx.sessions.set(definition, { id: 'ada', count: 0 })
        },
        '/read': (ctx) => void (ctx.body = [User, Admin].map((one) => ctx.sessions.get(one)?.id ?? 'none')),
      }),
    ])
    const ada = browser()
    await ada.get('/login')
    const [session] = await middleware.list(User, 'ada')
    t.false(await middleware.revoke(Admin, session!.handle, ADA))
    t.deepEqual(await ada.json('/read'), ['ada', 'ada'])
    t.true(await middleware.revoke(User, session!.handle, ADA))
    t.deepEqual(await ada.json('/read'), ['none', 'ada'])
  })

  test(`a session that was revoked in another process is refused within the bound of the cache, here at once (${where})`, async (t) => {
    const clock = manualClock()
    const shared = engine(t, clock)
    const [here, elsewhere] = await Promise.all(
      [1, 2].map(() => devices(t, cachedStorage(untold(shared), { maxAge: '1s', clock }))),
    )
    const ada = await here!.login('laptop')
    const id = ada.browser.cookies.get('user') ?? ''
    const there = elsewhere!.browser()
    there.cookies.set('user', id)
    t.is((await there.get('/read')).text, 'laptop')
    t.true(await here!.revoke(here!.User, ada.handle, ADA))
    t.is((await ada.browser.get('/read')).text, 'none')
    t.is((await there.get('/read')).text, 'laptop', 'or there is no cache')
    clock.advance(1000)
    t.is((await there.get('/read')).text, 'none')
  })
}

const Plain = cookie<User>('user')

/** The length of the longest text that two have in common. */
function commonPart(one: string, other: string): number {
  for (let length = one.length; length > 0; length--) {
    for (let at = 0; at + length <= one.length; at++) if (other.includes(one.slice(at, at + length))) return length
  }
  return 0
}

test('revoke, list and revokeAll say what a subject must be', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })
  const { list, revoke, revokeAll } = sessions([User])
  for (const [subject, given] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [1, 'a number'],
    ['', 'an empty one'],
    [['ada'], 'an array'],
    [Promise.reject(new Error('never unhandled')), 'a promise'],
  ] as const) {
    const error = {
      code: 'ERR_SESSION_CONFIG',
      message:
        "session 'user': list(), revoke() and revokeAll() take the subject as a text that names one user, " +
        `not ${given}: as in list(definition, 'ada') and revoke(definition, handle, { subject: 'ada' })`,
    }
    await t.throwsAsync(list(User, any(subject)), error)
    await t.throwsAsync(revoke(User, 'handle', any({ subject })), error)
    await t.throwsAsync(revokeAll(User, any(subject)), error)
  }
})

test('what is no definition, no option and no context is an error of this library, or nobody', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })
  const middleware = sessions([User])
  const { list, revoke, revokeAll, redeem, ticket, connect, sweep } = middleware
  for (const definition of [undefined, null, 1, {}, cookie<User>('user'), [User], Promise.resolve(User)].map((one) =>
    any<typeof User>(one),
  )) {
    const error = { code: 'ERR_SESSION_NOT_MOUNTED', message: /mounted: user/ }
    await t.throwsAsync(list(definition, 'ada'), error)
    await t.throwsAsync(revoke(definition, 'handle', ADA), error)
    await t.throwsAsync(revokeAll(definition, 'ada'), error)
    await t.throwsAsync(ticket(any({}), definition), error)
  }
  for (const options of [null, 'ada', ['ada'], { subjekt: 'ada' }].map((one) => any<typeof ADA>(one))) {
    const error = { code: 'ERR_SESSION_CONFIG' }
    await t.throwsAsync(revoke(User, 'handle', options), { ...error, message: /^revoke\(\) / })
    await t.throwsAsync(list(User, 'ada', any(options)), { ...error, message: /^list\(\) / })
    await t.throwsAsync(revokeAll(User, 'ada', any(options)), { ...error, message: /^revokeAll\(\) / })
    await t.throwsAsync(connect(any({}), any(options)), { ...error, message: /^connect\(\) / })
  }
  for (const except of [null, 1, {}, { sessions: {} }, User])
    await t.throwsAsync(revokeAll(User, 'ada', any({ except })), { code: 'ERR_SESSION_CONFIG', message: /'except'/ })
  await t.throwsAsync(list(User, 'ada', any({ show: 'device' })), { code: 'ERR_SESSION_CONFIG', message: /'show'/ })
  for (const limit of ['5', 0, -1, Number.NaN, null])
    await t.throwsAsync(sweep(any(limit)), { code: 'ERR_SESSION_CONFIG', message: /sweep/ })
  for (const ctx of [undefined, null, 1, {}, { sessions: null }].map((one) => any<never>(one))) {
    await t.throwsAsync(redeem(ctx, 'ticket'), { code: 'ERR_SESSION_NOT_MOUNTED' })
    t.is(await ticket(ctx, User), undefined)
  }
  const app = new Koa()
  for (const request of [undefined, null, 1, {}, { headers: {} }, app])
    await t.throwsAsync(connect(any(request), { app }), { code: 'ERR_SESSION_CONFIG', message: /'upgrade' event/ })
})

/** The same storage, which tells nobody of changes. */
function untold(storage: SessionStorage): SessionStorage {
  const { watch: _, ...rest } = controlledStorage(storage)
  return rest
}

test('a write through a cache that does not know of the revocation yet writes nothing', async (t) => {
  const engine = memoryStorage()
  const clock = manualClock()
  const [here, elsewhere] = await Promise.all([1, 2].map(() => devices(t, cachedStorage(untold(engine), { clock }))))
  const ada = await here!.login('laptop')
  const there = elsewhere!.browser()
  there.cookies.set('user', ada.browser.cookies.get('user') ?? '')
  t.is((await there.get('/read')).text, 'laptop')
  t.true(await here!.revoke(here!.User, ada.handle, ADA))
  t.is((await there.get('/update')).status, 409)
  t.deepEqual(codes(elsewhere!.errors), ['ERR_SESSION_GONE'])
  t.is((await there.get('/read')).text, 'none')
})

test('what cannot be revoked is refused with what it needs', async (t) => {
  const storage = memoryStorage()
  const { list: _, ...withoutList } = controlledStorage(storage)
  const subject = ({ id }: User): string | undefined => id
  const cases = [
    [cookie<User>('user', { storage }), /revoke\(\) of session 'user': .*option 'subject'/],
    [cookie<User>('user', { subject }), /revoke\(\) of session 'user': .*by value/],
    [cookie<User>('user', { subject, revocations: withoutList }), /revoke\(\) of session 'user': .*by value/],
    [cookie<User>('user', { subject, storage: withoutList }), /revoke\(\) of session 'user': its storage cannot list/],
  ] as const
  for (const [definition, message] of cases) {
    const { revoke } = sessions([definition], { keys: ['a key of the scenarios, long enough for anything'] })
    await t.throwsAsync(async () => revoke(definition, 'a.handle', ADA), { code: 'ERR_SESSION_CONFIG', message })
  }
})

test('behind a storage that is down revoke says so, and it can be tried again', async (t) => {
  const control = controlledStorage(memoryStorage())
  const { login, revoke, User } = await devices(t, control)
  const { browser, handle } = await login('laptop')
  for (const verb of ['list', 'delete'] as const) {
    control.break('rejects', verb)
    await t.throwsAsync(revoke(User, handle, ADA), { code: 'ERR_SESSION_STORAGE' }, verb)
    control.mend()
    t.is((await browser.get('/read')).text, 'laptop', verb)
  }
  t.true(await revoke(User, handle, ADA))
  t.is((await browser.get('/read')).text, 'none')
})
