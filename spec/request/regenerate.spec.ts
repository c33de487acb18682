import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import type { Browser } from '../support/browser.ts'
import { type Routes, serveApp } from '../support/app.ts'
import { bag, KINDS, STORED, type BagDefinition } from './_bag.ts'

const HOUR = 3_600_000

function routes(Bags: BagDefinition): Routes {
  return {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada', count: 1 }),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
    '/created': (ctx) => void (ctx.body = String(ctx.sessions.open(Bags).createdAt)),
    '/move': (ctx) => {
      const session = ctx.sessions.open(Bags)
      session.regenerateId()
      ctx.body = session.id ?? 'by value'
    },
    '/copy': (ctx) => {
      const session = ctx.sessions.open(Bags).set('count', 2)
      session.regenerateId({ deleteOld: false })
      ctx.body = session.id
    },
  }
}

const token = (browser: Browser): string => browser.cookies.get('bag') ?? 'none'

for (const [where, make] of Object.entries(STORED)) {
  test(`regenerateId keeps the data under a new id, and the old one is dead (${where})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], routes(Bags))
    const ada = browser()
    await ada.get('/fill')
    const thief = ada.copy()
    const page = await ada.get('/move')
    t.is(page.text, token(ada))
    t.not(token(ada), token(thief))
    t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 })
    t.is((await thief.get('/')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`with deleteOld: false both ids live on, each with what it held (${where})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], routes(Bags))
    const ada = browser()
    await ada.get('/fill')
    const other = ada.copy()
    const page = await ada.get('/copy')
    t.is(page.text, token(ada))
    t.not(token(ada), token(other))
    t.deepEqual(await ada.json('/'), { name: 'ada', count: 2 })
    t.deepEqual(await other.json('/'), { name: 'ada', count: 1 })
    t.deepEqual(errors, [])
  })

  test(`of several calls in one request one id comes, and one call is enough to kill the old (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/both': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.regenerateId()
        const { id } = session
        session.regenerateId({ deleteOld: false })
        ctx.body = [id, session.id]
      },
      '/reverse': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.regenerateId({ deleteOld: false })
        session.regenerateId()
      },
    })
    const ada = browser()
    await ada.get('/fill')
    for (const path of ['/both', '/reverse']) {
      const thief = ada.copy()
      const page = await ada.get(path)
      t.is((await thief.get('/')).text, 'none', path)
      if (path === '/both') t.deepEqual(JSON.parse(page.text), [token(ada), token(ada)])
      t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 }, path)
    }
  })
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`regenerateId keeps when the session was created, and its absolute deadline (${kind})`, async (t) => {
    const clock = manualClock()
    const storage = memoryStorage({ clock })
    const Bags = make(t, { idleTimeout: '20h', absoluteTimeout: '24h', ...(kind === 'by id' ? { storage } : {}) })
    const { browser } = await serveApp(t, [Bags], routes(Bags), { clock })
    const ada = browser()
    await ada.get('/fill')
    const created = (await ada.get('/created')).text
    clock.advance(15 * HOUR)
    await ada.get('/move')
    t.is((await ada.get('/created')).text, created)
    clock.advance(9 * HOUR - 1)
    t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 })
    clock.advance(1)
    t.is((await ada.get('/')).text, 'none')
  })

  test(`where there is no session, regenerateId makes none (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], routes(Bags))
    t.deepEqual((await browser().get('/move')).setCookie, [])
    t.deepEqual(errors, [])
  })
}

test('by value regenerateId issues the token anew, and needs no id', async (t) => {
  const clock = manualClock()
  const Bags = bag()
  const { browser } = await serveApp(t, [Bags], routes(Bags), { clock })
  const ada = browser()
  await ada.get('/fill')
  clock.advance(1000)
  const page = await ada.get('/move')
  t.is(page.text, 'by value')
  t.is(page.setCookie.length, 1)
  t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 })
})

test('the old id that was left alive keeps its own deadline', async (t) => {
  const clock = manualClock()
  const Bags = bag({ storage: memoryStorage({ clock }), idleTimeout: '2h', touchAfter: '90m', absoluteTimeout: null })
  const { browser } = await serveApp(t, [Bags], routes(Bags), { clock })
  const ada = browser()
  await ada.get('/fill')
  const other = ada.copy()
  clock.advance(HOUR)
  await ada.get('/copy')
  clock.advance(HOUR - 1)
  t.deepEqual(await ada.json('/'), { name: 'ada', count: 2 })
  clock.advance(1)
  t.is((await other.get('/')).text, 'none')
  t.deepEqual(await ada.json('/'), { name: 'ada', count: 2 })
})

interface User {
  name?: string
  count: number
}

const LOGINS: Readonly<
  Record<string, (ctx: Parameters<Routes[string]>[0], Users: ReturnType<typeof users>) => unknown>
> = {
  'a whole value': (ctx, Users) => ctx.sessions.set(Users, { name: 'ada', count: 1 }),
  'an update': (ctx, Users) => ctx.sessions.update(Users, (now) => ({ ...now!, name: 'ada' })),
  'a key': (ctx, Users) => ctx.sessions.open(Users).set('name', 'ada'),
  'a key on top of a whole value': (ctx, Users) => {
    ctx.sessions.set(Users, { count: 1 })
    ctx.sessions.open(Users).set('name', 'ada')
  },
  'a key beside a regeneration that would leave the old id': (ctx, Users) => {
    const session = ctx.sessions.open(Users).set('name', 'ada')
    session.regenerateId({ deleteOld: false })
  },
  'a key that is saved at once': (ctx, Users) => ctx.sessions.open(Users).set('name', 'ada').save(),
}

function users(storage: ReturnType<typeof memoryStorage>) {
  return cookie<User>('bag', { storage, subject: ({ name }) => name, idleTimeout: '20h', absoluteTimeout: '24h' })
}

for (const [where, engine] of Object.entries(ENGINES)) {
  for (const [what, login] of Object.entries(LOGINS)) {
    test(`a login through ${what} gives a new id, kills the old one, and life begins anew (${where})`, async (t) => {
      const clock = manualClock()
      const Users = users(engine(t, clock))
      const { browser, errors } = await serveApp(
        t,
        [Users],
        {
          '/visit': (ctx) => ctx.sessions.set(Users, { count: 1 }),
          '/login': async (ctx) => void (await login(ctx, Users)),
          '/': (ctx) => {
            const session = ctx.sessions.open(Users)
            ctx.body = [session.value ?? 'none', session.createdAt ?? 'never']
          },
        },
        { clock },
      )
      const ada = browser()
      await ada.get('/visit')
      const thief = ada.copy()
      clock.advance(15 * HOUR)
      await ada.get('/login')
      t.not(token(ada), token(thief))
      t.deepEqual(await ada.json('/'), [{ count: 1, name: 'ada' }, clock()])
      t.deepEqual(await thief.json('/'), ['none', 'never'])
      clock.advance(15 * HOUR)
      t.like(await ada.json('/'), { 0: { name: 'ada' } }, 'past the absolute deadline of the visit')
      t.deepEqual(errors, [])
    })
  }
}

test('a logout by key is a login as nobody: the old id is dead', async (t) => {
  const Users = users(memoryStorage())
  const { browser } = await serveApp(t, [Users], {
    '/login': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 1 }),
    '/anonymous': (ctx) => void ctx.sessions.open(Users).unset('name'),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Users) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/login')
  const thief = ada.copy()
  await ada.get('/anonymous')
  t.deepEqual(await ada.json('/'), { count: 1 })
  t.is((await thief.get('/')).text, 'none')
})

for (const [where, engine] of Object.entries(ENGINES)) {
  const RENAMES: Readonly<
    Record<string, (ctx: Parameters<Routes[string]>[0], Users: ReturnType<typeof users>) => unknown>
  > = {
    'an update': (ctx, Users) => ctx.sessions.update(Users, (now) => ({ ...now!, name: 'ada@new.example' })),
    'a key': (ctx, Users) => ctx.sessions.open(Users).set('name', 'ada@new.example'),
    'an update that ends in nobody': (ctx, Users) => ctx.sessions.update(Users, () => ({ count: 1 })),
  }
  for (const [what, rename] of Object.entries(RENAMES)) {
    test(`${what} that names another subject gives a new id, and is no login (${where})`, async (t) => {
      const clock = manualClock()
      const Users = users(engine(t, clock))
      const { browser } = await serveApp(
        t,
        [Users],
        {
          '/login': (ctx) => ctx.sessions.set(Users, { name: 'ada@old.example', count: 1 }),
          '/rename': async (ctx) => void (await rename(ctx, Users)),
          '/created': (ctx) => void (ctx.body = String(ctx.sessions.open(Users).createdAt)),
        },
        { clock },
      )
      const ada = browser()
      await ada.get('/login')
      const created = (await ada.get('/created')).text
      const thief = ada.copy()
      clock.advance(11 * HOUR)
      await ada.get('/rename')
      t.not(token(ada), token(thief))
      t.is((await ada.get('/created')).text, created)
      t.is((await thief.get('/created')).text, 'undefined')
      clock.advance(13 * HOUR)
      t.is((await ada.get('/created')).text, 'undefined', 'the absolute deadline is that of the login')
    })
  }

  test(`a whole value that names another subject is a login, also where an update follows it (${where})`, async (t) => {
    const clock = manualClock()
    const Users = users(engine(t, clock))
    const { browser } = await serveApp(
      t,
      [Users],
      {
        '/login': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 1 }),
        '/as-bob': async (ctx) => {
          ctx.sessions.set(Users, { name: 'bob', count: 1 })
          await ctx.sessions.update(Users, (now) => ({ ...now!, count: 2 }))
        },
        '/created': (ctx) => void (ctx.body = String(ctx.sessions.open(Users).createdAt)),
      },
      { clock },
    )
    const ada = browser()
    await ada.get('/login')
    clock.advance(11 * HOUR)
    await ada.get('/as-bob')
    t.is((await ada.get('/created')).text, String(clock()))
  })
}
