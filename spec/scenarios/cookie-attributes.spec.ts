import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'
import { attributesOf, cookieOf, lineOf, maxAgeOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

const PLAIN = ['HttpOnly', 'Path=/', 'SameSite=Lax']
const SECURE = [...PLAIN, 'Secure'].toSorted()

test('a cookie goes to its own host only, is hidden from scripts and from other sites, and lives as long as the session', async (t) => {
  const ByValue = cookie<Visit>('by_value')
  const ById = cookie<Visit>('by_id', { storage: memoryStorage() })
  const { request } = await serveApp(
    t,
    [ByValue, ById],
    {
      '/': ({ sessions }) => (sessions.set(ByValue, { count: 1 }), sessions.set(ById, { count: 1 })),
    },
    { clock: () => Date.UTC(2026, 0, 1) },
  )
  const reply = await request('/')
  t.deepEqual(attributesOf(lineOf(reply, 'by_value')), PLAIN)
  t.deepEqual(attributesOf(lineOf(reply, 'by_id')), PLAIN)
  t.is(maxAgeOf(lineOf(reply, 'by_value')), 7 * 86_400)
  t.is(maxAgeOf(lineOf(reply, 'by_id')), 30 * 86_400)
})

test('it is Secure in production and on a request that came by TLS, where the app trusts the proxy that says so', async (t) => {
  const Visits = cookie<Visit>('visits')
  const { app, request } = await serveApp(t, [Visits], {
    '/': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/clear': ({ sessions }) => sessions.clear(Visits),
  })
  const byTls = { headers: { 'x-forwarded-proto': 'https' } }
  app.env = 'development'
  t.deepEqual(attributesOf(lineOf(await request('/'), 'visits')), PLAIN)
  t.deepEqual(attributesOf(lineOf(await request('/', byTls), 'visits')), PLAIN)
  app.proxy = true
  t.deepEqual(attributesOf(lineOf(await request('/'), 'visits')), PLAIN)
  t.deepEqual(attributesOf(lineOf(await request('/', byTls), 'visits')), SECURE)
  app.proxy = false
  app.env = 'production'
  const reply = await request('/')
  t.is(reply.status, 204)
  t.deepEqual(attributesOf(lineOf(reply, 'visits')), SECURE)
  t.deepEqual(attributesOf(lineOf(await request('/clear', { cookie: cookieOf(reply, 'visits') }), 'visits')), SECURE)
})

test('what the definition says of Secure goes before what the request says', async (t) => {
  const Never = cookie<Visit>('never', { cookie: { secure: false } })
  const Always = cookie<Visit>('always', { cookie: { secure: true } })
  const { app, request } = await serveApp(t, [Never, Always], {
    '/': ({ sessions }) => (sessions.set(Never, { count: 1 }), sessions.set(Always, { count: 1 })),
  })
  for (const env of ['development', 'production']) {
    app.env = env
    const reply = await request('/')
    t.deepEqual(attributesOf(lineOf(reply, 'never')), PLAIN)
    t.deepEqual(attributesOf(lineOf(reply, 'always')), SECURE)
  }
})

test('each attribute may be a function of the context: a login that asks to be remembered, one per tenant', async (t) => {
  interface Context {
    query: Record<string, string>
  }
  const Visits = cookie<Visit>('visits', {
    storage: memoryStorage(),
    cookie: {
      maxAge: (ctx) => ((ctx as unknown as Context).query['remember'] ? '30d' : null),
      domain: (ctx) => (ctx as unknown as Context).query['tenant'],
      path: () => '/shop',
      secure: () => true,
      httpOnly: () => false,
      sameSite: () => 'strict',
      partitioned: () => true,
      priority: () => 'low',
    },
  })
  const { request } = await serveApp(
    t,
    [Visits],
    { '/': ({ sessions }) => sessions.set(Visits, { count: 1 }) },
    { clock: () => 1e12 },
  )
  const given = ['Partitioned', 'Path=/shop', 'Priority=Low', 'SameSite=Strict', 'Secure']
  const line = lineOf(await request('/'), 'visits')
  t.deepEqual(attributesOf(line), given)
  t.is(maxAgeOf(line), undefined)
  const other = lineOf(await request('/?remember=1&tenant=a.example.org'), 'visits')
  t.deepEqual(attributesOf(other), ['Domain=a.example.org', ...given])
  t.is(maxAgeOf(other), 30 * 86_400)
})

test('a domain that a request put into an attribute cannot smuggle in another attribute or header', async (t) => {
  const Visits = cookie<Visit>('visits', {
    cookie: { domain: (ctx) => (ctx as unknown as { query: Record<string, string> }).query['d'] },
  })
  const { request, errors } = await serveApp(t, [Visits], { '/': ({ sessions }) => sessions.set(Visits, { count: 1 }) })
  for (const domain of ['a; Path=/admin', 'a\r\nSet-Cookie: b=c', 'a\nb', 'a\0']) {
    const reply = await request(`/?d=${encodeURIComponent(domain)}`)
    t.is(reply.status, 500)
    t.deepEqual(reply.setCookie, [])
  }
  t.is(errors.length, 4)
})

for (const [attribute, told] of Object.entries({
  secure: 'secure must be true or false, not a promise',
  httpOnly: 'httpOnly must be true or false, not a promise',
  sameSite: "sameSite must be one of 'strict', 'lax', 'none', not a promise",
  maxAge: 'maxAge must be a duration',
  path: 'path must be a text',
})) {
  test(`an attribute that comes as a promise is an error of the request, and no cookie is sent: ${attribute}`, async (t) => {
    const compute = (): Promise<never> => Promise.reject(new Error('never unhandled'))
    const Late = cookie<{ count: number }>('late', { cookie: { [attribute]: compute } })
    const { request, errors } = await serveApp(t, [Late], { '/': ({ sessions: s }) => s.set(Late, { count: 1 }) })
    const reply = await request('/')
    t.is(reply.status, 500)
    t.deepEqual(reply.setCookie, [])
    t.regex(String(errors[0]), new RegExp(`session 'late': cookie.${told}`))
    await new Promise(setImmediate)
  })
}
