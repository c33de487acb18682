import test from 'ava'
import {
  cookie,
  memoryStorage,
  type AnyDefinition,
  type SessionDefinition,
  type SessionStorage,
} from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage, type ControlledStorage, type Trouble } from '../support/controlled-storage.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'

interface User {
  id: string
}
type UserSession = SessionDefinition<User>

const MINUTE = 60_000

function user(control: ControlledStorage, options: { deferred?: boolean } = {}): UserSession {
  return cookie<User>('user', { storage: control, subject: ({ id }) => id, idleTimeout: '30m', ...options })
}

function routes(User: UserSession): Routes {
  return {
    '/in': (ctx) => {
      ctx.sessions.set(User, { id: String(ctx.query['id'] ?? 'ada') })
      ctx.body = 'in'
    },
    '/who': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'stranger'),
    '/out': (ctx) => {
      ctx.sessions.clear(User)
      ctx.body = 'out'
    },
    '/static': (ctx) => void (ctx.body = 'static'),
  }
}

for (const trouble of ['throws', 'rejects', 'hangs'] satisfies Trouble[]) {
  test(`where a read ${trouble}, a route that uses the session says 503, any other works, and the cookie stays`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const User = user(control)
    const { browser, errors } = await serveApp(t, [User], routes(User))
    const ada = browser()
    await ada.get('/in')

    control.break(trouble, 'read')
    const who = await ada.get('/who')
    t.is(who.status, 503)
    t.deepEqual(who.setCookie, [])
    t.is(who.text, 'Service Unavailable')
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
    if (trouble === 'hangs') t.regex(String(errors[0]), /within 1000 ms/, 'the limit of a read before the handler')

    const other = await ada.get('/static')
    t.is(other.text, 'static')
    t.deepEqual(other.setCookie, [])
  })

  test(`where a write ${trouble}, the response is 503 within the limit and nobody is given a cookie`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const User = user(control)
    const { browser, errors } = await serveApp(t, [User], routes(User))
    const ada = browser()

    control.break(trouble, 'create')
    const refused = await ada.get('/in')
    if (trouble === 'hangs') t.regex(String(errors[0]), /within 5000 ms/, 'the limit of a write')
    t.is(refused.status, 503)
    t.deepEqual(refused.setCookie, [])

    control.mend()
    t.is((await ada.get('/in')).status, 200)
    t.is((await ada.get('/who')).text, 'ada')
  })

  test(`where a renewal ${trouble}, the response is as it would be, and the app's error event is told`, async (t) => {
    const clock = manualClock()
    const control = controlledStorage(memoryStorage({ clock }))
    const User = user(control)
    const { browser, errors } = await serveApp(t, [User], routes(User), { clock })
    const ada = browser()
    await ada.get('/in')

    clock.advance(10 * MINUTE)
    control.break(trouble, 'touch')
    const page = await ada.get('/who')
    t.is(page.text, 'ada')
    t.is(control.count('touch'), 1)
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
  })

  test(`where a delete ${trouble}, a logout says 503 and does not pretend: the cookie stays and works on`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const User = user(control)
    const { browser } = await serveApp(t, [User], routes(User))
    const ada = browser()
    await ada.get('/in')

    control.break(trouble, 'delete')
    const out = await ada.get('/out')
    t.is(out.status, 503)
    t.deepEqual(out.setCookie, [])

    control.mend()
    t.is((await ada.get('/who')).text, 'ada')
  })
}

test('a logout needs no read: it works where only reads fail', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control)
  const { browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/in')
  const thief = ada.copy()

  control.break('rejects', 'read')
  t.is((await ada.get('/out')).status, 200)
  t.is(ada.cookies.size, 0)

  control.mend()
  t.is((await thief.get('/who')).text, 'stranger')
})

test('after three failures in a row reads fail at once for a second, then one is let through to try', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = user(control)
  const { browser } = await serveApp(t, [User], routes(User), { clock })
  const ada = browser()
  await ada.get('/in')

  control.break('rejects', 'read')
  for (let failure = 1; failure <= 3; failure++) {
    t.is((await ada.get('/who')).status, 503)
    t.is(control.count('read'), failure)
  }
  clock.advance(999)
  t.is((await ada.get('/who')).status, 503)
  t.is(control.count('read'), 3, 'the storage was not asked')

  clock.advance(1)
  t.is((await ada.get('/who')).status, 503)
  t.is((await ada.get('/who')).status, 503)
  t.is(control.count('read'), 4, 'one was let through, and has failed')

  control.mend()
  clock.advance(1000)
  t.is((await ada.get('/who')).text, 'ada')
  t.is((await ada.get('/who')).text, 'ada')
})

test('while one read is let through to try, the others fail at once', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = user(control)
  const { browser } = await serveApp(t, [User], routes(User), { clock })
  const ada = browser()
  await ada.get('/in')
  control.break('rejects', 'read')
  for (let failure = 1; failure <= 3; failure++) await ada.get('/who')
  control.mend()
  clock.advance(1000)
  const trying = control.hold('read')
  const first = ada.get('/who')
  await trying.reached
  t.is((await ada.get('/who')).status, 503)
  trying.open()
  t.is((await first).text, 'ada')
  t.is((await ada.get('/who')).text, 'ada')
})

test('a part of a storage that is down takes no session on its healthy rest with it', async (t) => {
  const engine = memoryStorage()
  const isDown = new Set<string>()
  const storage = new Proxy(engine, {
    get: (target, verb: keyof SessionStorage) =>
      verb !== 'read'
        ? (target[verb] as () => unknown).bind(target)
        : (key: string) => (isDown.has(key) ? Promise.reject(new Error('this shard is down')) : target.read(key)),
  })
  const keys: string[] = []
  const create = engine.create.bind(engine)
  engine.create = (key, record) => (keys.push(key), create(key, record))
  const User = cookie<User>('user', { storage })
  const { browser } = await serveApp(t, [User], routes(User))
  const [ada, bob] = [browser(), browser()]
  await ada.get('/in?id=ada')
  await bob.get('/in?id=bob')
  isDown.add(keys[1]!)
  for (let round = 0; round < 20; round++) {
    t.is((await bob.get('/who')).status, 503)
    t.is((await bob.get('/who')).status, 503)
    t.is((await ada.get('/who')).text, 'ada')
  }
})

test('where only renewals fail, sessions can still be read', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = user(control)
  const { browser } = await serveApp(t, [User], routes(User), { clock })
  const ada = browser()
  await ada.get('/in')

  clock.advance(10 * MINUTE)
  control.break('rejects', 'touch')
  t.is((await ada.get('/who')).text, 'ada')
  t.is((await ada.get('/who')).text, 'ada')
})

test('one storage that is down does not touch the sessions of another one', async (t) => {
  const down = controlledStorage(memoryStorage())
  const User = user(down)
  const Cart = cookie<{ items: number }>('cart', { storage: memoryStorage() })
  const definitions: AnyDefinition[] = [User, Cart]
  const { browser } = await serveApp(t, definitions, {
    ...routes(User),
    '/add': (ctx) => ctx.sessions.set(Cart, { items: (ctx.sessions.get(Cart)?.items ?? 0) + 1 }),
    '/cart': (ctx) => void (ctx.body = String(ctx.sessions.get(Cart)?.items)),
  })
  const ada = browser()
  await ada.get('/in')
  await ada.get('/add')
  down.break('throws', 'read', 'update', 'touch', 'create', 'delete')
  await ada.get('/add')
  t.is((await ada.get('/cart')).text, '2')
})

test('of two sessions in one response, the one that was stored sends its cookie though the other failed', async (t) => {
  const down = controlledStorage(memoryStorage())
  const User = user(down)
  const Cart = cookie<{ items: number }>('cart', { storage: memoryStorage() })
  const { browser } = await serveApp(t, [User, Cart], {
    '/both': (ctx) => {
      ctx.sessions.set(User, { id: 'ada' })
      ctx.sessions.set(Cart, { items: 1 })
    },
    '/cart': (ctx) => void (ctx.body = String(ctx.sessions.get(Cart)?.items)),
  })
  const ada = browser()
  down.break('rejects', 'create')
  const both = await ada.get('/both')
  t.is(both.status, 503)
  t.deepEqual([...ada.cookies.keys()], ['cart'])
  t.is(both.headers.get('cache-control'), 'private, no-store')
  t.is((await ada.get('/cart')).text, '1')
})

test('a deferred session is not read by a route that does not load it, and says 503 to one that does', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control, { deferred: true })
  const { browser } = await serveApp(t, [User], {
    ...routes(User),
    '/load': async (ctx) => void (ctx.body = (await ctx.sessions.load(User))?.id),
  })
  const ada = browser()
  await ada.get('/in')
  control.break('rejects', 'read')
  t.is((await ada.get('/static')).text, 'static')
  t.is(control.count('read'), 0)
  t.is((await ada.get('/load')).status, 503)
  control.mend()
  t.is((await ada.get('/load')).text, 'ada')
})

for (const trouble of ['throws', 'rejects', 'hangs'] satisfies Trouble[]) {
  test(`a logout that must look for a session which moved says 503 in time where listing ${trouble}`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const User = user(control)
    const { browser } = await serveApp(t, [User], {
      ...routes(User),
      '/renew': (ctx) => ctx.sessions.set(User, { id: 'ada' }, { regenerate: true }),
    })
    const ada = browser()
    await ada.get('/in')
    const slow = ada.copy()

    const stop = control.hold('delete')
    const out = slow.get('/out', { signal: AbortSignal.timeout(8000) })
    await stop.reached
    await ada.get('/renew')
    control.break(trouble, 'list')
    stop.open()
    t.is((await out).status, 503)
  })
}
