import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as dial, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type ConnectOptions, type SessionStorage } from 'koa-typed-sessions'
import type { Browser } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { any } from './_support/refusals.ts'
import { socketSite } from './_support/sockets.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
}

const user = (storage: SessionStorage = memoryStorage()) => cookie<User>('user', { storage })
type UserDefinition = ReturnType<typeof user>

/** A site whose sessions have so many sockets at most. */
const limited = (t: Parameters<typeof socketSite>[0], User: UserDefinition, connect: ConnectOptions) =>
  socketSite(
    t,
    [User],
    {
      '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }),
      '/logout': (ctx) => ctx.sessions.clear(User),
      '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId({ deleteOld: false }),
    },
    { connect },
  )

type Site = Awaited<ReturnType<typeof socketSite>>

/** The lines of an upgrade request as a browser sends it. */
const upgradeOf = (site: Site, browser: Browser, more = ''): string =>
  `GET / HTTP/1.1\r\nHost: ${new URL(site.url).host}\r\nOrigin: ${site.url}\r\nCookie: user=${browser.cookies.get('user')}\r\n` +
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
  `${more}\r\n`

/** Opens a socket once there is a place for it. */
async function openInTime(site: Site, browser: Browser) {
  let opened
  do opened = await site.open({ browser })
  while (opened.status === 429)
  return opened
}

test('a socket above the limit of its session is answered with 429 before any handshake', async (t) => {
  const User = user()
  const site = await limited(t, User, { maxConnections: 2 })
  const ada = site.browser()
  await ada.get('/login')
  const first = await site.open({ browser: ada })
  t.deepEqual([first.status, (await site.open({ browser: ada })).status], [101, 101])
  const refused = await site.raw(upgradeOf(site, ada))
  t.is(
    await text(refused),
    'HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 10\r\n\r\n',
  )
  t.is(site.connections.length, 2)
  first.socket.close()
  await first.closed
  t.is((await openInTime(site, ada)).status, 101)
  t.deepEqual(site.errors, [])
})

test('of a thousand upgrades at once as many are let in as may be', async (t) => {
  const User = user()
  const site = await limited(t, User, { maxConnections: 10 })
  const ada = site.browser()
  await ada.get('/login')
  const opened = await Promise.all(Array.from({ length: 1000 }, () => site.open({ browser: ada })))
  t.is(opened.filter(({ status }) => status === 101).length, 10)
  t.is(opened.filter(({ status }) => status === 429).length, 990)
  t.is(site.connections.length, 10)
})

test('other sessions and visitors without one are not counted, both ids of one session are', async (t) => {
  const User = user()
  const site = await limited(t, User, { maxConnections: 1 })
  const [ada, grace, nobody] = [site.browser(), site.browser(), site.browser()]
  await ada.get('/login')
  await grace.get('/login')
  const old = ada.copy()
  await ada.get('/regenerate')
  t.not(ada.cookies.get('user'), old.cookies.get('user'))
  t.is((await site.open({ browser: ada })).status, 101)
  t.is((await site.open({ browser: grace })).status, 101)
  t.is((await site.open({ browser: old })).status, 429)
  for (let times = 0; times < 10; times++) t.is((await site.open({ browser: nobody })).status, 101)
})

test('of two sessions of one socket each is counted, and what one is refused for takes no place of the other', async (t) => {
  const User = user()
  const Cart = cookie<User>('cart', { storage: memoryStorage() })
  const site = await socketSite(
    t,
    [User, Cart],
    {
      '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }),
      '/cart': (ctx) => ctx.sessions.set(Cart, { id: '1' }),
    },
    { connect: { maxConnections: 1 } },
  )
  const ada = site.browser()
  await ada.get('/login')
  const onlyUser = ada.copy()
  await ada.get('/cart')
  const onlyCart = site.browser()
  onlyCart.cookies.set('cart', ada.cookies.get('cart')!)
  const first = await site.open({ browser: onlyUser })
  for (let times = 0; times < 5; times++) t.is((await site.open({ browser: ada })).status, 429)
  t.is((await site.open({ browser: onlyCart })).status, 101)
  first.socket.close()
  await first.closed
  t.is((await site.open({ browser: ada })).status, 429, 'for the cart')
  t.is((await openInTime(site, onlyUser)).status, 101)
})

test('by value a session is counted by its token', async (t) => {
  const Visit = cookie<User>('visit')
  const site = await socketSite(
    t,
    [Visit],
    { '/begin': (ctx) => ctx.sessions.set(Visit, { id: String(ctx.query['id']) }) },
    { connect: { maxConnections: 2 } },
  )
  const [one, other] = [site.browser(), site.browser()]
  await one.get('/begin?id=1')
  await other.get('/begin?id=2')
  t.is((await site.open({ browser: one })).status, 101)
  t.is((await site.open({ browser: one })).status, 101)
  t.is((await site.open({ browser: one })).status, 429)
  t.is((await site.open({ browser: other })).status, 101)
})

test('whatever ends a socket, or keeps it from opening, frees its place', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control)
  const Down = cookie<User>('down', { storage: memoryStorage() })
  const options: { maxConnections: number; required?: typeof Down } = { maxConnections: 1 }
  const site = await socketSite(
    t,
    [User, Down],
    { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }) },
    { connect: options },
  )
  const ada = site.browser()
  await ada.get('/login')
  const isFree = async (how: string): Promise<void> => {
    const { status, socket, closed } = await openInTime(site, ada)
    t.is(status, 101, `${how} ${String(site.errors.at(-1))}`)
    socket.terminate()
    await closed
  }
  await isFree('at first')

  options.required = Down
  t.is((await openInTime(site, ada)).status, 401)
  delete options.required
  await isFree('after one whose other session is not there')

  const { socket, closed } = await openInTime(site, ada)
  socket.close()
  await closed
  await isFree('after a close in good order')

  await openInTime(site, ada)
  site.connections.at(-1)!.close()
  await isFree('after connection.close()')

  // The place of the one before is free when this one reads for the second time.
  const reading = control.hold('read')
  const upgraded = site.upgrade()
  const raw = await site.raw(upgradeOf(site, ada))
  await reading.reached
  const request = await upgraded
  const gone = new Promise<void>((resolve) => request.socket.once('close', () => resolve()))
  const confirming = control.hold('read')
  reading.open()
  await confirming.reached
  raw.resetAndDestroy()
  await gone
  confirming.open()
  await isFree('after a client that left while its session was being read')
})

for (const leave of ['end', 'resetAndDestroy'] as const) {
  test(`a connection that is never attached keeps its place until its client leaves by ${leave}, and there is none for one that left before`, async (t) => {
    const engine = memoryStorage()
    const storage = controlledStorage(engine)
    const watching = new Set<unknown>()
    storage.watch = async (...given) => {
      const end = await engine.watch!(...given)
      watching.add(end)
      return async () => {
        watching.delete(end)
        await end()
      }
    }
    const User = user(storage)
    const app = new Koa()
    const middleware = sessions([User], { app })
    app.use(middleware)
    app.use((ctx) => void (ctx.body = ctx.sessions.set(User, { id: 'ada' }) ?? 'in'))
    const handle = app.callback()
    const server = createServer((request, response) => void handle(request, response))
    const connections: Promise<unknown>[] = []
    let before: (socket: Socket) => Promise<void> = async () => {}
    let told: () => void = () => {}
    server.on('upgrade', (request) => {
      const connecting = before(request.socket).then(() =>
        middleware.connect(request, { allowNoOrigin: true, maxConnections: 1 }),
      )
      connections.push(connecting)
      void connecting.then(() => told())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const login = await fetch(`http://127.0.0.1:${port}/`)
    const [token] = login.headers.getSetCookie()[0]!.split(';')
    const upgrade = async (): Promise<Socket> => {
      const socket = dial(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      const answered = new Promise<void>((resolve) => (told = resolve))
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      await answered
      return socket
    }
    const socket = await upgrade()
    t.is(watching.size, 1)
    await upgrade()
    t.is(await connections[1], null)
    socket[leave]()
    await until(() => watching.size === 0, { what: 'no watch stands' })
    const next = await upgrade()
    t.truthy(await connections[2])
    next.destroy()
    await until(() => watching.size === 0, { what: 'no watch stands' })

    // An app that looks something up first, while the client leaves.
    before = (theirs) =>
      new Promise((resolve) => {
        theirs
          .on('error', () => {})
          .on(leave === 'end' ? 'end' : 'close', () => setImmediate(resolve))
          .resume()
      })
    const reads = storage.calls.length
    const late = dial(port, '127.0.0.1')
    late.on('error', () => {})
    const answered = new Promise<void>((resolve) => (told = resolve))
    late.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    const heard = once(server, 'upgrade')
    await heard
    late[leave]()
    await answered
    t.is(await connections.at(-1), null)
    t.is(watching.size, 0)
    t.is(storage.calls.length, reads)
  })
}

test('of two thousand upgrades one after the other nothing is left', async (t) => {
  const engine = memoryStorage()
  const storage = controlledStorage(engine)
  const User = user(storage)
  const site = await limited(t, User, { maxConnections: 1 })
  const ada = site.browser()
  await ada.get('/login')
  for (let times = 0; times < 2000; times++) {
    const { socket, closed } = await openInTime(site, ada)
    socket.terminate()
    await closed
  }
  t.is((await openInTime(site, ada)).status, 101)
  t.deepEqual(site.errors, [])
})

for (const maxConnections of [0, -1, NaN, 1.5, '10', null, -Infinity, {}]) {
  test(`a limit of ${typeof maxConnections} ${String(maxConnections)} is refused`, async (t) => {
    const { middleware } = await socketSite(t, [user()], {})
    await t.throwsAsync(middleware.connect(any({}), { maxConnections: any(maxConnections) }), {
      code: 'ERR_SESSION_CONFIG',
      message: /maxConnections.*Infinity/,
    })
  })
}

test('without a word a session has a hundred sockets, with Infinity as many as come', async (t) => {
  const User = user()
  const site = await limited(t, User, {})
  const free = await limited(t, User, { maxConnections: Infinity })
  for (const [one, expected] of [
    [site, 100],
    [free, 110],
  ] as const) {
    const ada = one.browser()
    await ada.get('/login')
    const opened = await Promise.all(Array.from({ length: 110 }, () => one.open({ browser: ada })))
    t.is(opened.filter(({ status }) => status === 101).length, expected)
  }
})
