import { EventEmitter, once } from 'node:events'
import test from 'ava'
import { cookie, header, memoryStorage, SESSION_PROTOCOL, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import type { Browser } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { socketSite } from './_support/sockets.ts'
import { codes } from '../support/app.ts'

interface User {
  id: string
}

const user = (storage: SessionStorage) => cookie<User>('user', { storage, idleTimeout: '1h' })
const login = (User: ReturnType<typeof user>) => ({
  '/login': (ctx: { sessions: { set(definition: typeof User, value: User): void } }) =>
    ctx.sessions.set(User, { id: 'ada' }),
})

type Site = Awaited<ReturnType<typeof socketSite>>

const upgradeOf = (site: Site, lines: readonly string[]): string =>
  `GET / HTTP/1.1\r\nHost: ${new URL(site.url).host}\r\nOrigin: ${site.url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
  [...lines, '', ''].join('\r\n')

/** The status of an upgrade with such lines. */
async function statusOf(site: Site, lines: readonly string[]): Promise<number> {
  const socket = await site.raw(upgradeOf(site, lines))
  const [head] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return Number(String(head).split(' ')[1])
}

/** A socket whose messages are the test's. */
function fakeSocket(close: () => void = () => {}) {
  return Object.assign(new EventEmitter(), { close })
}

const settled = async () => {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}

test('a hundred tickets in one upgrade are not more than a few reads', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const User = user(storage)
  const site = await socketSite(t, [User], login(User))
  const name = Buffer.from('user').toString('base64url')
  const tickets = Array.from({ length: 100 }, (_, index) => `ticket.${name}.${String(index).padStart(43, 'x')}`)
  t.is(await statusOf(site, [`Sec-WebSocket-Protocol: ${[SESSION_PROTOCOL, ...tickets].join(', ')}`]), 101)
  t.true(storage.calls.length <= 2, storage.calls.join(' '))
  t.deepEqual(site.errors, [])
})

for (const [what, lines] of [
  ['eight thousand commas', [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}${','.repeat(8000)}`]],
  ['two thousand tokens', [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}, ${'x-session.YQ, '.repeat(550)}x-session.Yg`]],
  [
    'one token of eight thousand characters',
    [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}, x-session.${'A'.repeat(8000)}`],
  ],
  [
    'tickets of nothing but dots',
    [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}, ${'ticket...., '.repeat(600)}ticket.`],
  ],
  [
    'tickets under the names of what every object has',
    [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}, ticket.__proto__.x, ticket.constructor.x`],
  ],
  [
    'the protocol in two headers',
    [`Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}`, 'Sec-WebSocket-Protocol: x-session.YQ'],
  ],
  [
    'the token in a header and as a subprotocol',
    ['X-Session: a', `Sec-WebSocket-Protocol: ${SESSION_PROTOCOL}, x-session.YQ`],
  ],
  ['two cookie headers', ['Cookie: user=a', 'Cookie: user=b']],
  ['eight thousand bytes of cookies', [`Cookie: ${'user=a; '.repeat(1000)}`]],
] as const) {
  test(`an upgrade with ${what} presents no session, harms nobody and is no error`, async (t) => {
    const storage = controlledStorage(memoryStorage())
    const User = user(storage)
    const Api = header<User>('X-Session', { storage })
    const site = await socketSite(t, [User, Api], login(User))
    const status = await statusOf(site, lines)
    t.true([101, 400].includes(status), String(status))
    t.true(storage.calls.length <= 8, `${storage.calls.length} calls`)
    t.deepEqual(site.errors, [])
    const ada = site.browser()
    await ada.get('/login')
    t.is((await site.open({ browser: ada })).status, 101)
  })
}

/** A site with a session that messages renew, and sockets of the test's own. */
async function renewed(t: Parameters<typeof socketSite>[0], sockets: number) {
  const clock = manualClock()
  const engine = memoryStorage({ clock })
  const control = controlledStorage(engine)
  control.watch = engine.watch!.bind(engine)
  const User = user(control)
  const site = await socketSite(t, [User], login(User), { clock, connect: { touch: 'on-message' } })
  const ada: Browser = site.browser()
  await ada.get('/login')
  const fakes = await Promise.all(
    Array.from({ length: sockets }, async () => {
      await site.open({ browser: ada })
      return fakeSocket()
    }),
  )
  fakes.forEach((fake, index) => site.connections[index]!.attach(fake))
  return { clock, control, site, fakes }
}

test('a hundred thousand messages are no call to the storage before touchAfter, and one afterwards', async (t) => {
  const { clock, control, site, fakes } = await renewed(t, 1)
  const calls = control.calls.length
  for (let message = 0; message < 100_000; message++) fakes[0]!.emit('message')
  await settled()
  t.is(control.calls.length, calls)
  clock.advance(6 * 60_000)
  for (let message = 0; message < 100_000; message++) fakes[0]!.emit('message')
  await settled()
  for (let message = 0; message < 100_000; message++) fakes[0]!.emit('message')
  t.is(control.count('touch'), 1)
  t.deepEqual(site.errors, [])
})

test('while the storage is down messages try to renew once a second, and the app is told as often', async (t) => {
  const { clock, control, site, fakes } = await renewed(t, 1)
  clock.advance(30 * 60_000)
  control.break('rejects', 'touch')
  for (let second = 0; second < 3; second++) {
    for (let message = 0; message < 1000; message++) {
      fakes[0]!.emit('message')
      if (message % 100 === 0) await settled()
    }
    clock.advance(1000)
  }
  t.is(control.count('touch'), 3)
  t.deepEqual(codes(site.errors), Array(3).fill('ERR_SESSION_STORAGE'))
  control.mend()
  fakes[0]!.emit('message')
  await settled()
  t.is(control.count('touch'), 4)
  fakes[0]!.emit('message')
  t.is(control.count('touch'), 4)
})

test('a renewal for all sockets of a session is one', async (t) => {
  const { clock, control, fakes } = await renewed(t, 20)
  clock.advance(30 * 60_000)
  for (const fake of fakes) fake.emit('message')
  await settled()
  for (const fake of fakes) fake.emit('message')
  await settled()
  t.is(control.count('touch'), 1)
})

test('a socket that cannot be closed is the app’s to know, and the others are closed, told or not', async (t) => {
  const User = user(memoryStorage())
  const site = await socketSite(t, [User], {
    ...login(User),
    '/logout': (ctx) => ctx.sessions.clear(User),
  })
  const ada = site.browser()
  await ada.get('/login')
  for (let count = 0; count < 3; count++) await site.open({ browser: ada })
  const closed: string[] = []
  const gone: number[] = []
  site.connections.forEach((connection, index) => {
    connection.attach(
      fakeSocket(() => {
        if (index === 0) throw new Error('closed already')
        closed.push(String(index))
      }),
    )
    connection.on('gone', () => new Promise(() => {}))
    connection.on('gone', () => void gone.push(index))
  })
  await ada.get('/logout')
  await settled()
  t.deepEqual(closed, ['1', '2'])
  t.deepEqual(gone, [0, 1, 2])
  t.deepEqual(site.errors.map(String), ['Error: closed already'])
})
