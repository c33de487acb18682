import test from 'ava'
import { cookie, header, memoryStorage, SESSION_PROTOCOL, type Connection } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import { socketSite } from './_support/sockets.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface User {
  id: string
}

const entry = (name: string, token: string) => `${name}.${Buffer.from(token).toString('base64url')}`

for (const [kind, options] of [
  ['by id', { storage: memoryStorage() }],
  ['by value', {}],
  ['behind a scheme', { storage: memoryStorage(), scheme: 'Bearer', response: 'X-New-Session' }],
] as const) {
  test(`a header session ${kind} is opened by its token as a subprotocol, and the answer names none`, async (t) => {
    const Api = header<User>('X-Session', options)
    const site = await socketSite(
      t,
      [Api],
      { '/login': (ctx) => ctx.sessions.set(Api, { id: 'ada' }) },
      { onMessage: async (_, connection) => (await connection.get(Api))?.id },
    )
    const { headers } = await site.browser().get('/login')
    const token = headers.get('X-Session') ?? headers.get('X-New-Session')
    const protocols = [entry('x-session', token!), SESSION_PROTOCOL]
    const { ask, socket } = await site.open({ protocols })
    t.is(socket.protocol, SESSION_PROTOCOL)
    t.is(await ask('who'), 'ada')
  })
}

test('a token as a subprotocol is nothing without the fixed one, under another name, for a cookie, or twice', async (t) => {
  const Api = header<User>('X-Session', { storage: memoryStorage() })
  const User = cookie<User>('user', { storage: memoryStorage() })
  const site = await socketSite(
    t,
    [Api, User],
    {
      '/login': (ctx) => {
        ctx.sessions.set(Api, { id: 'ada' })
        ctx.sessions.set(User, { id: 'ada' })
      },
    },
    { connect: { required: [] } },
  )
  const browser = site.browser()
  const token = (await browser.get('/login')).headers.get('X-Session')!
  const other = (await site.browser().get('/login')).headers.get('X-Session')!
  const none = async (...protocols: string[]) => {
    await site.open({ protocols })
    const connection = site.connections.at(-1)!
    return (await connection.get(Api)) === undefined && (await connection.get(User)) === undefined
  }
  t.true(await none(entry('y-session', token), SESSION_PROTOCOL))
  t.true(await none(entry('user', browser.cookies.get('user')!), SESSION_PROTOCOL))
  t.true(await none(entry('x-session', token), entry('x-session', other), SESSION_PROTOCOL))
  t.true(await none('x-session.', 'x-session.~~', 'ticket.', 'ticket.a.b', 'ticket..', SESSION_PROTOCOL))
  t.false(await none(entry('x-session', token), SESSION_PROTOCOL))
  // The client refuses a server that agrees on nothing of what it offered; the request was read all the same.
  await site.open({ protocols: [entry('x-session', token)] })
  t.is(await site.connections.at(-1)!.get(Api), undefined)
  t.deepEqual(site.errors, [])
})

const byId = () => {
  const storage = controlledStorage(memoryStorage())
  const Api = header<User>('X-Session', { storage, subject: ({ id }) => id })
  return { storage, Api }
}

test('a ticket opens the session of the request that got it, once', async (t) => {
  const { Api, storage } = byId()
  const site = await socketSite(
    t,
    [Api],
    {
      '/login': (ctx) => ctx.sessions.set(Api, { id: 'ada' }),
      '/ticket': async (ctx, middleware) => (await middleware.ticket(ctx, Api)) ?? 'none',
      '/logout': (ctx) => ctx.sessions.clear(Api),
    },
    { connect: { required: Api }, onMessage: async (_, connection) => (await connection.get(Api))?.id },
  )
  const ada = site.browser()
  const token = (await ada.get('/login')).headers.get('X-Session')!
  const { text: ticket } = await ada.get('/ticket', { headers: { 'X-Session': token } })
  t.regex(ticket, /^[\w-]+\.[\w-]{43}$/)
  const protocols = [SESSION_PROTOCOL, `ticket.${ticket}`]
  const { status, ask, closed } = await site.open({ protocols })
  t.is(status, 101)
  t.is(await ask('who'), 'ada')
  t.is((await site.open({ protocols })).status, 401)
  await ada.get('/logout', { headers: { 'X-Session': token } })
  t.deepEqual(await closed, [3000, 'session ended'])
  t.is((await ada.get('/ticket')).text, 'none')
  // What the storage holds is no credential: neither ticket nor id, in keys or in rows.
  const stored = JSON.stringify([storage.keys, storage.records])
  for (const secret of [token, ticket, ticket.split('.')[1]!]) t.false(stored.includes(secret))
})

test('of two sockets that present one ticket at the same time one is opened', async (t) => {
  const { Api } = byId()
  const site = await socketSite(
    t,
    [Api],
    {
      '/login': async (ctx, middleware) => {
        ctx.sessions.set(Api, { id: 'ada' })
        // Also in the request that signs in: the session is stored when the page has the ticket.
        return middleware.ticket(ctx, Api)
      },
    },
    { connect: { required: Api } },
  )
  const { text } = await site.browser().get('/login')
  const protocols = [SESSION_PROTOCOL, `ticket.${text}`]
  const opened = await Promise.all([site.open({ protocols }), site.open({ protocols })])
  t.deepEqual(
    opened.map(({ status }) => status).toSorted((one, other) => one - other),
    [101, 401],
  )
})

test('a ticket is good for thirty seconds, also where the clock of the storage is slow', async (t) => {
  const clock = manualClock()
  const start = clock()
  const Api = header<User>('X-Session', { storage: memoryStorage({ clock: () => start }) })
  const site = await socketSite(
    t,
    [Api],
    {
      '/login': async (ctx, middleware) => {
        ctx.sessions.set(Api, { id: 'ada' })
        return middleware.ticket(ctx, Api)
      },
    },
    { clock, connect: { required: Api } },
  )
  const tickets = [(await site.browser().get('/login')).text, (await site.browser().get('/login')).text]
  clock.advance(29_999)
  t.is((await site.open({ protocols: [SESSION_PROTOCOL, `ticket.${tickets[0]}`] })).status, 101)
  clock.advance(1)
  t.is((await site.open({ protocols: [SESSION_PROTOCOL, `ticket.${tickets[1]}`] })).status, 401)
})

test('a login on a socket: the page swaps the ticket by fetch, once, and has a new id', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })
  const site = await socketSite(
    t,
    [User],
    {
      '/visit': (ctx) => ctx.sessions.set(User, { id: 'guest' }),
      '/redeem': async (ctx, middleware) => ((await middleware.redeem(ctx, ctx.get('X-Ticket'))) ? 'in' : 'refused'),
      '/who': (ctx) => ctx.sessions.get(User)?.id ?? 'nobody',
    },
    { onMessage: (id, connection) => connection.ticket(User, { id }) },
  )
  const page = site.browser()
  await page.get('/visit')
  const before = page.copy()
  const { ask, closed } = await site.open({ browser: page })
  const ticket = await ask('ada')
  const redeem = { headers: { 'X-Ticket': ticket } }
  t.is((await page.get('/redeem', redeem)).text, 'in')
  t.is((await page.get('/who')).text, 'ada')
  t.not(page.cookies.get('user'), before.cookies.get('user'))
  t.is((await before.get('/who')).text, 'nobody')
  t.deepEqual(await closed, [3000, 'session ended'])
  t.is((await site.browser().get('/redeem', redeem)).text, 'refused')
})

test('neither kind of ticket passes for the other, nor for another session', async (t) => {
  const storage = memoryStorage()
  const User = cookie<User>('user', { storage })
  const Admin = cookie<User>('admin', { storage })
  const site = await socketSite(
    t,
    [User, Admin],
    {
      '/login': async (ctx, middleware) => {
        ctx.sessions.set(User, { id: 'ada' })
        return middleware.ticket(ctx, User)
      },
      '/redeem': async (ctx, middleware) => ((await middleware.redeem(ctx, ctx.get('X-Ticket'))) ? 'in' : 'refused'),
    },
    { onMessage: (_, connection) => connection.ticket(User, { id: 'ada' }) },
  )
  const browser = site.browser()
  const opening = (await browser.get('/login')).text
  const { ask } = await site.open({ browser })
  const login = await ask('ticket')
  const redeem = async (ticket: string) =>
    (await site.browser().get('/redeem', { headers: { 'X-Ticket': ticket } })).text
  const opened = async (ticket: string): Promise<Connection> => {
    await site.open({ protocols: [SESSION_PROTOCOL, `ticket.${ticket}`] })
    return site.connections.at(-1)!
  }
  t.is(await redeem(opening), 'refused')
  t.is(await (await opened(login)).get(User), undefined)
  const asAdmin = opening.replace(/^[^.]*/, Buffer.from('admin').toString('base64url'))
  t.is(await (await opened(asAdmin)).get(Admin), undefined)
  t.deepEqual(await (await opened(opening)).get(User), { id: 'ada' })
  t.is(await redeem(login), 'in')
  for (const nonsense of ['', '.', '..', 'dXNlcg', 'dXNlcg.', 'dXNlcg.' + '_'.repeat(43), '\u00ff.x']) {
    t.is(await redeem(nonsense), 'refused', nonsense)
  }
  t.deepEqual(site.errors, [])
})

test('there are no tickets for a session by value, and the error says why', async (t) => {
  const Visit = cookie<User>('visit')
  const site = await socketSite(t, [Visit], {
    '/ticket': (ctx, middleware) => middleware.ticket(ctx, Visit),
  })
  await site.open()
  await t.throwsAsync(site.connections[0]!.ticket(Visit, { id: 'ada' }), {
    code: 'ERR_SESSION_CONFIG',
    message: /'storage'/,
  })
  t.is((await site.browser().get('/ticket')).status, 500)
})

test('a ticket must be for a value that can be kept', async (t) => {
  const { Api } = byId()
  const site = await socketSite(t, [Api], {})
  await site.open()
  await t.throwsAsync(site.connections[0]!.ticket(Api, { id: (() => 'x') as never }), { code: 'ERR_SESSION_VALUE' })
})

test('a ticket is redeemed over a deferred session, too, which nobody has loaded', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), deferred: true })
  const site = await socketSite(t, [User], {
    '/visit': (ctx) => ctx.sessions.set(User, { id: 'guest' }),
    '/redeem': async (ctx, middleware) => String(await middleware.redeem(ctx, ctx.get('X-Ticket'))),
    '/who': async (ctx) => (await ctx.sessions.load(User))?.id ?? 'nobody',
  })
  const page = site.browser()
  await page.get('/visit')
  await site.open({ browser: page })
  const ticket = await site.connections[0]!.ticket(User, { id: 'ada' })
  t.is((await page.get('/redeem', { headers: { 'X-Ticket': ticket } })).text, 'true')
  t.is((await page.get('/who')).text, 'ada')
})

test('a ticket for a deferred session is one also where nobody has loaded it', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), deferred: true })
  const site = await socketSite(
    t,
    [User],
    {
      '/visit': (ctx) => ctx.sessions.set(User, { id: 'guest' }),
      '/ticket': async (ctx, middleware) => (await middleware.ticket(ctx, User)) ?? 'none',
    },
    { connect: { required: User } },
  )
  const page = site.browser()
  await page.get('/visit')
  const { text } = await page.get('/ticket')
  t.is((await site.open({ protocols: [SESSION_PROTOCOL, `ticket.${text}`] })).status, 101)
})

for (const verb of ['read', 'delete'] as const) {
  test(`a ticket while the storage hangs at a ${verb} is 503 as soon as any session is`, async (t) => {
    const { Api, storage } = byId()
    const site = await socketSite(
      t,
      [Api],
      {
        '/login': async (ctx, middleware) => {
          ctx.sessions.set(Api, { id: 'ada' })
          return middleware.ticket(ctx, Api)
        },
      },
      { connect: { required: Api } },
    )
    const { text } = await site.browser().get('/login')
    storage.holdAll(verb)
    t.is((await site.open({ protocols: [SESSION_PROTOCOL, `ticket.${text}`] })).status, 503)
    t.regex(String(site.errors[0]), /within 1000 ms/)
  })
}
