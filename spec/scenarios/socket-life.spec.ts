import { once } from 'node:events'
import test from 'ava'
import { cookie, memoryStorage, storageFrom, type Connection, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import { textsInMap } from '../support/text-storages.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { socketSite, type Routes } from './_support/sockets.ts'

interface User {
  id: string
  count: number
}

const user = (storage: SessionStorage) => cookie<User, { notice: string }>('user', { storage, subject: ({ id }) => id })

const routes = (User: ReturnType<typeof user>): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
  '/grace': (ctx) => ctx.sessions.set(User, { id: 'grace', count: 0 }),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
  '/revoke': async (_, middleware) => void (await middleware.revokeAll(User, 'ada')),
  '/count': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, count: now!.count + 1 })),
  '/read': (ctx) => ctx.sessions.get(User)?.count ?? 'none',
})

const read = (User: ReturnType<typeof user>) => async (_: string, connection: Connection) =>
  (await connection.get(User))?.count ?? 'none'

const WAYS_TO_END = [
  ['a logout', '/logout'],
  ['a revokeAll', '/revoke'],
  ['a new id', '/regenerate'],
  ['another user who signs in', '/grace'],
] as const

/** Where a storage tells of changes, and where it must be asked. */
const engines: typeof ENGINES = {
  ...ENGINES,
  "in an app's own text storage": (_, clock) => storageFrom(textsInMap(), clock ? { clock } : {}),
}

for (const [where, engine] of Object.entries(engines)) {
  for (const [what, path] of WAYS_TO_END) {
    // Texts under ids are all that such a storage has: nobody's sessions can be listed.
    if (path === '/revoke' && where.includes('text storage')) continue
    test(`${where}, ${what} over HTTP closes the socket with 3000`, async (t) => {
      const User = user(engine(t))
      const gone: unknown[] = []
      const site = await socketSite(t, [User], routes(User), {
        onMessage: read(User),
        onConnection: (connection) => connection.on('gone', (...told) => gone.push(told)),
      })
      const ada = site.browser()
      await ada.get('/login')
      const { status, ask, closed } = await site.open({ browser: ada })
      t.is(status, 101)
      t.is(await ask('read'), '0')
      await ada.get(path)
      t.deepEqual(await closed, [3000, 'session ended'])
      t.deepEqual(gone, [[User, 'ended']])
      t.is(await site.connections[0]!.get(User), undefined)
    })
  }
}

test('nobody is closed whose session lives on: another session of the same user, and one of another user', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User), { onMessage: read(User) })
  const [phone, laptop] = [site.browser(), site.browser()]
  await phone.get('/login')
  await laptop.get('/login')
  const [one, other] = [await site.open({ browser: phone }), await site.open({ browser: laptop })]
  await phone.get('/logout')
  await one.closed
  t.is(await other.ask('read'), '0')
})

test('every socket of one session is closed by one logout', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User))
  const ada = site.browser()
  await ada.get('/login')
  const sockets = [
    await site.open({ browser: ada }),
    await site.open({ browser: ada }),
    await site.open({ browser: ada }),
  ]
  await ada.get('/logout')
  for (const { closed } of sockets) t.deepEqual(await closed, [3000, 'session ended'])
})

test('what a request writes is told to the socket, and read by it', async (t) => {
  const User = user(memoryStorage())
  const changes: unknown[] = []
  const site = await socketSite(t, [User], routes(User), {
    onMessage: read(User),
    onConnection: (connection) => connection.on('change', (...told) => changes.push(told[0])),
  })
  const ada = site.browser()
  await ada.get('/login')
  const { ask } = await site.open({ browser: ada })
  await ada.get('/count')
  t.is(await ask('read'), '1')
  t.deepEqual(changes, [User])
})

test('a listener that throws, whatever that is, or that rejects, is the app’s to know, and keeps nobody from being told', async (t) => {
  const User = user(memoryStorage())
  const told: string[] = []
  const thrown: unknown[] = [new Error('an error'), 'a text', undefined]
  const site = await socketSite(t, [User], routes(User), {
    onConnection(connection) {
      for (const one of thrown) {
        connection.on('gone', () => {
          throw one
        })
        connection.on('gone', () => Promise.reject(one))
      }
      connection.on('gone', (_, reason) => told.push(reason))
    },
  })
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  await ada.get('/logout')
  t.deepEqual(await closed, [3000, 'session ended'])
  t.deepEqual(told, ['ended'])
  t.is(site.errors.length, 2 * thrown.length)
  t.true(site.errors.every((error) => error instanceof Error))
})

test('where the storage tells nothing each get asks it, where it tells none does', async (t) => {
  const mute = controlledStorage(memoryStorage())
  const telling = memoryStorage()
  const told = controlledStorage(telling)
  told.watch = telling.watch!.bind(telling)
  for (const [control, reads] of [
    [mute, 2],
    [told, 0],
  ] as const) {
    const User = user(control)
    const site = await socketSite(t, [User], routes(User), { onMessage: read(User) })
    const ada = site.browser()
    await ada.get('/login')
    const { ask } = await site.open({ browser: ada })
    const before = control.count('read')
    t.is(await ask('read'), '0')
    t.is(await ask('read'), '0')
    t.true(control.count('read') - before >= reads, `${control.count('read') - before} reads`)
    if (reads === 0) t.is(control.count('read'), before)
  }
})

test('a session that expires closes the socket without any traffic', async (t) => {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: memoryStorage({ clock }), idleTimeout: 300 })
  const site = await socketSite(
    t,
    [User],
    { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }) },
    { clock },
  )
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  clock.advance(300)
  t.deepEqual(await closed, [3000, 'session expired'])
})

test('at its deadline a session is no session for the socket, whether or not anybody has noticed', async (t) => {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: memoryStorage({ clock }), idleTimeout: '1h', absoluteTimeout: '1h' })
  const site = await socketSite(
    t,
    [User],
    { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }) },
    { clock },
  )
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  clock.advance(3_599_999)
  t.deepEqual(await site.connections[0]!.get(User), { id: 'ada', count: 0 })
  clock.advance(1)
  t.is(await site.connections[0]!.get(User), undefined)
  t.deepEqual(await closed, [3000, 'session expired'])
})

test('a session that requests keep alive stays open past the deadline that the socket began with', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const User = cookie<User>('user', { storage, idleTimeout: 300, touchAfter: 0 })
  const site = await socketSite(
    t,
    [User],
    {
      '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
      '/read': (ctx) => ctx.sessions.get(User)?.id,
    },
    { clock, onMessage: async (_, connection) => (await connection.get(User))?.id },
  )
  const ada = site.browser()
  await ada.get('/login')
  const { ask, closed } = await site.open({ browser: ada })
  clock.advance(200)
  await ada.get('/read')
  clock.advance(200)
  t.is(await ask('read'), 'ada')
  clock.advance(300)
  t.deepEqual(await closed, [3000, 'session expired'])
})

test('an outage ends no session that has time left: the socket stays, and a get says what is wrong', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = user(control)
  const site = await socketSite(t, [User], routes(User), { clock, onMessage: read(User) })
  const ada = site.browser()
  await ada.get('/login')
  const { ask, socket } = await site.open({ browser: ada })
  control.break('rejects', 'read')
  t.is(await ask('read'), 'ERR_SESSION_STORAGE')
  control.mend()
  t.is(await ask('read'), '0')
  t.is(socket.readyState, socket.OPEN)
})

test('a session that cannot be read when its own deadline comes is gone', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = cookie<User>('user', { storage: control, idleTimeout: 200 })
  const site = await socketSite(
    t,
    [User],
    { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }) },
    { clock },
  )
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  control.break('rejects', 'read')
  clock.advance(200)
  t.deepEqual(await closed, [3000, 'session expired'])
})

test('by value the socket follows the session to the deadline that its token says', async (t) => {
  const clock = manualClock()
  const Visit = cookie<User>('visit', { idleTimeout: 250 })
  const site = await socketSite(
    t,
    [Visit],
    { '/begin': (ctx) => ctx.sessions.set(Visit, { id: 'ada', count: 0 }) },
    { clock, onMessage: async (_, connection) => (await connection.get(Visit))?.id },
  )
  const ada = site.browser()
  await ada.get('/begin')
  const { ask, closed } = await site.open({ browser: ada })
  t.is(await ask('read'), 'ada')
  clock.advance(250)
  t.deepEqual(await closed, [3000, 'session expired'])
})

test('by value with revocations a revokeAll closes the socket', async (t) => {
  const User = cookie<User>('user', { revocations: memoryStorage({ maxSessions: Infinity }), subject: ({ id }) => id })
  const site = await socketSite(t, [User], {
    '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
    '/revoke': async (_, middleware) => void (await middleware.revokeAll(User, 'ada')),
  })
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  await ada.get('/revoke')
  t.deepEqual(await closed, [3000, 'session ended'])
})

test('the socket of somebody without a session is open and reads nothing, and no later login opens it', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User), { onMessage: read(User) })
  const nobody = site.browser()
  const { status, ask } = await site.open({ browser: nobody })
  t.is(status, 101)
  t.is(await ask('read'), 'none')
  await nobody.get('/login')
  t.is(await ask('read'), 'none')
})

test('a session that ends between the upgrade and attach closes the socket when it is attached', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User))
  const ada = site.browser()
  await ada.get('/login')
  await site.open({ browser: ada })
  const [connection] = site.connections
  const told = new Promise<void>((resolve) => connection!.on('gone', () => resolve()))
  await ada.get('/logout')
  await told
  const closes: unknown[] = []
  connection!.attach({ on: () => undefined, close: (...given) => closes.push(given) })
  t.deepEqual(closes, [[3000, 'session ended']])
})

test('a listener that throws harms no other one, and the app is told', async (t) => {
  const User = user(memoryStorage())
  const told: string[] = []
  const throwing = (): void => {
    throw new Error('a listener')
  }
  const site = await socketSite(t, [User], routes(User), {
    onConnection(connection) {
      connection.on('gone', throwing)
      connection.on('gone', (_, reason) => told.push(reason))
      connection.off('gone', () => {})
    },
  })
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  await ada.get('/logout')
  await closed
  t.deepEqual(told, ['ended'])
  t.deepEqual(site.errors.map(String), ['Error: a listener'])
})

test('what off was given is not told any more', async (t) => {
  const User = user(memoryStorage())
  const told: string[] = []
  const listener = (): void => void told.push('told')
  const site = await socketSite(t, [User], routes(User), {
    onConnection(connection) {
      connection.on('gone', listener)
      connection.off('gone', listener)
    },
  })
  const ada = site.browser()
  await ada.get('/login')
  const { closed } = await site.open({ browser: ada })
  await ada.get('/logout')
  await closed
  t.deepEqual(told, [])
})

test('a frame that breaks the protocol closes its socket, and nothing else', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], routes(User), { onMessage: read(User) })
  const ada = site.browser()
  await ada.get('/login')
  const [bad, good] = [await site.open({ browser: ada }), await site.open({ browser: ada })]
  ;(bad.socket as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  await once(bad.socket, 'close')
  t.is(await good.ask('read'), '0')
})
