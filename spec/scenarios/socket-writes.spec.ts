import test from 'ava'
import { cookie, memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import { ENGINES } from './_support/engines.ts'
import { socketSite, type Routes } from './_support/sockets.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
  count: number
}

const user = (storage: SessionStorage) => cookie<User, { notice: string }>('user', { storage, subject: ({ id }) => id })
type UserDefinition = ReturnType<typeof user>

const routes = (User: UserDefinition): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/count': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, count: now!.count + 1 })),
  '/read': (ctx) => String(ctx.sessions.get(User)?.count ?? 'none'),
  '/flash': (ctx) => ctx.sessions.open(User).flash('notice', 'hello'),
  '/notice': (ctx) => ctx.sessions.open(User).get('notice') ?? 'none',
})

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`${where}, an update on a socket reaches HTTP, and updates of both sides at once all count`, async (t) => {
    const User = user(engine(t))
    const site = await socketSite(t, [User], routes(User), {
      onMessage: async (_, connection) =>
        (await connection.update(User, (now) => ({ ...now!, count: now!.count + 1 }))).count,
    })
    const ada = site.browser()
    await ada.get('/login')
    const [one, other] = [await site.open({ browser: ada }), await site.open({ browser: ada })]
    t.is(await one.ask('count'), '1')
    t.is((await ada.get('/read')).text, '1')
    await Promise.all(Array.from({ length: 8 }, () => [one.ask('count'), other.ask('count'), ada.get('/count')]).flat())
    t.is((await ada.get('/read')).text, '25')
  })

  test(`${where}, a write that races a logout loses: nothing comes back`, async (t) => {
    const storage = controlledStorage(engine(t))
    const User = user(storage)
    const site = await socketSite(t, [User], routes(User))
    const ada = site.browser()
    await ada.get('/login')
    const { closed } = await site.open({ browser: ada })
    const thief = ada.copy()
    const release = storage.holdAll('update')
    const writing = site.connections[0]!.update(User, (now) => ({ ...now!, count: 99 }))
    await ada.get('/logout')
    release()
    await t.throwsAsync(writing, { code: 'ERR_SESSION_GONE' })
    t.deepEqual(await closed, [3000, 'session ended'])
    t.is((await thief.get('/read')).text, 'none')
  })
}

test('an update changes the session as it is, and not as the socket saw it last', async (t) => {
  const User = user(controlledStorage(memoryStorage()))
  const site = await socketSite(t, [User], routes(User))
  const ada = site.browser()
  await ada.get('/login')
  await site.open({ browser: ada })
  const [connection] = site.connections
  await ada.get('/count')
  // What the socket saw last already says so.
  await connection!.update(User, (now) => ({ ...now!, count: 0 }))
  t.is((await ada.get('/read')).text, '0')
  await ada.get('/count')
  t.deepEqual(await connection!.update(User, (now) => (now!.count === 0 ? undefined : now)), { id: 'ada', count: 1 })
  t.is((await ada.get('/read')).text, '1')
})

test('after the end every write is refused, and closing saves nothing', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const User = user(storage)
  const site = await socketSite(t, [User], routes(User))
  const ada = site.browser()
  await ada.get('/login')
  const { closed, socket } = await site.open({ browser: ada })
  await ada.get('/logout')
  await closed
  const before = storage.calls.length
  await t.throwsAsync(
    site.connections[0]!.update(User, () => ({ id: 'ada', count: 1 })),
    { code: 'ERR_SESSION_GONE' },
  )
  socket.terminate()
  t.is(storage.calls.length, before)
})

test('a new session, another user and a session by value need a response, and the error says what to do', async (t) => {
  const User = user(memoryStorage())
  const Visit = cookie<User>('visit')
  const site = await socketSite(t, [User, Visit], {
    ...routes(User),
    '/visit': (ctx) => ctx.sessions.set(Visit, { id: 'v', count: 0 }),
  })
  const late = (message: RegExp) => ({ code: 'ERR_SESSION_TOO_LATE', message })
  await site.open()
  await t.throwsAsync(
    site.connections[0]!.update(User, () => ({ id: 'ada', count: 1 })),
    late(/connection\.ticket\(/),
  )
  const ada = site.browser()
  await ada.get('/login')
  await ada.get('/visit')
  await site.open({ browser: ada })
  const connection = site.connections[1]!
  await t.throwsAsync(
    connection.update(User, () => ({ id: 'grace', count: 1 })),
    late(/another id/),
  )
  await t.throwsAsync(
    connection.update(Visit, () => ({ id: 'v', count: 1 })),
    late(/'storage'/),
  )
  await t.throwsAsync(
    connection.update(Visit, () => undefined),
    late(/'storage'/),
  )
  t.is((await ada.get('/read')).text, '0')
})

test('an update that gives undefined signs out, and closes every socket of the session', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User), {
    onMessage: (_, connection) => connection.update(User, () => undefined),
  })
  const ada = site.browser()
  await ada.get('/login')
  const [one, other] = [await site.open({ browser: ada }), await site.open({ browser: ada })]
  one.socket.send('bye')
  t.deepEqual(await one.closed, [3000, 'session ended'])
  t.deepEqual(await other.closed, [3000, 'session ended'])
  t.is((await ada.get('/read')).text, 'none')
})

test('a definition that is not mounted is an error for whoever asks', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User))
  await site.open()
  const [connection] = site.connections
  const Unmounted = cookie<User>('unmounted', { storage: memoryStorage() })
  const code = 'ERR_SESSION_NOT_MOUNTED'
  await t.throwsAsync(connection!.get(Unmounted), { code })
  await t.throwsAsync(
    connection!.update(Unmounted, () => undefined),
    { code },
  )
  await t.throwsAsync(connection!.ticket(Unmounted, { id: 'ada', count: 0 }), { code })
})

test('an open socket uses up no flash, renews nothing and writes nothing', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const User = cookie<User, { notice: string }>('user', { storage, idleTimeout: '1h', touchAfter: 0 })
  const site = await socketSite(t, [User], routes(User), {
    clock,
    onMessage: async (_, connection) => (await connection.get(User))?.count,
  })
  const ada = site.browser()
  await ada.get('/login')
  await ada.get('/flash')
  const before = storage.calls.filter((verb) => verb !== 'read').length
  clock.advance(60_000)
  const { ask } = await site.open({ browser: ada })
  for (let times = 0; times < 3; times++) t.is(await ask('anything'), '0')
  t.is(storage.calls.filter((verb) => verb !== 'read').length, before)
  t.is((await ada.get('/notice')).text, 'hello')
})

test("messages renew the session where touch is 'on-message', as often as touchAfter says", async (t) => {
  const changes: string[] = []
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const User = cookie<User, { notice: string }>('user', { storage, idleTimeout: '1h', touchAfter: '10m' })
  const site = await socketSite(t, [User], routes(User), {
    clock,
    connect: { touch: 'on-message' },
    onConnection: (connection) => connection.on('change', () => changes.push('changed')),
    onMessage: async (_, connection) => (await connection.get(User))?.count ?? 'none',
  })
  const touches = () => storage.calls.filter((verb) => verb === 'touch').length
  const ada = site.browser()
  await ada.get('/login')
  const { ask, socket } = await site.open({ browser: ada })
  clock.advance(9 * 60_000)
  await ask('too early')
  t.is(touches(), 0)
  clock.advance(60_000)
  const ponged = new Promise((resolve) => socket.once('pong', resolve))
  socket.ping()
  await ponged
  t.is(touches(), 0)
  await ask('now')
  await ask('and again')
  t.is(touches(), 1)
  t.deepEqual(changes, [], 'a renewal changes no value')
  clock.advance(59 * 60_000)
  t.is(await ask('still there'), '0')
})

test('messages that come faster than the storage renews come to one renewal', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const User = cookie<User, { notice: string }>('user', { storage, idleTimeout: '1h' })
  const site = await socketSite(t, [User], routes(User), {
    clock,
    connect: { touch: 'on-message' },
    onMessage: () => '',
  })
  const touches = () => storage.calls.filter((verb) => verb === 'touch').length
  const ada = site.browser()
  await ada.get('/login')
  const { ask } = await site.open({ browser: ada })
  const release = storage.holdAll('touch')
  clock.advance(30 * 60_000)
  for (let message = 0; message < 9; message++) await ask('')
  t.is(touches(), 1)
  release()
  await new Promise((resolve) => setImmediate(resolve))
  clock.advance(30 * 60_000)
  await ask('')
  t.is(touches(), 2)
})

test('an open socket renews the session where touch says how often', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const User = user(storage)
  const site = await socketSite(t, [User], routes(User), { connect: { touch: { every: 20 } } })
  const ada = site.browser()
  await ada.get('/login')
  const { socket, closed } = await site.open({ browser: ada })
  const touches = () => storage.calls.filter((verb) => verb === 'touch').length
  await until(() => touches() >= 3, { what: 'the session was renewed three times' })
  socket.close()
  await closed
  t.pass()
})

test('close lets the sessions go: nothing is told any more, and the socket stays open', async (t) => {
  const User = user(memoryStorage())
  const told: string[] = []
  const site = await socketSite(t, [User], routes(User), {
    onConnection: (connection) => connection.on('gone', () => told.push('gone')),
    onMessage: async (_, connection) => (await connection.get(User))?.count ?? 'none',
  })
  const ada = site.browser()
  await ada.get('/login')
  const { ask } = await site.open({ browser: ada })
  site.connections[0]!.close()
  t.is(await ask('read'), '0')
  await ada.get('/logout')
  t.is(await ask('read'), 'none')
  t.deepEqual(told, [])
})

test('closing the middleware closes the sockets with 1001, so that they come again elsewhere', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User))
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  await site.middleware.close()
  t.deepEqual(await closed, [1001, 'going away'])
})

test('a thousand sockets of one user, each with a session of its own, are all closed by one revokeAll', async (t) => {
  const SOCKETS = 1000
  const storage = memoryStorage()
  let watching = 0
  const User = user({
    ...controlledStorage(storage),
    list: (subject) => storage.list!(subject),
    watch: async (keys, listener) => {
      const end = await storage.watch!(keys, listener)
      watching++
      return async () => {
        watching--
        await end()
      }
    },
  })
  const site = await socketSite(t, [User], routes(User))
  const opened: Awaited<ReturnType<typeof site.open>>[] = []
  while (opened.length < SOCKETS) {
    const batch = Array.from({ length: 50 }, async () => {
      const browser = site.browser()
      await browser.get('/login')
      return site.open({ browser })
    })
    opened.push(...(await Promise.all(batch)))
  }
  t.is(watching, SOCKETS)
  t.is(await site.middleware.revokeAll(User, 'ada'), SOCKETS)
  const closes = await Promise.all(opened.map(({ closed }) => closed))
  t.true(closes.every(([code]) => code === 3000))
  t.is(watching, 0)
})
