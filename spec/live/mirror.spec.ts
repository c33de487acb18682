import { mock } from 'node:test'
import test from 'ava'
import {
  cookie,
  header,
  memoryStorage,
  sessions,
  storageFrom,
  type SessionDefinition,
  type SessionOptions,
  type SessionStorage,
} from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { manualClock } from 'koa-typed-sessions/testing'
import { fromCanonicalText } from '../../lib/wire/canonical-text.ts'
import { textsInMap } from '../support/text-storages.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import { type Routes, codes, routed, serveApp, serveMiddlewares } from '../support/app.ts'
import { openStream } from './_stream.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
  count: number
  secret: string
}

type UserSession = SessionDefinition<User, { notice: string }>

const user = (
  storage: SessionStorage,
  timeouts: Pick<SessionOptions<User>, 'idleTimeout' | 'touchAfter'> = {},
): UserSession =>
  cookie<User, { notice: string }>('user', { storage, subject: ({ id }) => id, idleTimeout: '1h', ...timeouts })

const expose = ({ id, count }: Readonly<User>) => ({ name: id, count })

const routes = (User: UserSession): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0, secret: 's3cret' }),
  '/grace': (ctx) => ctx.sessions.set(User, { id: 'grace', count: 0, secret: 's3cret' }),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
  '/count': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, count: now!.count + 1 })),
  '/secret': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, secret: 'another' })),
  '/flash': (ctx) => ctx.sessions.open(User).flash('notice', 'hello'),
  '/notice': (ctx) => void (ctx.body = ctx.sessions.open(User).get('notice') ?? 'none'),
  '/live': mirror(User, { expose }),
})

const settled = async () => {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}

const engines: typeof ENGINES = {
  ...ENGINES,
  "in an app's own text storage": (_, clock) => storageFrom(textsInMap(), clock ? { clock } : {}),
}

for (const [where, engine] of Object.entries(engines)) {
  test(`${where}, a stream begins with what is exposed, tells what changes, and ends with the session`, async (t) => {
    const User = user(engine(t))
    const { url, browser, errors } = await serveApp(t, [User], routes(User))
    const ada = browser()
    await ada.get('/login')
    const stream = await openStream(t, `${url}/live`, { browser: ada })
    t.is(stream.status, 200)
    const first = await stream.frame()
    if (first.event !== 'snapshot') return t.fail(first.event)
    t.deepEqual(first.data.value, { name: 'ada', count: 0 })
    t.is(first.data.version, 1)
    await ada.get('/count')
    const second = await stream.frame()
    if (second.event !== 'snapshot') return t.fail(second.event)
    t.deepEqual(second.data.value, { name: 'ada', count: 1 })
    t.is(second.data.version, 2)
    t.is(second.data.session, first.data.session)
    t.is(second.data.subject, first.data.subject)
    await ada.get('/logout')
    const last = await stream.frame()
    t.deepEqual(last, { event: 'gone', data: { session: first.data.session, reason: 'ended' } })
    await stream.ended
    t.false(stream.text.includes('s3cret'))
    t.deepEqual(errors, [])
  })
}

for (const [what, path] of [
  ['a new id', '/regenerate'],
  ['another user who signs in', '/grace'],
] as const) {
  test(`${what} ends the stream, and the next one is another session's or the same one's`, async (t) => {
    const User = user(memoryStorage())
    const { url, browser } = await serveApp(t, [User], routes(User))
    const ada = browser()
    await ada.get('/login')
    const stream = await openStream(t, `${url}/live`, { browser: ada })
    const first = await stream.frame()
    await ada.get(path)
    t.is((await stream.frame()).event, 'gone')
    const next = await (await openStream(t, `${url}/live`, { browser: ada })).frame()
    if (first.event !== 'snapshot' || next.event !== 'snapshot') return t.fail()
    t.is(next.data.session === first.data.session, path === '/regenerate')
    t.is(next.data.subject === first.data.subject, path === '/regenerate')
  })
}

test('revokeAll ends the streams of all devices', async (t) => {
  const User = user(memoryStorage())
  const middleware = sessions([User])
  const { url, browser } = await serveMiddlewares(t, [middleware, routed(routes(User))])
  const streams = await Promise.all(
    [browser(), browser(), browser()].map(async (device) => {
      await device.get('/login')
      return openStream(t, `${url}/live`, { browser: device })
    }),
  )
  await middleware.revokeAll(User, 'ada')
  for (const stream of streams) {
    t.is((await stream.frame()).event, 'snapshot')
    t.is((await stream.frame()).event, 'gone')
    await stream.ended
  }
})

test('a session that expires ends the stream without any traffic', async (t) => {
  const clock = manualClock()
  const User = user(memoryStorage({ clock }), { idleTimeout: 250 })
  const { url, browser } = await serveApp(t, [User], routes(User), { clock })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  const first = await stream.frame()
  if (first.event !== 'snapshot') return t.fail()
  t.is(first.data.now, clock())
  t.is(first.data.expiresAt, clock() + 250)
  clock.advance(250)
  t.deepEqual(await stream.frame(), { event: 'gone', data: { session: first.data.session, reason: 'expired' } })
  await stream.ended
})

test('a write that changes nothing of what is exposed sends nothing', async (t) => {
  const clock = manualClock()
  const User = user(memoryStorage({ clock }))
  const { url, browser } = await serveApp(t, [User], routes(User), { clock })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  await ada.get('/secret')
  await ada.get('/flash')
  await ada.get('/count')
  const next = await stream.frame()
  if (next.event !== 'snapshot') return t.fail()
  t.deepEqual(next.data.value, { name: 'ada', count: 1 })
  t.is(next.data.version, 4)
})

test('a renewal by another request is told, since the browser counts down to the end', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const User = user(storage, { idleTimeout: 600, touchAfter: 0 })
  const { url, browser } = await serveApp(
    t,
    [User],
    { ...routes(User), '/other': (ctx) => void (ctx.status = 204) },
    { clock },
  )
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  const first = await stream.frame()
  clock.advance(300)
  await ada.get('/other')
  const next = await stream.frame()
  if (first.event !== 'snapshot' || next.event !== 'snapshot') return t.fail()
  t.is(next.data.version, first.data.version)
  t.is(next.data.expiresAt, first.data.expiresAt + 300)
})

test('opening a stream has no effect: no session on the request is renewed, no flash used, no cookie set', async (t) => {
  const clock = manualClock()
  const storage = controlledStorage(memoryStorage({ clock }))
  const User = user(storage, { touchAfter: 0 })
  const Basket = cookie<{ items: number }>('basket', { storage, idleTimeout: '1h', touchAfter: 0 })
  const Visit = cookie<{ page: string }>('visit', { idleTimeout: '1h', touchAfter: 0 })
  const outer = sessions([Basket, Visit], { clock })
  const { url, browser } = await serveMiddlewares(t, [
    outer,
    sessions([User], { clock }),
    routed({
      ...routes(User),
      '/all': (ctx) => {
        ctx.sessions.set(Basket, { items: 1 })
        ctx.sessions.set(Visit, { page: '/' })
      },
    }),
  ])
  const ada = browser()
  await ada.get('/login')
  await ada.get('/all')
  await ada.get('/flash')
  clock.advance(60_000)
  const before = storage.calls.filter((verb) => verb !== 'read')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  t.deepEqual(
    storage.calls.filter((verb) => verb !== 'read'),
    before,
  )
  t.is(stream.headers['set-cookie'], undefined)
  t.is((await ada.get('/notice')).text, 'hello')
  t.true(storage.calls.includes('touch'), 'any other request renews')
})

test('the answer is kept by no cache, buffered by no proxy, and depends on the cookie', async (t) => {
  const User = user(memoryStorage())
  const { url, browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const { headers } = await openStream(t, `${url}/live`, { browser: ada })
  t.regex(headers['content-type'] ?? '', /^text\/event-stream\b/)
  t.is(headers['cache-control'], 'no-store')
  t.is(headers['x-accel-buffering'], 'no')
  t.is(headers.vary, 'Cookie')
  const head = await ada.get('/live', { method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.headers.get('cache-control'), 'no-store')
})

test('without a session it is 204, and with one that is gone or forged as well', async (t) => {
  const User = user(memoryStorage())
  const { browser, errors } = await serveApp(t, [User], routes(User))
  const nobody = browser()
  for (const cookieLine of ['', `user=${'x'.repeat(43)}`, 'user=forged', 'user=%ff']) {
    const page = await nobody.get('/live', { headers: cookieLine ? { cookie: cookieLine } : {} })
    t.is(page.status, 204, cookieLine)
    t.is(page.headers.get('cache-control')?.includes('no-store'), true)
  }
  t.deepEqual(errors, [])
})

test('a session that holds flash only has nothing to show', async (t) => {
  const User = user(memoryStorage())
  const { browser } = await serveApp(t, [User], routes(User))
  const nobody = browser()
  await nobody.get('/flash')
  t.is((await nobody.get('/live')).status, 204)
  t.is((await nobody.get('/notice')).text, 'hello')
})

test("another site's page, and another origin of the same site, is answered with 403", async (t) => {
  const User = user(memoryStorage())
  const { url, browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const status = async (headers: Record<string, string>) => {
    const stream = await openStream(t, `${url}/live`, { browser: ada, headers })
    stream.leave()
    return stream.status
  }
  t.is(await status({ 'sec-fetch-site': 'cross-site' }), 403)
  t.is(await status({ 'sec-fetch-site': 'same-site', origin: 'http://evil.127.0.0.1' }), 403)
  t.is(await status({ origin: 'http://evil.example' }), 403)
  t.is(await status({ origin: 'null' }), 403)
  t.is(await status({ 'sec-fetch-site': 'same-origin' }), 200)
  t.is(await status({ 'sec-fetch-site': 'none' }), 200)
  t.is(await status({ origin: url }), 200)
  t.is(await status({}), 200)
})

test('any method but GET and HEAD is 405', async (t) => {
  const User = user(memoryStorage())
  const { browser } = await serveApp(t, [User], routes(User))
  const page = await browser().get('/live', { method: 'POST' })
  t.is(page.status, 405)
  t.is(page.headers.get('allow'), 'GET, HEAD')
})

test('while the storage is down it is 503, and says when to come again', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control)
  const { browser, errors } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  control.break('rejects', 'read')
  const page = await ada.get('/live')
  t.is(page.status, 503)
  t.is(page.headers.get('retry-after'), '1')
  t.deepEqual(page.setCookie, [])
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
})

test('an outage while it is open ends no stream', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control)
  const { url, browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  const reads = control.count('read')
  control.break('rejects', 'read')
  await until(() => control.count('read') > reads, { what: 'the stream has met the outage' })
  control.mend()
  await until(async () => (await ada.get('/count')).status !== 503, { what: 'the storage is asked again' })
  const next = await stream.frame()
  if (next.event !== 'snapshot') return t.fail(next.event)
  t.deepEqual(next.data.value, { name: 'ada', count: 1 })
})

test('a deferred session is read for the stream', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), deferred: true })
  const { url, browser } = await serveApp(t, [User], {
    '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0, secret: '' }),
    '/live': mirror(User, { expose }),
  })
  const ada = browser()
  await ada.get('/login')
  const first = await (await openStream(t, `${url}/live`, { browser: ada })).frame()
  t.is(first.event, 'snapshot')
})

test('a header session is shown to who sends its header', async (t) => {
  const Api = header<User>('X-Session', { storage: memoryStorage() })
  const { url, browser } = await serveApp(t, [Api], {
    '/login': (ctx) => ctx.sessions.set(Api, { id: 'ada', count: 0, secret: '' }),
    '/live': mirror(Api, { expose }),
  })
  const token = (await browser().get('/login')).headers.get('x-session')!
  const stream = await openStream(t, `${url}/live`, { headers: { 'x-session': token } })
  t.is((await stream.frame()).event, 'snapshot')
  t.is(stream.headers.vary, 'X-Session')
  t.is(stream.headers['x-session'], undefined)
})

test('a reader who leaves is let go, and is no error', async (t) => {
  const watching = new Set<unknown>()
  const engine = memoryStorage()
  const storage = Object.assign(controlledStorage(engine), {
    watch: async (...given: Parameters<NonNullable<SessionStorage['watch']>>) => {
      const end = await engine.watch!(...given)
      watching.add(end)
      return async () => {
        watching.delete(end)
        await end()
      }
    },
  })
  const User = user(storage)
  const { url, browser, errors } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  t.is(watching.size, 1)
  stream.leave()
  await until(() => watching.size === 0, { what: 'the watch has ended' })
  t.deepEqual(errors, [])
})

test('closing the middleware ends the streams without a word: the page comes again', async (t) => {
  const User = user(memoryStorage())
  const middleware = sessions([User])
  const { url, browser } = await serveMiddlewares(t, [middleware, routed(routes(User))])
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  await middleware.close()
  await stream.ended
  t.is(stream.count, 1)
})

test('once the middleware is closed no stream begins, and the answer does not say that the session is gone', async (t) => {
  const storage = controlledStorage(memoryStorage(), true)
  const starting = storage.hold('watch')
  const User = user(storage)
  const middleware = sessions([User])
  const { browser, errors } = await serveMiddlewares(t, [middleware, routed(routes(User))])
  const ada = browser()
  await ada.get('/login')
  const answer = ada.get('/live')
  await starting.reached
  await middleware.close()
  starting.open()
  t.is((await answer).status, 503)
  t.is((await ada.get('/live')).status, 503)
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE', 'ERR_SESSION_STORAGE'])
})

test('a reader who is slow misses states, and gets the last one: nothing piles up', async (t) => {
  const User = cookie<{ text: string }>('user', { storage: memoryStorage() })
  const { url, browser } = await serveApp(t, [User], {
    '/login': (ctx) => ctx.sessions.set(User, { text: '' }),
    '/write': (ctx) => ctx.sessions.update(User, () => ({ text: ctx.querystring.padEnd(400_000, '.') })),
    '/live': mirror(User, { expose: ({ text }) => ({ text }) }),
  })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  stream.response.pause()
  const WRITES = 60
  for (let write = 1; write <= WRITES; write++) await ada.get(`/write?${write}`)
  stream.response.resume()
  let last = ''
  do {
    const frame = await stream.frame()
    last = frame.event === 'snapshot' ? (frame.data.value as { text: string }).text.replace(/\.*$/, '') : 'gone'
  } while (last !== String(WRITES))
  t.true(stream.count < WRITES / 2, `${stream.count} frames`)
})

test.serial('a heartbeat comes every 25 s', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const User = user(memoryStorage())
  const { url, browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  mock.timers.tick(24_999)
  await settled()
  t.false(stream.text.endsWith('\n\n:\n\n'))
  mock.timers.tick(1)
  await until(() => stream.text.endsWith('\n\n:\n\n'), { what: 'the heartbeat has come' })
  t.is(stream.count, 1)
})

test('what expose throws is the app’s to know: at first a 500, later the end of the stream; nothing of it leaks', async (t) => {
  const User = user(memoryStorage())
  const routesOf = {
    ...routes(User),
    '/live': mirror(User, {
      expose({ secret, count }) {
        if (count > 0) throw new Error(`cannot expose ${secret}`)
        return { count }
      },
    }),
  }
  const { url, browser, errors } = await serveApp(t, [User], routesOf)
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  await ada.get('/count')
  await stream.ended
  t.is(stream.count, 1)
  t.is(errors.length, 1)
  const again = await ada.get('/live')
  t.is(again.status, 500)
  t.false((stream.text + again.text).includes('s3cret'))
  t.is(errors.length, 2)
})

for (const [what, exposed] of [
  ['a promise', () => Promise.resolve({})],
  ['a promise that rejects', () => Promise.reject(new Error('of s3cret'))],
  ['nothing', () => undefined],
  ['a text', () => 's3cret'],
  ['a list', () => ['s3cret']],
  ['a Map', () => new Map([['secret', 's3cret']])],
] as const) {
  test(`an expose that gives ${what} is an error, in the stream and in the page`, async (t) => {
    const User = user(memoryStorage())
    const live = mirror(User, { expose: exposed as never })
    const { browser, errors } = await serveApp(t, [User], {
      ...routes(User),
      '/live': live,
      '/page': async (ctx) => void (ctx.body = await live.snapshot(ctx)),
    })
    const ada = browser()
    await ada.get('/login')
    t.is((await ada.get('/live')).status, 500)
    t.is((await ada.get('/page')).status, 500)
    t.deepEqual(codes(errors), ['ERR_SESSION_CONFIG', 'ERR_SESSION_CONFIG'])
    t.notRegex(errors.join(), /s3cret/)
  })
}

test('whatever expose throws later, the app is told of an error', async (t) => {
  const User = user(memoryStorage())
  const { url, browser, errors } = await serveApp(t, [User], {
    ...routes(User),
    '/live': mirror(User, {
      expose({ count }) {
        if (count > 0) throw 'a text'
        return { count }
      },
    }),
  })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  await ada.get('/count')
  await stream.ended
  t.is(errors.length, 1)
  t.true(errors[0] instanceof Error)
})

test('what cannot travel is an error that names where it stands', async (t) => {
  const User = user(memoryStorage())
  const { browser, errors } = await serveApp(t, [User], {
    ...routes(User),
    '/live': mirror(User, { expose: ({ id }) => ({ user: { id, toString: () => id } }) }),
  })
  const ada = browser()
  await ada.get('/login')
  t.is((await ada.get('/live')).status, 500)
  t.regex(String(errors[0]), /user\.toString/)
})

test('the snapshot for the page is the one that the stream begins with, and ends no script', async (t) => {
  const clock = manualClock()
  const User = user(memoryStorage({ clock }))
  const userMirror = mirror(User, { expose: ({ id }) => ({ name: id, odd: '</script><!-- \u2028\u2029' }) })
  const { url, browser } = await serveApp(
    t,
    [User],
    {
      ...routes(User),
      '/live': userMirror,
      '/page': async (ctx) => void (ctx.body = await userMirror.snapshot(ctx)),
    },
    { clock },
  )
  const ada = browser()
  t.is((await ada.get('/page')).text, '')
  await ada.get('/login')
  const { text, headers } = await ada.get('/page')
  t.is(headers.get('vary'), 'Cookie')
  t.notRegex(text, /[<\u2028\u2029]/)
  const first = await (await openStream(t, `${url}/live`, { browser: ada })).frame()
  t.deepEqual(fromCanonicalText(text), first.data)
})

test('a mirror is refused at start by value, without expose, and of what is no definition', (t) => {
  const code = 'ERR_SESSION_CONFIG'
  t.throws(() => mirror(cookie<User>('user'), { expose }), { code, message: /'storage'/ })
  const User = user(memoryStorage())
  t.throws(() => mirror(User, {} as never), { code, message: /'expose'/ })
  t.throws(() => mirror(User, { expose, every: 1 } as never), { code, message: /no option 'every'/ })
  t.throws(() => mirror({ name: 'user' } as never, { expose } as never), { code, message: /cookie\(\)/ })
})

test('a mirror before its sessions, or of one that is not mounted, is an error', async (t) => {
  const User = user(memoryStorage())
  const { browser, errors } = await serveMiddlewares(t, [mirror(User, { expose })])
  t.is((await browser().get('/')).status, 500)
  const other = await serveApp(t, [cookie('other')], { '/live': mirror(User, { expose }) })
  t.is((await other.browser().get('/live')).status, 500)
  t.deepEqual(codes([...errors, ...other.errors]), ['ERR_SESSION_NOT_MOUNTED', 'ERR_SESSION_NOT_MOUNTED'])
})

test('what is set around the mirror, in sessions mounted further out, reaches the browser with its head', async (t) => {
  const Visit = cookie<{ page: string }>('visit')
  const User = user(memoryStorage())
  const { url, browser, errors } = await serveMiddlewares(t, [
    sessions([Visit]),
    (ctx, next) => {
      ctx.sessions.set(Visit, { page: ctx.path })
      return next()
    },
    sessions([User]),
    routed(routes(User)),
  ])
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  t.regex(stream.headers['set-cookie']?.[0] ?? '', /^visit=/)
  t.deepEqual(errors, [])
})
