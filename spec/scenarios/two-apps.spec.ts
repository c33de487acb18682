import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import Koa, { type Middleware } from 'koa'
import { cookie, memoryStorage, sessions, sign, type SessionsOptions } from 'koa-typed-sessions'
import { serve } from '../support/serve.ts'
import { Browser } from '../support/browser.ts'
import { codes, routed } from '../support/app.ts'

interface User {
  id: string
}

const User = cookie<User>('user')
const newKey = (): string => randomBytes(32).toString('base64url')

const routes = routed({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada' }),
  '/read': (ctx) => void (ctx.body = ctx.sessions.get(User)?.id ?? 'none'),
})

/** An app with keys of its own, behind a middleware that others may have too. */
async function app(t: ExecutionContext, keys: string[] | undefined, ...middlewares: Middleware[]) {
  const koa = new Koa()
  if (keys) koa.keys = keys
  const errors: unknown[] = []
  koa.on('error', (error) => errors.push(error))
  for (const middleware of middlewares) koa.use(middleware)
  const url = await serve(t, koa)
  return { koa, errors, browser: () => new Browser(url) }
}

const shared = (options?: SessionsOptions): Middleware => sessions([User], options)

test('two apps with keys of their own cannot share one sessions([…]): the second is refused, and signs nothing', async (t) => {
  const middleware = shared()
  const one = await app(t, [newKey()], middleware, routes)
  const other = await app(t, [newKey()], middleware, routes)
  const ada = one.browser()
  await ada.get('/login')
  const eve = other.browser()
  for (let round = 0; round < 2; round++) {
    const refused = await eve.get('/login')
    t.is(refused.status, 500)
    t.deepEqual(refused.setCookie, [])
    t.is((await ada.get('/read')).text, 'ada')
  }
  t.deepEqual(codes(other.errors), ['ERR_SESSION_CONFIG', 'ERR_SESSION_CONFIG'])
  t.regex(String(other.errors[0]), /two apps whose keys differ.*make one for each app.*\{ keys \}/)
  t.deepEqual(one.errors, [])
})

test('two apps at once, neither of which has answered before, are not mixed up', async (t) => {
  const middleware = shared()
  const apps = [await app(t, [newKey()], middleware, routes), await app(t, [newKey()], middleware, routes)]
  const pages = await Promise.all(apps.map(({ browser }) => browser().get('/login')))
  t.deepEqual(new Set(pages.map(({ status }) => status)), new Set([204, 500]))
})

test('two apps with equal keys share one, also after both have rotated', async (t) => {
  const middleware = shared()
  const [old, fresh] = [newKey(), newKey()]
  const one = await app(t, [old], middleware, routes)
  const other = await app(t, [old.slice(0, 20) + old.slice(20)], middleware, routes)
  const ada = one.browser()
  await ada.get('/login')
  const there = other.browser()
  there.cookies.set('user', ada.cookies.get('user') ?? '')
  t.is((await there.get('/read')).text, 'ada')
  one.koa.keys = [fresh, old]
  t.is((await there.get('/read')).text, 'ada', 'the first app was not asked since')
  other.koa.keys = [fresh, old]
  t.is((await ada.get('/read')).text, 'ada')
  t.is((await there.get('/read')).text, 'ada')
  t.deepEqual([...one.errors, ...other.errors], [])
})

test('with { keys } or { app } it is said whose keys are meant, and any app may use it', async (t) => {
  const keyed = await app(t, [newKey()])
  for (const options of [{ keys: [newKey()] }, { app: keyed.koa }]) {
    const middleware = shared(options)
    const one = await app(t, [newKey()], middleware, routes)
    const other = await app(t, undefined, middleware, routes)
    const ada = one.browser()
    await ada.get('/login')
    const there = other.browser()
    there.cookies.set('user', ada.cookies.get('user') ?? '')
    t.is((await there.get('/read')).text, 'ada')
    t.deepEqual([...one.errors, ...other.errors], [])
  }
})

test('sessions that are not signed with the keys of an app do not care whose request it is', async (t) => {
  const ById = cookie<User>('by_id', { storage: memoryStorage() })
  const Signed = cookie<User>('signed', { transform: sign(newKey()) })
  const middleware = sessions([ById, Signed])
  for (const keys of [[newKey()], [newKey()], undefined]) {
    const { browser } = await app(t, keys, middleware, (ctx) => {
      ctx.sessions.set(ById, { id: 'ada' })
      ctx.sessions.set(Signed, { id: 'ada' })
    })
    t.is((await browser().get('/')).setCookie.length, 2)
  }
})

test('an app that is mounted in another one signs with the keys of the outer one, whose requests they are', async (t) => {
  const inner = new Koa()
  inner.keys = [newKey()]
  inner.use(shared()).use(routes)
  const [first, second] = inner.middleware as unknown as [Middleware, Middleware]
  // As koa-mount does: the middlewares of the inner app, with the context of the outer one.
  const mounted: Middleware = (ctx, next) => first(ctx, () => second(ctx, next) as Promise<void>)
  const key = newKey()
  const outer = await app(t, [key], mounted)
  const ada = outer.browser()
  await ada.get('/login')
  const same = await app(t, [key], shared(), routes)
  const there = same.browser()
  there.cookies.set('user', ada.cookies.get('user') ?? '')
  t.is((await there.get('/read')).text, 'ada')
})

test('keys that the app is given after the first request count from then on', async (t) => {
  const late = await app(t, undefined, shared(), routes)
  const ada = late.browser()
  t.is((await ada.get('/login')).status, 500)
  t.deepEqual(codes(late.errors), ['ERR_SESSION_KEYS'])
  late.koa.keys = [newKey()]
  await ada.get('/login')
  t.is((await ada.get('/read')).text, 'ada')
})

test('a key that is taken out of app.keys in place is refused at once; without any key left, everything is', async (t) => {
  const [leaked, good] = [newKey(), newKey()]
  const keys = [leaked]
  const { browser, errors } = await app(t, keys, shared(), routes)
  const ada = browser()
  await ada.get('/login')
  for (let round = 0; round < 4; round++) t.is((await ada.get('/read')).text, 'ada')
  const thief = ada.copy()
  keys.unshift(good)
  t.is((await ada.get('/read')).text, 'ada')
  keys.pop()
  t.is((await thief.get('/read')).text, 'none')
  t.is((await ada.get('/read')).text, 'ada', 'who came meanwhile has a token of the new key')
  keys.pop()
  t.is((await ada.get('/read')).status, 500)
  t.is((await ada.get('/login')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_KEYS', 'ERR_SESSION_KEYS'])
  keys.push(good)
  t.is((await ada.get('/read')).text, 'ada', 'and its cookie was not expired')
})
