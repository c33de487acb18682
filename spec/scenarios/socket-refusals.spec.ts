import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import Koa, { type Context } from 'koa'
import { cookie, memoryStorage, sessions, type ConnectOptions } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { any } from './_support/refusals.ts'
import { socketSite } from './_support/sockets.ts'
import { codes } from '../support/app.ts'

interface User {
  id: string
}

const user = (storage = memoryStorage()) => cookie<User>('user', { storage })

/** The status of an upgrade whose Origin is so; `URL` stands for the site's own address. */
function upgrade(
  title: string,
  headers: (url: string) => Record<string, string>,
  expected: number,
  options: { connect?: ConnectOptions; proxy?: boolean } = {},
): void {
  test(title, async (t) => {
    const site = await socketSite(t, [user()], {}, options)
    t.is((await site.open({ headers: headers(site.url) })).status, expected)
    t.is(site.connections.length, expected === 101 ? 1 : 0)
    t.deepEqual(site.errors, [])
  })
}

const from = (Origin: string) => () => ({ Origin })
const behindProxy = (Origin: string) => () => ({
  Origin,
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'app.example',
})
const listed = { connect: { origins: ['https://app.example', 'http://[::1]:8080', 'capacitor://localhost'] } }

upgrade("a page of the app's own origin connects", (Origin) => ({ Origin }), 101)
upgrade('a page of another host does not', from('http://evil.example'), 403)
upgrade('a page of the same host on another port does not', from('http://127.0.0.1:1'), 403)
upgrade('a page of the same host by another scheme does not', (url) => ({ Origin: url.replace('http', 'https') }), 403)
upgrade('a host that only begins like the own one does not', (url) => ({ Origin: `${url}.evil.example` }), 403)
upgrade('the own origin as user information of another one does not', (url) => ({ Origin: `${url}@evil.example` }), 403)
upgrade('the own origin with a path does not', (url) => ({ Origin: `${url}/` }), 403)
upgrade('an opaque origin (a sandboxed frame) does not', from('null'), 403)
upgrade('an empty Origin does not', from(''), 403)
upgrade('an Origin that cannot be parsed does not', from('http://[::1'), 403)
upgrade('an Origin of bytes that are none does not', from('\u00ff\u00fe://%00'), 403)
upgrade('two origins in one header do not', (url) => ({ Origin: `${url}, http://evil.example` }), 403)
upgrade('a missing Origin does not', () => ({}), 403)
upgrade('a missing Origin does where clients other than browsers are let in', () => ({}), 101, {
  connect: { allowNoOrigin: true },
})
upgrade('an opaque origin does not even there', from('null'), 403, { connect: { allowNoOrigin: true } })
upgrade('a listed origin does', from('https://app.example'), 101, listed)
upgrade('a listed origin does with its default port written out', from('https://app.example:443'), 101, listed)
upgrade('a listed origin does in capitals', from('HTTPS://APP.example'), 101, listed)
upgrade('a listed origin does not on another port', from('https://app.example:444'), 403, listed)
upgrade('a listed origin does not by another scheme', from('http://app.example'), 403, listed)
upgrade('a host below a listed one does not', from('https://evil.app.example'), 403, listed)
upgrade('a listed origin with a port does', from('http://[::1]:8080'), 101, listed)
upgrade('a listed origin of a native app does', from('capacitor://localhost'), 101, listed)
upgrade('the own origin does beside the listed ones', (Origin) => ({ Origin }), 101, listed)
upgrade("behind a trusted proxy the own origin is the proxy's", behindProxy('https://app.example'), 101, {
  proxy: true,
})
upgrade('behind a trusted proxy it does with its default port', behindProxy('https://app.example:443'), 101, {
  proxy: true,
})
upgrade('behind a trusted proxy the plain scheme does not', behindProxy('http://app.example'), 403, { proxy: true })
upgrade('what claims to be a proxy and is not trusted changes nothing', behindProxy('https://app.example'), 403)

test('two Origin headers, and a Host that is none, are refused and harm nobody', async (t) => {
  const site = await socketSite(t, [user()], {})
  const base = 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
  for (const lines of [
    `Host: x\r\nOrigin: http://x\r\nOrigin: http://evil.example`,
    `Host: x/@[\r\nOrigin: http://x`,
    `Host: \r\nOrigin: http://x`,
    `Host: x\r\nOrigin: \x00`,
  ]) {
    const socket = await site.raw(`${base}${lines}\r\n\r\n`)
    t.regex(await text(socket), /^HTTP\/1\.1 (?:403 Forbidden|400 Bad Request)\r\nConnection: close\r\n/, lines)
  }
  t.is((await site.open()).status, 101)
})

test('a refusal is a status line and the end of the connection', async (t) => {
  const site = await socketSite(t, [user()], {})
  const socket = await site.raw(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.example\r\n\r\n',
  )
  t.is(await text(socket), 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
})

test('without a session that is required the answer is 401', async (t) => {
  const User = user()
  const Other = cookie<User>('other', { storage: memoryStorage() })
  const routes = { '/login': (ctx: Context) => ctx.sessions.set(User, { id: 'ada' }) }
  for (const [required, status] of [
    [User, 101],
    [[User], 101],
    [[User, Other], 401],
    [Other, 401],
  ] as const) {
    const site = await socketSite(t, [User, Other], routes, { connect: { required } })
    const ada = site.browser()
    t.is((await site.open({ browser: ada })).status, 401)
    await ada.get('/login')
    t.is((await site.open({ browser: ada })).status, status)
  }
})

test('a cookie that is forged, of an unknown id or malformed is no session, and no error', async (t) => {
  const User = user()
  const refused: string[] = []
  const Visit = cookie<User>('visit', { onInvalid: (reason) => refused.push(reason) })
  const site = await socketSite(t, [User, Visit], {}, { connect: { required: User } })
  for (const Cookie of ['user=%00', `user=${'x'.repeat(43)}`, 'user=%ff; visit=sxxxx.forged', 'user=; user=;;=']) {
    t.is((await site.open({ headers: { Origin: site.url, Cookie } })).status, 401, Cookie)
  }
  t.deepEqual(refused, ['malformed'])
  t.deepEqual(site.errors, [])
})

for (const trouble of ['throws', 'rejects', 'hangs'] as const) {
  test(`a storage that ${trouble} is 503 under the limit of one second, and the app is told`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const User = user(control)
    const site = await socketSite(t, [User], { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }) })
    const ada = site.browser()
    await ada.get('/login')
    control.break(trouble, 'read')
    t.is((await site.open({ browser: ada })).status, 503)
    if (trouble === 'hangs') t.regex(String(site.errors[0]), /within 1000 ms/)
    t.deepEqual(
      site.errors.map((error) => (error as { code?: string }).code),
      ['ERR_SESSION_STORAGE'],
    )
  })
}

test('a storage whose watch hangs is 503, and what comes of it later is let go', async (t) => {
  let answer: (unwatch: () => Promise<void>) => void = () => {}
  let ended = 0
  const storage = memoryStorage()
  const User = user({
    ...bound(storage),
    watch: () => new Promise((resolve) => (answer = resolve)),
  })
  const site = await socketSite(t, [User], { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }) })
  const ada = site.browser()
  await ada.get('/login')
  t.is((await site.open({ browser: ada })).status, 503)
  answer(async () => void ended++)
  await new Promise((resolve) => setImmediate(resolve))
  t.is(ended, 1)
})

test('a client that leaves while its session is being read leaves nothing behind', async (t) => {
  const engine = memoryStorage()
  const watched = controlledStorage(engine)
  let watching = 0
  watched.watch = async (keys, listener) => {
    watching++
    const end = await engine.watch!(keys, listener)
    return async () => {
      watching--
      await end()
    }
  }
  const User = user(watched)
  const site = await socketSite(t, [User], { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }) })
  const ada = site.browser()
  await ada.get('/login')
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const release = watched.holdAll('read')
    const upgraded = site.upgrade()
    const socket = await site.raw(
      `GET / HTTP/1.1\r\nHost: ${new URL(site.url).host}\r\nOrigin: ${site.url}\r\nCookie: user=${ada.cookies.get('user')}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    const request = await upgraded
    const closed = heard(request.socket, 'close')
    const left = leave === 'end' ? heard(request.socket, 'end') : closed
    socket[leave]()
    await left
    release()
    await closed
    await new Promise((resolve) => setImmediate(resolve))
    t.is(watching, 0, leave)
    t.deepEqual(site.connections, [], leave)
  }
})

test('once the middleware is closed no socket opens, and the answer does not say that the session is gone', async (t) => {
  const storage = controlledStorage(memoryStorage(), true)
  const starting = storage.hold('watch')
  const User = user(storage)
  const site = await socketSite(
    t,
    [User],
    { '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }) },
    { connect: { required: User } },
  )
  const ada = site.browser()
  await ada.get('/login')
  const opening = site.open({ browser: ada })
  await starting.reached
  await site.middleware.close()
  starting.open()
  t.is((await opening).status, 503)
  t.is((await site.open({ browser: ada })).status, 503)
  t.deepEqual(codes(site.errors), ['ERR_SESSION_STORAGE', 'ERR_SESSION_STORAGE'])
})

test('an app that speaks WebSocket only needs nobody who listens to its errors', async (t) => {
  const control = controlledStorage(memoryStorage())
  control.break('throws', 'read')
  const app = new Koa()
  app.silent = true
  const middleware = sessions([user(control)], { app })
  const server = createServer().on('upgrade', (request) => void middleware.connect(request, { allowNoOrigin: true }))
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', Cookie: `user=${'x'.repeat(43)}` }
  const [response] = (await once(get({ port, host: '127.0.0.1', headers }), 'response')) as [IncomingMessage]
  t.is(response.statusCode, 503)
})

test('what cannot work is refused at the first upgrade already, saying what to write', async (t) => {
  const User = user()
  const { middleware } = await socketSite(t, [User], {})
  const Unmounted = cookie('unmounted')
  for (const [options, message] of [
    [{ origins: ['app.example'] }, /scheme:\/\/host/],
    [{ origins: ['https://app.example/'] }, /scheme:\/\/host/],
    [{ origins: ['*'] }, /scheme:\/\/host/],
    [{ origins: ['null'] }, /scheme:\/\/host/],
    [{ origins: 'https://app.example' }, /'origins' must be a list, not a string/],
    [{ origins: [new URL('https://app.example')] }, /scheme:\/\/host/],
    [{ allowNoOrigin: 'false' }, /'allowNoOrigin' must be true or false, not a string/],
    [{ required: 'account' }, /mounted: user/],
    [{ required: null }, /mounted: user/],
    [{ touch: null }, /above 0/],
    [{ touch: 'always' }, /above 0/],
    [{ touch: ['5m'] }, /above 0/],
    [[], /plain object, not an array/],
    [{ touch: { every: 0 } }, /above 0/],
    [{ touch: { every: 'soon' } }, /duration/],
    [{ origin: 'https://app.example' }, /no option 'origin'/],
    [{ required: Unmounted }, /mounted: user/],
  ] as const) {
    await t.throwsAsync(middleware.connect(any({}), any(options)), { message }, JSON.stringify(options))
  }
})

test('connect needs the app from the start, and says so', async (t) => {
  const middleware = sessions([user()])
  await t.throwsAsync(middleware.connect(any({})), { code: 'ERR_SESSION_CONFIG', message: /\{ app \}/ })
})

/** A storage's verbs, apart from what else it can. */
function bound(storage: ReturnType<typeof memoryStorage>): ReturnType<typeof memoryStorage> {
  return controlledStorage(storage)
}

/** As `once`, and an error is none. */
function heard(socket: Socket, event: 'close' | 'end'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()))
}
