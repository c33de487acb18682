import test from 'ava'
import { cookie, type Sessions } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { ENGINES } from './_support/engines.ts'
import { serveApp } from '../support/app.ts'
import { cookieOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { until } from '../support/until.ts'

interface User {
  name?: string
  count: number
}

const HOUR = 3_600_000

for (const [where, engine] of Object.entries(ENGINES)) {
  for (const [how, login] of Object.entries<(sessions: Sessions, Users: typeof Plain) => unknown>({
    'A set with another subject': (sessions, Users) => sessions.set(Users, { name: 'ada', count: 1 }),
    'An update to another subject': (sessions, Users) => sessions.update(Users, () => ({ name: 'ada', count: 1 })),
    'A set that says so': (sessions, Users) => sessions.set(Users, { count: 1 }, { regenerate: true }),
    'A set after one that says so': (sessions, Users) => {
      sessions.set(Users, { count: 0 }, { regenerate: true })
      sessions.set(Users, { count: 1 })
    },
    'A set after clear': (sessions, Users) => {
      sessions.clear(Users)
      sessions.set(Users, { count: 1 })
    },
    'A getOrSet after clear': (sessions, Users) => {
      sessions.clear(Users)
      sessions.getOrSet(Users, () => ({ count: 1 }))
    },
  })) {
    test(`${how} is a login: a new id, the old one dead, the absolute clock anew (${where})`, async (t) => {
      const clock = manualClock()
      const storage = engine(t, clock)
      const Users = cookie<User>('user', {
        storage,
        subject: ({ name }) => name,
        idleTimeout: '20h',
        absoluteTimeout: '24h',
      })
      const { request } = await serveApp(
        t,
        [Users],
        {
          '/visit': ({ sessions }) => sessions.set(Users, { count: 0 }),
          '/login': async ({ sessions }) => (await login(sessions, Users), sessions.id(Users)),
          '/': ({ sessions }) => sessions.get(Users)?.count ?? 'none',
        },
        { clock },
      )
      const old = tokenOf(await request('/visit'), 'user')
      clock.advance(15 * HOUR)
      const reply = await request('/login', { cookie: `user=${old}` })
      const id = tokenOf(reply, 'user')
      t.regex(id, /^[\w-]{43}$/)
      t.is(reply.text, id)
      t.not(id, old)
      t.is((await request('/', { cookie: `user=${old}` })).text, 'none')
      t.is((await request('/', { cookie: `user=${id}` })).text, '1')
      clock.advance(15 * HOUR)
      t.is((await request('/', { cookie: `user=${id}` })).text, '1')
      clock.advance(9 * HOUR)
      t.is((await request('/', { cookie: `user=${id}` })).text, 'none')
    })
  }

  test(`a write of the same subject is no login: the id stays, and so does the absolute deadline (${where})`, async (t) => {
    const clock = manualClock()
    const Users = cookie<User>('user', {
      storage: engine(t, clock),
      subject: ({ name }) => name,
      idleTimeout: '20h',
      absoluteTimeout: '24h',
    })
    const { request } = await serveApp(
      t,
      [Users],
      {
        '/login': ({ sessions }) => sessions.set(Users, { name: 'ada', count: 0 }),
        '/set': ({ sessions }) => sessions.set(Users, { name: 'ada', count: 1 }),
        '/update': ({ sessions }) => sessions.update(Users, (user) => ({ ...user!, count: user!.count + 1 })),
        '/': ({ sessions }) => sessions.get(Users)?.count ?? 'none',
      },
      { clock },
    )
    const header = cookieOf(await request('/login'), 'user')
    clock.advance(15 * HOUR)
    for (const path of ['/set', '/update']) t.deepEqual((await request(path, { cookie: header })).setCookie, [])
    clock.advance(9 * HOUR - 1)
    t.is((await request('/', { cookie: header })).text, '2')
    clock.advance(1)
    t.is((await request('/', { cookie: header })).text, 'none')
  })

  test(`logging in where the old session ended meanwhile makes a new one (${where})`, async (t) => {
    const storage = controlledStorage(engine(t))
    const Users = cookie<User>('user', { storage, subject: ({ name }) => name })
    const { request, errors } = await serveApp(t, [Users], {
      '/visit': ({ sessions }) => sessions.set(Users, { count: 0 }),
      '/logout': ({ sessions }) => sessions.clear(Users),
      '/set': ({ sessions }) => sessions.set(Users, { name: 'ada', count: 1 }),
      '/regenerate': ({ sessions }) => sessions.set(Users, { count: 1 }, { regenerate: true }),
      '/update': ({ sessions }) => sessions.update(Users, () => ({ name: 'ada', count: 1 })),
      '/': ({ sessions }) => sessions.get(Users)?.count ?? 'none',
    })
    for (const path of ['/set', '/regenerate', '/update']) {
      const old = tokenOf(await request('/visit'), 'user')
      const open = storage.holdAll('rotate')
      storage.calls.length = 0
      const login = request(path, { cookie: `user=${old}` })
      await until(() => storage.calls.includes('rotate'), { what: 'the login rotates' })
      await request('/logout', { cookie: `user=${old}` })
      open()
      const id = tokenOf(await login, 'user')
      t.regex(id, /^[\w-]{43}$/, path)
      t.is((await request('/', { cookie: `user=${id}` })).text, '1', path)
      t.is((await request('/', { cookie: `user=${old}` })).text, 'none', path)
    }
    t.deepEqual(errors, [])
  })
}

const Plain = cookie<User>('user')

test('by value a login starts the absolute clock anew, and a write of the same subject does not', async (t) => {
  const clock = manualClock()
  const Users = cookie<User>('user', { subject: ({ name }) => name, idleTimeout: '20h', absoluteTimeout: '24h' })
  const { request } = await serveApp(
    t,
    [Users],
    {
      '/visit': ({ sessions }) => sessions.set(Users, { count: 0 }),
      '/set': ({ sessions }) => sessions.set(Users, { count: 1 }),
      '/login': ({ sessions }) => sessions.set(Users, { name: 'ada', count: 2 }),
      '/again': ({ sessions }) => sessions.set(Users, { name: 'ada', count: 2 }, { regenerate: true }),
      '/': (ctx) => ctx.throw(500, String(ctx.sessions.get(Users)?.count ?? 'none'), { expose: true }),
    },
    { clock },
  )
  const visit = cookieOf(await request('/visit'), 'user')
  clock.advance(15 * HOUR)
  const set = cookieOf(await request('/set', { cookie: visit }), 'user')
  const login = cookieOf(await request('/login', { cookie: visit }), 'user')
  clock.advance(9 * HOUR)
  t.is((await request('/', { cookie: set })).text, 'none')
  t.is((await request('/', { cookie: login })).text, '2')
  const again = cookieOf(await request('/again', { cookie: login }), 'user')
  clock.advance(15 * HOUR)
  t.is((await request('/', { cookie: login })).text, 'none')
  t.is((await request('/', { cookie: again })).text, '2')
})

test('a login of an old session does not touch another session of the same subject', async (t) => {
  const Users = cookie<User>('user', { storage: ENGINES['in memory']!(t), subject: ({ name }) => name })
  const { request } = await serveApp(t, [Users], {
    '/login': (ctx) => ctx.sessions.set(Users, { name: String(ctx.query['as']), count: 0 }),
    '/': ({ sessions }) => sessions.get(Users)?.name ?? 'none',
  })
  const laptop = cookieOf(await request('/login?as=ada'), 'user')
  const phone = cookieOf(await request('/login?as=bob'), 'user')
  const phoneAsAda = cookieOf(await request('/login?as=ada', { cookie: phone }), 'user')
  t.is((await request('/', { cookie: laptop })).text, 'ada')
  t.is((await request('/', { cookie: phone })).text, 'none')
  t.is((await request('/', { cookie: phoneAsAda })).text, 'ada')
})

test('of an old session nothing is left after logging in as somebody else', async (t) => {
  interface Account {
    name: string
    cart?: string[]
  }
  const Accounts = cookie<Account>('account', { storage: ENGINES['in memory']!(t), subject: ({ name }) => name })
  const { request } = await serveApp(t, [Accounts], {
    '/ada': ({ sessions }) => sessions.set(Accounts, { name: 'ada', cart: ['secret'] }),
    '/bob': ({ sessions }) => sessions.set(Accounts, { name: 'bob' }),
    '/': ({ sessions }) => sessions.get(Accounts),
  })
  const ada = cookieOf(await request('/ada'), 'account')
  const bob = cookieOf(await request('/bob', { cookie: ada }), 'account')
  t.is((await request('/', { cookie: bob })).text, '{"name":"bob"}')
})
