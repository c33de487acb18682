import Router from '@koa/router'
import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, sessions, type AnyDefinition } from 'koa-typed-sessions'
import { namesSetBy } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { KEYS, type Routes, codes, routed, serveApp, serveMiddlewares } from '../support/app.ts'

interface Named {
  name: string
}

const Site = cookie<Named>('site')
const Admin = cookie<Named>('admin', { storage: memoryStorage() })

/** `Site` is everywhere; under `/admin` stands `inner` besides. `around` runs between the two. */
function nested(t: ExecutionContext, outer: AnyDefinition[], inner: AnyDefinition[], routes: Routes, around?: Routes) {
  const mount = sessions(inner, { keys: KEYS })
  const handlers = routed(routes)
  return serveMiddlewares(t, [
    sessions(outer),
    async (ctx, next) => {
      await next()
      await around?.['after']?.(ctx)
    },
    async (ctx, next) => {
      await around?.['before']?.(ctx)
      await (ctx.path.startsWith('/admin')
        ? mount(ctx, () => handlers(ctx, next) as Promise<void>)
        : handlers(ctx, next))
    },
  ])
}

test('a session that is mounted on a router is there for its routes and for no others', async (t) => {
  const admin = new Router({ prefix: '/admin' })
  admin.use(sessions([Admin], { keys: KEYS }))
  admin.get('/in', (ctx) => {
    ctx.sessions.set(Admin, { name: 'root' })
    ctx.sessions.set(Site, { name: 'ada' })
    ctx.body = 'in'
  })
  admin.get('/get', (ctx) => {
    ctx.body = [ctx.sessions.get(Admin)?.name, ctx.sessions.get(Site)?.name]
  })
  const { browser, errors } = await serveMiddlewares(t, [
    sessions([Site]),
    admin.routes() as never,
    routed({
      '/site': (ctx) => void (ctx.body = ctx.sessions.get(Site)?.name),
      '/admin-from-outside': (ctx) => void ctx.sessions.get(Admin),
    }),
  ])
  const ada = browser()
  t.is((await ada.get('/admin/in')).setCookie.length, 2)
  t.deepEqual(await ada.json('/admin/get'), ['root', 'ada'])
  t.is((await ada.get('/site')).text, 'ada')
  t.is((await ada.get('/admin-from-outside')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_NOT_MOUNTED'])
  t.regex(String(errors[0]), /'admin'.*mounted: site/)
})

test('the sessions of an inner mount are not read on routes outside of it', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Inner = cookie<Named>('inner', { storage: control })
  const { browser } = await nested(t, [Site], [Inner], {
    '/admin/in': (ctx) => ctx.sessions.set(Inner, { name: 'root' }),
    '/outside': (ctx) => void (ctx.body = 'outside'),
  })
  const ada = browser()
  await ada.get('/admin/in')
  await ada.get('/outside')
  t.is(control.count('read'), 0)
})

test('a name that an inner mount repeats is its own there, and the outer one outside', async (t) => {
  const Inner = cookie<{ role: string }>('site', { storage: memoryStorage(), cookie: { path: '/admin' } })
  const errors: unknown[] = []
  const { browser } = await nested(t, [Site], [Inner], {
    '/outside': (ctx) => {
      ctx.sessions.set('site', { name: 'ada' })
      ctx.body = ctx.sessions.get('site')
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Site)),
    '/admin/in': (ctx) => {
      ctx.sessions.set('site', { role: 'root' })
      ctx.body = ctx.sessions.get(Inner)
      try {
        ctx.sessions.get(Site)
      } catch (error) {
        errors.push(error)
      }
    },
  })
  const ada = browser()
  await ada.get('/outside')
  const outer = ada.copy()
  t.deepEqual(await outer.copy().json('/admin/in'), { role: 'root' })
  t.deepEqual(codes(errors), ['ERR_SESSION_NOT_MOUNTED'])
  t.deepEqual(await outer.json('/get'), { name: 'ada' })
})

test('a token of the shadowed outer session is no session inside, and is left alone outside', async (t) => {
  const Inner = cookie<{ role: string }>('site', { storage: memoryStorage(), cookie: { path: '/admin' } })
  const { browser } = await nested(t, [Site], [Inner], {
    '/outside': (ctx) => ctx.sessions.set(Site, { name: 'ada' }),
    '/admin/get': (ctx) => void (ctx.body = ctx.sessions.get(Inner) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/outside')
  const page = await ada.get('/admin/get')
  t.is(page.text, 'none')
  t.true(
    page.setCookie.every((line) => line.includes('Path=/admin')),
    'at most the cookie of the inner path is expired',
  )
})

test('the same sessions() twice on one request is an error that says so', async (t) => {
  const mount = sessions([Site])
  const { browser, errors } = await serveMiddlewares(t, [
    mount,
    mount,
    routed({ '/': (ctx) => void (ctx.body = 'home') }),
  ])
  t.is((await browser().get('/')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_CONFIG'])
  t.regex(String(errors[0]), /twice/)
})

test('the same sessions() on two routers that one request never crosses both is fine', async (t) => {
  const mount = sessions([Site])
  const router = new Router()
  router.get('/set', mount, (ctx) => {
    ctx.sessions.set(Site, { name: 'ada' })
    ctx.body = 'set'
  })
  router.get('/get', mount, (ctx) => void (ctx.body = ctx.sessions.get(Site)?.name))
  const { browser } = await serveMiddlewares(t, [router.routes() as never])
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/get')).text, 'ada')
})

test('a middleware between the two mounts reaches the outer session before and after the inner one', async (t) => {
  const { browser } = await nested(
    t,
    [Site],
    [Admin],
    {
      '/admin/page': (ctx) => {
        ctx.sessions.set(Admin, { name: 'root' })
        ctx.body = ctx.sessions.get(Site)
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Site)),
    },
    {
      before: (ctx) => (ctx.path === '/admin/page' ? ctx.sessions.set(Site, { name: 'before' }) : undefined),
      after: (ctx) => (ctx.path === '/admin/page' ? ctx.sessions.set(Site, { name: 'after' }) : undefined),
    },
  )
  const ada = browser()
  const page = await ada.get('/admin/page')
  t.is(page.text, '{"name":"before"}')
  t.is(page.setCookie.length, 2)
  t.deepEqual(await ada.json('/get'), { name: 'after' })
})

for (const when of ['before', 'after'] as const) {
  test(`a logout of the outer session ${when} an inner mount that repeats its name is carried out`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const Outer = cookie<Named>('same', { storage: control })
    const Inner = cookie<Named>('same', { storage: memoryStorage(), cookie: { path: '/admin' } })
    const { browser } = await nested(
      t,
      [Outer],
      [Inner],
      {
        '/in': (ctx) => ctx.sessions.set(Outer, { name: 'ada' }),
        '/get': (ctx) => void (ctx.body = ctx.sessions.get(Outer) ?? 'none'),
        '/admin/out': (ctx) => void (ctx.body = 'inside'),
      },
      { [when]: (ctx) => (ctx.path === '/admin/out' ? ctx.sessions.clear(Outer) : undefined) },
    )
    const ada = browser()
    await ada.get('/in')
    const thief = ada.copy()
    await ada.get('/admin/out')
    t.is(control.count('delete'), 1)
    t.is((await thief.get('/get')).text, 'none')
  })
}

test('an outer and an inner session by id on one storage are two', async (t) => {
  const storage = memoryStorage()
  const Outer = cookie<Named>('outer', { storage })
  const Inner = cookie<Named>('inner', { storage })
  const { browser } = await nested(t, [Outer], [Inner], {
    '/admin/in': (ctx) => {
      ctx.sessions.set(Outer, { name: 'outer' })
      ctx.sessions.set(Inner, { name: 'inner' })
    },
    '/admin/get': (ctx) => void (ctx.body = [ctx.sessions.get(Outer)?.name, ctx.sessions.get(Inner)?.name]),
  })
  const ada = browser()
  await ada.get('/admin/in')
  t.deepEqual(await ada.json('/admin/get'), ['outer', 'inner'])
})

test('behind an error inside, both mounts store what an error of the client stores, and nothing behind one of ours', async (t) => {
  const { browser } = await nested(t, [Site], [Admin], {
    '/admin/401': (ctx) => {
      ctx.sessions.set(Site, { name: 'ada' })
      ctx.sessions.set(Admin, { name: 'root' })
      ctx.throw(401)
    },
    '/admin/500': (ctx) => {
      ctx.sessions.set(Site, { name: 'ada' })
      ctx.sessions.set(Admin, { name: 'root' })
      ctx.throw(500)
    },
  })
  t.deepEqual(namesSetBy(await browser().get('/admin/401')), ['admin', 'site'])
  t.deepEqual(namesSetBy(await browser().get('/admin/500')), [])
})

test('without a mount there is nothing to be found under ctx.sessions', async (t) => {
  const { browser } = await serveMiddlewares(t, [routed({ '/': (ctx) => void (ctx.body = typeof ctx.sessions) })])
  t.is((await browser().get('/')).text, 'undefined')
  const { browser: mounted } = await serveApp(t, [Site], { '/': (ctx) => void (ctx.body = typeof ctx.sessions) })
  t.is((await mounted().get('/')).text, 'object')
})
