import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { mock } from 'node:test'
import test from 'ava'
import { cookie, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import type { Browser } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { type Routes, routed, serveApp, serveMiddlewares } from '../support/app.ts'
import { openStream } from './_stream.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
  kind: string
}

const user = (storage: SessionStorage) => cookie<User>('user', { storage })

/** A storage that counts the watches that stand, and those that ever stood. */
function counted() {
  const engine = memoryStorage()
  const control = controlledStorage(engine)
  const watches = { standing: new Set<unknown>(), ever: 0 }
  control.watch = async (...given) => {
    watches.ever++
    const end = await engine.watch!(...given)
    watches.standing.add(end)
    return async () => {
      watches.standing.delete(end)
      await end()
    }
  }
  return { storage: control, watches }
}

const routes = (User: ReturnType<typeof user>, expose: (value: Readonly<User>) => object): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', kind: '' }),
  '/become': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, kind: String(ctx.query['kind']) })),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/live': mirror(User, { expose }),
})

const line = (path: string, browser: Browser): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: user=${browser.cookies.get('user')}\r\n\r\n`

test('HEAD has the head of GET, and follows nothing', async (t) => {
  const { storage, watches } = counted()
  const User = user(storage)
  const { url, browser } = await serveApp(
    t,
    [User],
    routes(User, ({ id }) => ({ id })),
  )
  const ada = browser()
  await ada.get('/login')
  const head = await ada.get('/live', { method: 'HEAD' })
  t.is(watches.ever, 0)
  const { headers } = await openStream(t, `${url}/live`, { browser: ada })
  for (const name of ['content-type', 'cache-control', 'x-accel-buffering', 'vary'])
    t.is(head.headers.get(name) ?? '', String(headers[name]), name)
  t.is((await browser().get('/live', { method: 'HEAD' })).status, 204)
})

test('no answer is kept by a cache, whatever the app says around the mirror', async (t) => {
  const control = controlledStorage(memoryStorage())
  const User = user(control)
  let trouble: () => void = () => {}
  const { url, browser } = await serveMiddlewares(t, [
    async (ctx, next) => {
      ctx.set('Cache-Control', 'public, max-age=600')
      await next()
      ctx.set('Cache-Control', 'public, max-age=600')
    },
    sessions([User]),
    (_, next) => {
      trouble()
      return next()
    },
    routed({
      ...routes(User, ({ id }) => ({ id })),
      '/one': mirror(User, { expose: ({ id }) => ({ id }), maxStreams: 1 }),
    }),
  ])
  const [ada, grace] = [browser(), browser()]
  await ada.get('/login')
  await grace.get('/login')
  const answers: [number, string | undefined][] = []
  const ask = async (path: string, given: object = {}, who = ada): Promise<void> => {
    const page = await who.get(path, given)
    answers.push([page.status, page.headers.get('cache-control') ?? undefined])
  }
  const { status, headers } = await openStream(t, `${url}/one`, { browser: ada })
  answers.push([status, headers['cache-control']])
  await ask('/one')
  await ask('/live', {}, browser())
  await ask('/live', { method: 'POST' })
  await ask('/live', { headers: { 'sec-fetch-site': 'cross-site' } })
  trouble = () => control.break('rejects', 'read')
  await ask('/live', {}, grace)
  t.deepEqual(
    answers.map(([one]) => one),
    [200, 429, 204, 405, 403, 503],
  )
  for (const [one, control_] of answers) t.regex(control_ ?? '', /\bno-store\b/, String(one))
})

test('of ten thousand streams that open and close in a row nothing is left', async (t) => {
  const { storage, watches } = counted()
  const User = user(storage)
  const { url, browser, errors } = await serveApp(
    t,
    [User],
    routes(User, ({ id }) => ({ id })),
  )
  const ada = browser()
  await ada.get('/login')
  const port = Number(new URL(url).port)
  const text = line('/live', ada)
  const visit = async (count: number): Promise<void> => {
    for (let times = 0; times < count; times++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.write(text)
      // Some leave as soon as they have asked, some when the stream has begun.
      if (times % 2 === 0) await once(socket, 'data')
      socket.destroy()
      if (times % 2 === 0) await once(socket, 'close')
    }
  }
  await Promise.all(Array.from({ length: 20 }, () => visit(500)))
  await until(() => watches.standing.size === 0, { what: 'no watch stands' })
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  t.is(stream.status, 200)
  t.is(watches.standing.size, 1)
  t.deepEqual(errors, [])
})

test('a client that pipelines fifty streams has one of them', async (t) => {
  const { storage, watches } = counted()
  const User = user(storage)
  const { url, browser } = await serveApp(
    t,
    [User],
    routes(User, ({ id }) => ({ id })),
  )
  const ada = browser()
  await ada.get('/login')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(line('/live', ada).repeat(50))
  await once(socket, 'data')
  t.is((await ada.get('/nothing')).status, 404)
  t.is(watches.standing.size, 1)
  socket.destroy()
  await until(() => watches.standing.size === 0, { what: 'no watch stands' })
  t.is(watches.ever, 1)
})

test.serial('to a client that never reads nothing is written any more, signs of life neither', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const User = user(memoryStorage())
  const responses: ServerResponse[] = []
  const all = routes(User, ({ kind }) => ({ kind: kind.padEnd(100_000, '.') }))
  const { url, browser } = await serveApp(t, [User], {
    ...all,
    '/live': (ctx) => {
      responses.push(ctx.res)
      return all['/live']!(ctx)
    },
  })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  stream.response.pause()
  const [response] = responses as [ServerResponse]
  for (let write = 1; !response.writableNeedDrain; write++) await ada.get(`/become?kind=${write}`)
  const length = response.socket!.writableLength
  for (let write = 1; write < 20; write++) await ada.get(`/become?kind=${write}`)
  mock.timers.tick(1000 * 25_000)
  t.is(response.socket!.writableLength, length)
})

class Account {
  readonly id = 'ada'
}

const cycle: { self?: object } = {}
cycle.self = cycle

const ODD: Readonly<Record<string, () => unknown>> = {
  'a promise': () => Promise.resolve({ id: 'ada' }),
  'a promise that rejects': () => Promise.reject(new Error('late')),
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
  'an object that can be waited for': () => ({ then: () => {} }),
  'more than a browser reads': () => ({ text: 'x'.repeat(1 << 20) }),
  'its own way to JSON': () => ({ id: 'ada', toJSON: () => ({ secret: 's3cret' }) }),
  'a Map': () => new Map([['id', 'ada']]),
  'an instance': () => new Account(),
  'an instance inside': () => ({ account: new Account() }),
  'a cycle': () => cycle,
  'a getter that throws': () => ({
    get id() {
      throw new Error('a getter')
    },
  }),
  'a Proxy that throws': () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('a trap')
        },
      },
    ),
  'a Proxy without an end': () => {
    const endless = (): object => new Proxy({ more: 0 }, { get: endless, getPrototypeOf: () => Object.prototype })
    return endless()
  },
  nothing: () => undefined,
  'a text': () => 's3cret',
}

for (const [what, odd] of Object.entries(ODD)) {
  test(`an expose that gives ${what} is a 500 at first, and later the end of all streams, and the app is told`, async (t) => {
    const User = user(memoryStorage())
    const { url, browser, errors } = await serveApp(
      t,
      [User],
      routes(User, ({ id, kind }) => (kind === '' ? { id } : (odd() as object))),
    )
    const ada = browser()
    await ada.get('/login')
    const streams = [
      await openStream(t, `${url}/live`, { browser: ada }),
      await openStream(t, `${url}/live`, { browser: ada }),
    ]
    for (const stream of streams) await stream.frame()
    await ada.get('/become?kind=odd')
    for (const stream of streams) {
      await stream.ended
      t.is(stream.count, 1)
    }
    const told = errors.length
    t.true(told > 0)
    const page = await ada.get('/live')
    t.is(page.status, 500)
    t.is(errors.length, told + 1)
    t.notRegex(page.text, /s3cret/)
    t.true(errors.every((error) => error instanceof Error))
    await ada.get('/become?kind=')
    const again = await openStream(t, `${url}/live`, { browser: ada })
    t.is(again.status, 200)
  })
}

test('a Proxy, Maps and Dates inside, and as much as a browser reads, are shown', async (t) => {
  const User = user(memoryStorage())
  const shown = { id: 'ada', map: new Map([['a', new Date(0)]]), text: 'x'.repeat((1 << 20) - 500) }
  const { url, browser, errors } = await serveApp(
    t,
    [User],
    routes(User, () => new Proxy(shown, {})),
  )
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  const frame = await stream.frame()
  t.deepEqual(frame.event === 'snapshot' && Object.keys(frame.data.value as object), ['id', 'map', 'text'])
  t.deepEqual(errors, [])
})

test('a listener of the app’s errors that throws keeps no stream from being told of the end', async (t) => {
  const User = user(memoryStorage())
  const { url, browser } = await serveMiddlewares(t, [
    (ctx, next) => {
      if (ctx.app.listenerCount('error') < 2) {
        ctx.app.on('error', () => {
          throw new Error('a listener')
        })
      }
      return next()
    },
    sessions([User]),
    routed({
      ...routes(User, ({ id, kind }) => {
        if (kind) throw new Error('a bad one')
        return { id }
      }),
      '/good': mirror(User, { expose: ({ id, kind }) => ({ id, kind }) }),
    }),
  ])
  const ada = browser()
  await ada.get('/login')
  const bad = await openStream(t, `${url}/live`, { browser: ada })
  const good = await openStream(t, `${url}/good`, { browser: ada })
  for (const stream of [bad, good]) await stream.frame()
  await ada.get('/become?kind=bad')
  await bad.ended
  t.is((await good.frame()).event, 'snapshot')
  await ada.get('/logout')
  t.is((await good.frame()).event, 'gone')
})
