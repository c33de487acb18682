import test from 'ava'
import { cookie, memoryStorage, sessions, storageFrom, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import { assemble, routed, tell } from './_support/story.ts'
import { socketSite } from './_support/sockets.ts'

// One test per row of README's table: what the sessions of simpleS do, and what is done here.

interface Bag {
  name?: string
  count?: number
}

const bag = (storage: SessionStorage = memoryStorage()) =>
  cookie<Bag>('bag', { storage, idleTimeout: '1h', absoluteTimeout: '12h' })

test('`connection.session`: a Map of one’s entries', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags)
      session.set('name', 'ada').set('count', 1)
      const removed = session.unset('count')
      ctx.body = [session.get('name'), session.has('count'), removed, session.size, [...session], [...session.keys()]]
    },
  })
  t.deepEqual(await browser().json('/'), ['ada', false, true, 1, [['name', 'ada']], ['name']])
})

test('`session.clear()`: `ctx.sessions.set(definition, {})` empties it, and `clear(definition)` ends it', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada' }),
    '/empty': (ctx) => ctx.sessions.set(Bags, {}),
    '/end': (ctx) => ctx.sessions.clear(Bags),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/fill')
  const token = ada.cookies.get('bag')
  await ada.get('/empty')
  t.deepEqual(await ada.json('/'), {})
  t.is(ada.cookies.get('bag'), token)
  await ada.get('/end')
  t.is((await ada.get('/')).text, 'none')
})

test('`session.set(key, value)`: what is no text for a key is refused where it is set, and not ignored', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/': (ctx) => {
      // @ts-expect-error simpleS takes it, and does nothing
      ctx.sessions.open(Bags).set(1, 'one')
    },
  })
  t.not((await browser().get('/')).status, 200)
})

test('`session.id`: 256 random bits, there as soon as there is a session', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/': (ctx) => {
      const { id } = ctx.sessions.open(Bags)
      ctx.body = [id ?? 'none', ctx.sessions.open(Bags).set('count', 1).id]
    },
  })
  const ada = browser()
  const [before, after] = (await ada.json('/')) as [string, string]
  t.is(before, 'none')
  t.regex(after, /^[\w-]{43}$/)
  t.is(after, ada.cookies.get('bag')!)
})

test('`session.changed`: `dirty`, by what would be written, and not after a save', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada' }),
    '/': async (ctx) => {
      const session = ctx.sessions.open(Bags)
      const seen = [session.dirty, session.set('name', 'ada').dirty, session.set('name', 'eve').dirty]
      await session.save()
      ctx.body = [...seen, session.dirty]
    },
  })
  const ada = browser()
  await ada.get('/fill')
  t.deepEqual(await ada.json('/'), [false, false, true, false])
})

test('`session.timeout` and `session.expiration`: `idleTimeout` and `expiresAt`, in milliseconds', async (t) => {
  const clock = manualClock()
  const Bags = bag(memoryStorage({ clock }))
  const { browser } = await tell(
    t,
    [Bags],
    {
      '/fill': (ctx) => ctx.sessions.set(Bags, {}),
      '/': (ctx) => {
        const { idleTimeout, expiresAt } = ctx.sessions.open(Bags)
        ctx.body = [idleTimeout, expiresAt]
      },
      '/longer': (ctx) => void (ctx.sessions.open(Bags).idleTimeout = '2h'),
    },
    { clock },
  )
  const ada = browser()
  await ada.get('/fill')
  t.deepEqual(await ada.json('/'), [3_600_000, clock() + 3_600_000])
  await ada.get('/longer')
  t.deepEqual(await ada.json('/'), [7_200_000, clock() + 7_200_000])
})

test('`session.load()`: reads again, and drops what was not stored', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada' }),
    '/': async (ctx) => {
      const session = await ctx.sessions.open(Bags).set('name', 'eve').load()
      ctx.body = session.get('name')
    },
  })
  const ada = browser()
  await ada.get('/fill')
  t.is((await ada.get('/')).text, 'ada')
})

test('`session.save()` and `session.update()`: `save()` stores now, and `touch()` renews', async (t) => {
  const clock = manualClock()
  const Bags = bag(memoryStorage({ clock }))
  const { browser } = await tell(
    t,
    [Bags],
    {
      '/fill': async (ctx) => {
        await ctx.sessions.open(Bags).set('name', 'ada').save()
        ctx.body = String(ctx.sessions.open(Bags).expiresAt)
      },
      '/touch': async (ctx) => void (ctx.body = String((await ctx.sessions.open(Bags).touch()).expiresAt)),
    },
    { clock },
  )
  const ada = browser()
  t.is(Number((await ada.get('/fill')).text), clock() + 3_600_000)
  clock.advance(60_000)
  t.is(Number((await ada.get('/touch')).text), clock() + 3_600_000)
})

test('`session.generate()`: `regenerateId()`, whose id reaches the client, and whose old one is dead', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada' }),
    '/new': (ctx) => ctx.sessions.open(Bags).regenerateId(),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags)?.name ?? 'none'),
  })
  const ada = browser()
  await ada.get('/fill')
  const thief = ada.copy()
  await ada.get('/new')
  t.is((await ada.get('/')).text, 'ada')
  t.is((await thief.get('/')).text, 'none')
})

test('`session.destroy()`: final, whatever was set before and is written after', async (t) => {
  const Bags = bag()
  const { browser, errors } = await tell(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada' }),
    '/end': (ctx) => {
      const session = ctx.sessions.open(Bags).set('count', 1)
      session.destroy()
      const seen = [session.size, session.destroyed]
      t.throws(() => session.set('count', 2), { code: 'ERR_SESSION_GONE' })
      ctx.body = seen
    },
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags)?.name ?? 'none'),
  })
  const ada = browser()
  await ada.get('/fill')
  const old = ada.copy()
  t.deepEqual(await ada.json('/end'), [0, true])
  t.is((await old.get('/')).text, 'none')
  t.deepEqual(errors, [])
})

test('`session.toJSON()`: the entries as an object, and never the id', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
    '/': (ctx) => void (ctx.body = JSON.stringify(ctx.sessions.open(Bags).set('name', 'ada'))),
  })
  t.is((await browser().get('/')).text, '{"name":"ada"}')
})

test('`store.get`, `set`, `remove`, `update`: `storageFrom({ read, write, invalidate })`', async (t) => {
  const texts = new Map<string, string>()
  const Bags = bag(
    storageFrom({
      read: (id) => texts.get(id),
      write: async (id, text) => void texts.set(id, text),
      invalidate: (id) => void texts.delete(id),
    }),
  )
  const { browser } = await tell(t, [Bags], {
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
  const { browser } = await assemble(t, [
    routed({ '/static': (ctx) => void (ctx.body = String('sessions' in ctx && ctx.sessions !== undefined)) }),
    sessions([Bags]),
    routed({ '/': (ctx) => void (ctx.body = String(ctx.sessions.get(Bags) === undefined)) }),
  ])
  t.is((await browser().get('/')).text, 'true')
  t.is((await browser().get('/static')).text, 'false')
})

test('`_session` cookie: HttpOnly and SameSite, and only for whom a session was written', async (t) => {
  const Bags = bag()
  const { browser } = await tell(t, [Bags], {
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
