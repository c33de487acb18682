import { once } from 'node:events'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import test from 'ava'
import { cookie, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { manualClock } from 'koa-typed-sessions/testing'
import type { Browser } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { any } from '../scenarios/_support/refusals.ts'
import { type Routes, routed, serveApp, serveMiddlewares } from '../support/app.ts'
import { openStream } from './_stream.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
  isBad: boolean
}

const user = (storage: SessionStorage = memoryStorage()) => cookie<User>('user', { storage, subject: ({ id }) => id })

function expose({ id, isBad }: Readonly<User>): { id: string } {
  if (isBad) throw new Error('a bad one')
  return { id }
}

const routes = (User: ReturnType<typeof user>, maxStreams: number): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', isBad: false }),
  '/spoil': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, isBad: !now!.isBad })),
  '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/live': mirror(User, { expose, maxStreams }),
  '/other': mirror(User, { expose, maxStreams }),
})

/** The streams that are open of so many that were asked for at once. */
async function opened(t: Parameters<typeof openStream>[0], url: string, browser: Browser, count: number) {
  const streams = await Promise.all(Array.from({ length: count }, () => openStream(t, url, { browser })))
  return streams.filter(({ status }) => status === 200)
}

test('a stream above the limit of its session gets 429, and is let in when another one has left', async (t) => {
  const User = user()
  const { url, browser, errors } = await serveApp(t, [User], routes(User, 2))
  const ada = browser()
  await ada.get('/login')
  const [first] = await opened(t, `${url}/live`, ada, 2)
  const page = await ada.get('/live')
  t.is(page.status, 429)
  t.is(page.headers.get('retry-after'), '10')
  t.true(page.headers.get('cache-control')?.includes('no-store'))
  t.is(page.headers.get('vary'), 'Cookie')
  t.is((await ada.get('/live', { method: 'HEAD' })).status, 200, 'which holds nothing open')
  t.is((await openStream(t, `${url}/other`, { browser: ada })).status, 200, 'each mirror counts its own')
  first!.leave()
  let stream
  do stream = await openStream(t, `${url}/live`, { browser: ada })
  while (stream.status === 429)
  t.is(stream.status, 200)
  t.deepEqual(errors, [])
})

test('of a thousand streams that open at once as many are let in as may be', async (t) => {
  const User = user()
  const { url, browser } = await serveApp(t, [User], routes(User, 10))
  const ada = browser()
  await ada.get('/login')
  t.is((await opened(t, `${url}/live`, ada, 1000)).length, 10)
})

test('another session is not counted, and without a word the limit is a hundred', async (t) => {
  const User = user()
  const { url, browser } = await serveApp(t, [User], { ...routes(User, 2), '/hundred': mirror(User, { expose }) })
  const [ada, grace] = [browser(), browser()]
  await ada.get('/login')
  await grace.get('/login')
  t.is((await opened(t, `${url}/live`, ada, 3)).length, 2)
  t.is((await opened(t, `${url}/live`, grace, 3)).length, 2)
  t.is((await opened(t, `${url}/hundred`, ada, 101)).length, 100)
})

test('both ids of one session share its places', async (t) => {
  const User = user()
  const { url, browser } = await serveApp(t, [User], {
    ...routes(User, 2),
    '/twin': (ctx) => ctx.sessions.open(User).regenerateId({ deleteOld: false }),
  })
  const ada = browser()
  await ada.get('/login')
  const old = ada.copy()
  await ada.get('/twin')
  t.not(ada.cookies.get('user'), old.cookies.get('user'))
  t.is((await opened(t, `${url}/live`, ada, 1)).length, 1)
  t.is((await opened(t, `${url}/live`, old, 2)).length, 1)
})

test('whatever ends a stream, or keeps it from beginning, frees its place', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const User = user(control)
  let onAsked: (response: ServerResponse) => void = () => {}
  const { url, browser } = await serveMiddlewares(t, [
    sessions([User], { clock }),
    (ctx, next) => {
      onAsked(ctx.res)
      return next()
    },
    routed(routes(User, 1)),
  ])
  const ada = browser()
  await ada.get('/login')
  /** The answer once the place of the one before is free. */
  const answered = async (): Promise<number> => {
    let status
    do ({ status } = await ada.get('/live'))
    while (status === 429)
    return status
  }
  const isFree = async (how: string): Promise<void> => {
    let stream
    do stream = await openStream(t, `${url}/live`, { browser: ada })
    while (stream.status === 429)
    t.is(stream.status, 200, how)
    stream.leave()
    await stream.ended
  }
  await isFree('at first')

  await ada.get('/spoil')
  t.is(await answered(), 500)
  await ada.get('/spoil')
  await isFree('after an expose that throws at first')

  let stream
  do stream = await openStream(t, `${url}/live`, { browser: ada })
  while (stream.status === 429)
  await ada.get('/spoil')
  await stream.ended
  await ada.get('/spoil')
  await isFree('after one that throws later')

  const reading = control.hold('read')
  const asked = new Promise<ServerResponse>((resolve) => (onAsked = resolve))
  const request = get(`${url}/live`, { headers: { cookie: `user=${ada.cookies.get('user')}` }, agent: false })
  request.on('error', () => {})
  await reading.reached
  reading.open()
  const response = await asked
  const confirming = control.hold('read')
  await confirming.reached
  request.destroy()
  await once(response, 'close')
  confirming.open()
  await isFree('after a client that left before the head')

  onAsked = () => control.break('rejects', 'read')
  t.is(await answered(), 503)
  onAsked = () => {}
  control.mend()
  // A storage that failed is left alone for so long.
  clock.advance(1000)
  await isFree('after a storage that failed at the start')

  do stream = await openStream(t, `${url}/live`, { browser: ada })
  while (stream.status === 429)
  await ada.get('/regenerate')
  await stream.ended
  await isFree('after the end of its id')
})

test('without a session there is no stream, however many come', async (t) => {
  const User = user()
  const { url, browser } = await serveApp(t, [User], routes(User, 1))
  const nobody = browser()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => openStream(t, `${url}/live`, { browser: nobody })),
  )
  t.true(answers.every(({ status }) => status === 204))
})

for (const maxStreams of [0, -1, NaN, 1.5, '10', null, -Infinity, {}]) {
  test(`a limit of ${typeof maxStreams} ${String(maxStreams)} is refused at start`, (t) => {
    t.throws(() => mirror(user(), { expose, maxStreams: any(maxStreams) }), {
      code: 'ERR_SESSION_CONFIG',
      message: /maxStreams.*Infinity/,
    })
  })
}

test('with Infinity there is no limit', async (t) => {
  const User = user()
  const { url, browser } = await serveApp(t, [User], routes(User, Infinity))
  const ada = browser()
  await ada.get('/login')
  t.is((await opened(t, `${url}/live`, ada, 150)).length, 150)
})

test('a stream behind an unfinished answer of its connection is refused, and holds nothing', async (t) => {
  let open: (() => void) | undefined
  const waiting = new Promise<void>((resolve) => (open = resolve))
  const engine = memoryStorage()
  const storage = controlledStorage(engine)
  let watches = 0
  storage.watch = (...given) => {
    watches++
    return engine.watch!(...given)
  }
  const User = user(storage)
  const { url, browser } = await serveApp(t, [User], {
    ...routes(User, 1),
    '/slow': async (ctx) => {
      await waiting
      ctx.body = 'slow'
    },
  })
  const ada = browser()
  await ada.get('/login')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const line = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: user=${ada.cookies.get('user')}\r\n\r\n`
  socket.write(line('/slow') + line('/live').repeat(20) + line('/nothing'))
  // Each of them has been answered when another connection's request has been.
  await ada.get('/nothing')
  open!()
  await until(() => text.includes('HTTP/1.1 404'), { what: 'the last of the requests is answered' })
  t.is(text.match(/HTTP\/1.1 503/g)?.length, 20)
  t.is(watches, 0)
  const [response] = (await once(
    get(`${url}/live`, { headers: { cookie: `user=${ada.cookies.get('user')}` }, agent: false }),
    'response',
  )) as [IncomingMessage]
  t.is(response.statusCode, 200)
  response.destroy()
})
