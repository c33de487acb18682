import test from 'ava'
import { cookie, memoryStorage, sessions, storageFrom, type SessionStorage } from 'koa-typed-sessions'
import { routed, serveApp, serveMiddlewares } from '../support/app.ts'
import { socketSite } from './_support/sockets.ts'

// One test per row of README's table: what the sessions of simpleS do, and what is done here.

interface Bag {
  name?: string
  count?: number
}

const bag = (storage: SessionStorage = memoryStorage()) =>
  cookie<Bag>('bag', { storage, idleTimeout: '1h', absoluteTimeout: '12h' })

test('`store.get`, `set`, `remove`, `update`: `storageFrom({ read, write, invalidate })`', async (t) => {
  const texts = new Map<string, string>()
  const Bags = bag(
    storageFrom({
      read: (id) => texts.get(id),
      write: async (id, text) => void texts.set(id, text),
      invalidate: (id) => void texts.delete(id),
    }),
  )
  const { browser } = await serveApp(t, [Bags], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags)
      ctx.body = String(session.set('count', (session.get('count') ?? 0) + 1).get('count'))
    },
    '/end': (ctx) => ctx.sessions.clear(Bags),
  })
  const ada = browser()
  await ada.get('/')
  t.is((await ada.get('/')).text, '2')
  t.is(texts.size, 1)
  t.false([...texts.keys()].includes(ada.cookies.get('bag')!), 'what is kept is no credential')
  await ada.get('/end')
  t.is(texts.size, 0)
})

test('`session: { enabled, store, timeout }` of a router: sessions are where `sessions([…])` is mounted', async (t) => {
  const Bags = bag()
  const { browser } = await serveMiddlewares(t, [
    routed({ '/static': (ctx) => void (ctx.body = String('sessions' in ctx && ctx.sessions !== undefined)) }),
    sessions([Bags]),
    routed({ '/': (ctx) => void (ctx.body = String(ctx.sessions.get(Bags) === undefined)) }),
  ])
  t.is((await browser().get('/')).text, 'true')
  t.is((await browser().get('/static')).text, 'false')
})

test('`_session` cookie: HttpOnly and SameSite, and only for whom a session was written', async (t) => {
  const Bags = bag()
  const { browser } = await serveApp(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, {}),
    '/': (ctx) => void (ctx.body = String(ctx.sessions.get(Bags))),
  })
  t.deepEqual((await browser().get('/')).setCookie, [])
  t.regex(
    (await browser().get('/fill')).setCookie[0]!,
    /^bag=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/i,
  )
})

test('a WebSocket: the session of the browser, fresh with each read, and closed when it ends', async (t) => {
  const Bags = bag()
  const site = await socketSite(
    t,
    [Bags],
    {
      '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
      '/count': (ctx) => ctx.sessions.update(Bags, (now) => ({ count: (now?.count ?? 0) + 1 })),
      '/end': (ctx) => ctx.sessions.clear(Bags),
      '/': (ctx) => ctx.sessions.get(Bags)?.count ?? 'none',
    },
    { onMessage: async (_, connection) => (await connection.get(Bags))?.count ?? 'none' },
  )
  const ada = site.browser()
  await ada.get('/fill')
  const socket = await site.open({ browser: ada })
  t.is(await socket.ask('?'), '1')
  await ada.get('/count')
  t.is(await socket.ask('?'), '2')
  const old = ada.copy()
  await ada.get('/end')
  t.is((await socket.closed)[0], 3000)
  t.is((await old.get('/')).text, 'none', 'a socket that closes brings nothing back')
})

test('a WebSocket: `Origin: null` and another origin are refused, and the process lives', async (t) => {
  const site = await socketSite(t, [bag()], { '/': () => 'alive' })
  for (const Origin of ['null', 'http://evil.example', '%']) {
    t.is((await site.open({ headers: { Origin } })).status, 403)
  }
  t.is((await site.browser().get('/')).text, 'alive')
})
