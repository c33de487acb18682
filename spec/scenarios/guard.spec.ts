import Router from '@koa/router'
import test from 'ava'
import type { Context } from 'koa'
import {
  authenticate,
  cookie,
  header,
  memoryStorage,
  requireFresh,
  sessions,
  type Challenge,
  type ChallengeReason,
} from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { any, refused } from './_support/refusals.ts'
import { type ServedApp, codes, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id: string
  banned?: boolean
}

type Handler = (ctx: Context) => unknown

const login =
  (definition: typeof Plain): Handler =>
  (ctx) => {
    ctx.sessions.set(definition, { id: String(ctx.query['as'] ?? 'ada'), banned: ctx.query['banned'] === 'yes' })
    ctx.body = 'welcome'
  }

const whoami: Handler = (ctx) => {
  ctx.body = { principal: ctx['principal'] ?? null }
}

const Plain = cookie<User>('user')

/** An app of one guard: `/login` before it, anything else behind it. */
function guarded(t: Parameters<typeof serveMiddlewares>[0], guard: unknown, definition = Plain): Promise<ServedApp> {
  return serveMiddlewares(t, [
    sessions([definition]),
    routed({ '/login': login(definition), '/logout': (ctx) => ctx.sessions.clear(definition) }),
    any(guard),
    whoami,
  ])
}

for (const [where, make] of Object.entries<(t: Parameters<typeof serveMiddlewares>[0]) => typeof Plain>({
  'by value': () => Plain,
  'in memory': (t) => cookie<User>('user', { storage: ENGINES['in memory']!(t) }),
  'in a directory': (t) => cookie<User>('user', { storage: ENGINES['in a directory']!(t) }),
  deferred: (t) => cookie<User>('user', { storage: ENGINES['in a directory']!(t), deferred: true }),
})) {
  test(`a session (${where}) passes the guard, and is the principal behind it; without one it is 401`, async (t) => {
    const definition = make(t)
    const { browser } = await guarded(t, authenticate(definition), definition)
    const ada = browser()
    const stranger = await ada.get('/')
    t.is(stranger.status, 401)
    t.is(stranger.text, 'Unauthorized')

    await ada.get('/login')
    const page = await ada.get('/')
    t.is(page.status, 200)
    t.deepEqual(JSON.parse(page.text), { principal: { id: 'ada', banned: false } })

    const thief = ada.copy()
    await ada.get('/logout')
    t.is((await ada.get('/')).status, 401)
    if (where !== 'by value') t.is((await thief.get('/')).status, 401)
  })
}

test('a session in a header passes the guard', async (t) => {
  const Api = header<User>('X-Session')
  const { browser } = await guarded(t, authenticate(Api), Api)
  const token = (await browser().get('/login')).headers.get('x-session') ?? ''
  t.deepEqual(JSON.parse((await browser().get('/', { headers: { 'x-session': token } })).text), {
    principal: { id: 'ada', banned: false },
  })
  t.is((await browser().get('/', { headers: { 'x-session': `${token}x` } })).status, 401)
})

test('validate says who it is, by the session and the request; it may take its time', async (t) => {
  const { browser } = await guarded(
    t,
    authenticate(Plain, {
      validate: async ({ id, banned }, ctx) => {
        await Promise.resolve()
        return !banned && { name: id.toUpperCase(), path: ctx.path }
      },
    }),
  )
  const [ada, eve] = [browser(), browser()]
  await ada.get('/login')
  await eve.get('/login?as=eve&banned=yes')
  t.deepEqual(JSON.parse((await ada.get('/here')).text), { principal: { name: 'ADA', path: '/here' } })
  t.is((await eve.get('/here')).status, 401)
})

test('whatever is falsy refuses the session, as a `name && …` that has no name gives it', async (t) => {
  for (const nothing of [undefined, null, false, '', 0, Number.NaN]) {
    const { browser } = await guarded(t, authenticate<User, unknown>(Plain, { validate: () => nothing }))
    const ada = browser()
    await ada.get('/login')
    t.is((await ada.get('/')).status, 401, String(nothing))
  }
})

test('an error in validate is an error, and nobody passes', async (t) => {
  const { browser, errors } = await guarded(
    t,
    authenticate<User, unknown>(Plain, {
      validate: () => {
        throw new Error('the database of users is down')
      },
    }),
  )
  const ada = browser()
  await ada.get('/login')
  t.is((await ada.get('/')).status, 500)
  t.is(errors.length, 1)
})

test('a session that validate ends is ended, though the request is denied', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage() })
  const { browser } = await guarded(
    t,
    authenticate<User, unknown>(User, { validate: (_, ctx) => ctx.sessions.clear(User) }),
    User,
  )
  const ada = browser()
  await ada.get('/login')
  t.is((await ada.get('/')).status, 401)
  t.is(ada.cookies.size, 0)
})

test('a challenge is told whether there is no session or one that was refused', async (t) => {
  const reasons: ChallengeReason[] = []
  const { browser } = await guarded(
    t,
    authenticate<User, unknown>(Plain, {
      validate: ({ banned }) => !banned && 'somebody',
      challenge: (ctx, reason) => {
        reasons.push(reason)
        ctx.status = 403
        ctx.body = reason
      },
    }),
  )
  const [stranger, forger, eve] = [browser(), browser(), browser()]
  forger.cookies.set('user', 'forged')
  await eve.get('/login?banned=yes')
  for (const visitor of [stranger, forger, eve]) t.is((await visitor.get('/')).status, 403)
  t.deepEqual(reasons, ['no-session', 'no-session', 'refused'])
})

test('optional lets pass who has no session, without a principal, and not whose session is refused', async (t) => {
  const { browser } = await guarded(
    t,
    authenticate<User, unknown>(Plain, { optional: true, validate: ({ id, banned }) => !banned && { id } }),
  )
  const [stranger, forger, ada, eve] = [browser(), browser(), browser(), browser()]
  forger.cookies.set('user', 'forged')
  await ada.get('/login')
  await eve.get('/login?banned=yes')
  t.deepEqual(await stranger.json('/'), { principal: null })
  t.deepEqual(await forger.json('/'), { principal: null })
  t.deepEqual(await ada.json('/'), { principal: { id: 'ada' } })
  t.is((await eve.get('/')).status, 401)
})

test('skipWhen lets a request pass unasked: without a principal, and without a read of a deferred session', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const User = cookie<User>('user', { storage, deferred: true })
  const { browser } = await guarded(t, authenticate(User, { skipWhen: (ctx) => ctx.path === '/public' }), User)
  const ada = browser()
  t.deepEqual(await ada.json('/public'), { principal: null })
  await ada.get('/login')
  t.deepEqual(await ada.json('/public'), { principal: null })
  t.is(storage.count('read'), 0)
  t.deepEqual(await ada.json('/private'), { principal: { id: 'ada', banned: false } })
  t.is(storage.count('read'), 1)
})

test('who passes a guard without a session is not the principal of the guard before it', async (t) => {
  const Admin = cookie<User>('admin')
  for (const [what, guard] of Object.entries({
    optional: authenticate(Admin, { optional: true }),
    skipWhen: authenticate(Admin, { skipWhen: () => true }),
  })) {
    const { browser } = await serveMiddlewares(t, [
      sessions([Plain, Admin]),
      routed({ '/login': login(Plain) }),
      any(authenticate(Plain)),
      any(guard),
      whoami,
    ])
    const ada = browser()
    await ada.get('/login')
    t.deepEqual(await ada.json('/'), { principal: null }, what)
  }
})

const SILENT: Readonly<Record<string, Challenge>> = {
  'does nothing': () => {},
  'does nothing, later': async () => {
    await Promise.resolve()
  },
  'gives something back': () => 'please log in',
  'sets a header only': (ctx) => ctx.set('X-Reason', 'none'),
  'says nothing but 401': (ctx) => {
    ctx.status = 401
  },
}

for (const [what, challenge] of Object.entries(SILENT)) {
  test(`a challenge that ${what} still denies`, async (t) => {
    const { browser } = await guarded(t, authenticate(Plain, { challenge }))
    const page = await browser().get('/')
    t.is(page.status, 401)
    t.is(page.text, 'Unauthorized')
  })
}

for (const [what, prepare] of Object.entries<Handler>({
  'a status': (ctx) => {
    ctx.status = 200
  },
  'a page': (ctx) => {
    ctx.body = 'a page for everybody'
  },
})) {
  test(`${what} that was on the response before is no answer of the challenge`, async (t) => {
    for (const challenge of [undefined, SILENT['does nothing']]) {
      const { browser } = await serveMiddlewares(t, [
        sessions([Plain]),
        async (ctx, next) => {
          await prepare(ctx)
          await next()
        },
        any(authenticate(Plain, challenge ? { challenge } : {})),
        whoami,
      ])
      const page = await browser().get('/')
      t.is(page.status, 401)
      t.is(page.text, 'Unauthorized')
    }
  })
}

test('a challenge that answers is the answer', async (t) => {
  const cases: readonly (readonly [Challenge, number, string])[] = [
    [(ctx) => void (ctx.body = 'please log in'), 200, 'please log in'],
    [(ctx) => ctx.throw(403, 'members only'), 403, 'members only'],
    [(ctx) => void (ctx.status = 204), 204, ''],
    [
      (ctx) => {
        ctx.respond = false
        ctx.res.writeHead(418).end('raw')
      },
      418,
      'raw',
    ],
  ]
  for (const [challenge, status, text] of cases) {
    const { browser } = await guarded(t, authenticate(Plain, { challenge }))
    const page = await browser().get('/')
    t.deepEqual([page.status, page.text], [status, text])
  }
})

test('a challenge of 401 keeps the header that says how to log in', async (t) => {
  const { browser } = await guarded(
    t,
    authenticate(Plain, {
      challenge: (ctx) => {
        ctx.status = 401
        ctx.set('WWW-Authenticate', 'Bearer')
      },
    }),
  )
  t.is((await browser().get('/')).headers.get('www-authenticate'), 'Bearer')
})

test('an error in the challenge is an error, and nobody passes', async (t) => {
  const { browser, errors } = await guarded(
    t,
    authenticate(Plain, { challenge: () => Promise.reject(new Error('no template')) }),
  )
  t.is((await browser().get('/')).status, 500)
  t.is(errors.length, 1)
})

test('that a request is denied depends on its session, and caches are told', async (t) => {
  for (const challenge of [undefined, '/login', SILENT['does nothing']]) {
    const { browser } = await guarded(t, authenticate(Plain, challenge ? { challenge } : {}))
    t.is((await browser().get('/')).headers.get('vary'), 'Cookie', String(challenge))
  }
})

test('behind a storage that is down it is 503, not 401, and the cookie stays', async (t) => {
  const control = controlledStorage(memoryStorage())
  const storage = control
  const User = cookie<User>('user', { storage })
  for (const guard of [authenticate(User, { optional: true }), requireFresh(User, '1h')]) {
    const { browser, errors } = await serveMiddlewares(t, [
      sessions([User]),
      routed({ '/login': login(User) }),
      any(guard),
      whoami,
    ])
    const ada = browser()
    await ada.get('/login')
    control.break('rejects', 'read')
    const page = await ada.get('/')
    control.mend()
    t.is(page.status, 503)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
  }
})

test('a definition that is not mounted is an error that lists what is, at the first request through the guard', async (t) => {
  const Admin = cookie<User>('admin')
  for (const guard of [authenticate(Admin), authenticate(Admin, { optional: true }), requireFresh(Admin, '1h')]) {
    const { browser, errors } = await serveMiddlewares(t, [sessions([Plain]), any(guard), whoami])
    t.is((await browser().get('/')).status, 500)
    t.deepEqual(codes(errors), ['ERR_SESSION_NOT_MOUNTED'])
    t.regex(String(errors[0]), /'admin'.*mounted: user/)
  }
})

test('a guard without sessions before it is an error that says where to mount them', async (t) => {
  for (const guard of [authenticate(Plain), requireFresh(Plain, '1h')]) {
    const { browser, errors } = await serveMiddlewares(t, [any(guard), sessions([Plain]), whoami])
    t.is((await browser().get('/')).status, 500)
    t.deepEqual(codes(errors), ['ERR_SESSION_NOT_MOUNTED'])
    t.regex(String(errors[0]), /mount sessions\(\[…\]\) before it/)
  }
})

test('a guard of no definition, or with an option that does not exist, is refused at once', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      nothing: () => authenticate(any<typeof Plain>(undefined)),
      'a name': () => authenticate(any<typeof Plain>('user')),
      'fresh nothing': () => requireFresh(any(undefined), '1h'),
    },
    /takes a definition, made by cookie\(\)/,
  )
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      authenticate: () => authenticate(Plain, any<object>({ chalenge: '/login' })),
      requireFresh: () => requireFresh(Plain, '1h', any({ chalenge: '/login' })),
    },
    /no option 'chalenge'.*challenge/,
  )
})

test('a guard that loads a deferred session keeps what was set before it', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), deferred: true })
  const { browser } = await serveMiddlewares(t, [
    sessions([User]),
    routed({ '/login': login(User) }),
    async (ctx, next) => {
      ctx.sessions.clear(User)
      ctx.sessions.set(User, { id: 'bob' })
      await next()
    },
    any(authenticate(User)),
    whoami,
  ])
  const ada = browser()
  await ada.get('/login')
  t.deepEqual(await ada.json('/'), { principal: { id: 'bob' } })
})

test('a guard on a route, or on all routes of a router, guards these and no others', async (t) => {
  const router = new Router()
  router.get('/', (ctx) => void (ctx.body = 'welcome'))
  router.get('/account', authenticate(Plain, { validate: ({ id }) => ({ name: id }) }), (ctx) => {
    ctx.body = ctx.principal.name
  })
  const inner = new Router({ prefix: '/inner' })
  inner.use(authenticate(Plain))
  inner.get('/page', (ctx) => void (ctx.body = 'inside'))
  const { browser } = await serveMiddlewares(t, [
    sessions([Plain]),
    routed({ '/login': login(Plain) }),
    any(router.routes()),
    any(inner.routes()),
  ])
  const ada = browser()
  t.is((await ada.get('/')).text, 'welcome')
  t.is((await ada.get('/account')).status, 401)
  t.is((await ada.get('/inner/page')).status, 401)
  await ada.get('/login')
  t.is((await ada.get('/account')).text, 'ada')
  t.is((await ada.get('/inner/page')).text, 'inside')
})

for (const [what, skipWhen, given] of [
  ['a promise of true', async () => true, 'a promise'],
  ['a promise of false', async () => false, 'a promise'],
  ['a promise that rejects', () => Promise.reject(new Error('never unhandled')), 'a promise'],
  ['a text', () => 'false', 'a string'],
  ['a number', () => 1, 'a number'],
  ['nothing', () => undefined, 'undefined'],
  ['null', () => null, 'null'],
  ['an object', () => ({}), 'an object'],
] as const) {
  test(`a skipWhen that gives ${what} lets nobody pass, and is an error that says so`, async (t) => {
    const { browser, errors } = await guarded(t, authenticate(Plain, { skipWhen: any(skipWhen) }))
    t.is((await browser().get('/')).status, 500)
    const ada = browser()
    await ada.get('/login')
    t.is((await ada.get('/')).status, 500)
    t.deepEqual(codes(errors), ['ERR_SESSION_CONFIG', 'ERR_SESSION_CONFIG'])
    t.is(
      (errors[0] as Error).message,
      `authenticate() of session 'user': 'skipWhen' must return true or false, not ${given}`,
    )
  })
}

test('validate and challenge may be asynchronous: what they come to counts, and not the promise', async (t) => {
  const guard = authenticate<User, unknown>(Plain, {
    validate: async ({ banned }) => !banned && 'somebody',
    challenge: async (ctx, reason) => {
      await new Promise(setImmediate)
      ctx.status = 403
      ctx.body = reason
    },
  })
  const { browser } = await guarded(t, guard)
  const [ada, banned, stranger] = [browser(), browser(), browser()]
  await ada.get('/login')
  await banned.get('/login?banned=yes')
  t.deepEqual(await ada.json('/'), { principal: 'somebody' })
  t.is((await banned.get('/')).text, 'refused')
  t.is((await stranger.get('/')).text, 'no-session')
})
