// Two parts of one app that use one name for different types: what separates them, and what does not.
import Router from '@koa/router'
import test, { type ExecutionContext } from 'ava'
import { cookie, encrypt, header, memoryStorage, sessions, sign, type CookieSessionOptions } from 'koa-typed-sessions'
import { z } from 'zod'
import { serveMiddlewares } from '../support/app.ts'

interface Customer {
  customer: string
}
interface Clerk {
  clerk: string
}

type Options<T extends object> = CookieSessionOptions<T>

const SHOP_KEYS = ['the key of the shop, for this spec only']
const OFFICE_KEYS = ['the key of the office, for this spec only']

/** Two routers, each with sessions of its own under the name `user`. */
async function parts(t: ExecutionContext, shop: Options<Customer>, office: Options<Clerk>, keyed = false) {
  const Shop = cookie<Customer>('user', shop)
  const Office = cookie<Clerk>('user', office)
  const shopRouter = new Router({ prefix: '/shop' })
  shopRouter.use(sessions([Shop], keyed ? { keys: SHOP_KEYS } : {}))
  shopRouter.get('/in', (ctx) => {
    ctx.sessions.set(Shop, { customer: 'ada' })
    ctx.body = 'in'
  })
  shopRouter.get('/', (ctx) => void (ctx.body = ctx.sessions.get(Shop) ?? 'none'))
  const officeRouter = new Router({ prefix: '/office' })
  officeRouter.use(sessions([Office], keyed ? { keys: OFFICE_KEYS } : {}))
  officeRouter.get('/', (ctx) => void (ctx.body = ctx.sessions.get(Office) ?? 'none'))
  officeRouter.get('/out', (ctx) => {
    ctx.sessions.clear(Office)
    ctx.body = 'out'
  })
  const story = await serveMiddlewares(t, [shopRouter.routes() as never, officeRouter.routes() as never])
  const ada = story.browser()
  await ada.get('/shop/in')
  return { ...story, ada }
}

const isShop = z.object({ customer: z.string() })
const isClerk = z.object({ clerk: z.string() })

const SEPARATING: Readonly<Record<string, readonly [Options<Customer>, Options<Clerk>, keyed?: boolean]>> = {
  'keys of the mounts': [{}, {}, true],
  'keys of the transformers': [{ transform: sign(SHOP_KEYS) }, { transform: encrypt({ keys: OFFICE_KEYS }) }],
  storages: [{ storage: memoryStorage() }, { storage: memoryStorage() }],
  'a storage and a signature': [{ storage: memoryStorage() }, {}],
  'a signature and a storage': [{}, { storage: memoryStorage() }],
  schemas: [{ schema: isShop }, { schema: isClerk }],
  'schemas on one storage': [
    { schema: isShop, storage: memoryStorage() },
    { schema: isClerk, storage: memoryStorage() },
  ],
}

for (const [what, [shop, office, keyed]] of Object.entries(SEPARATING)) {
  test(`two sessions of one name are separated by ${what}, and reading one leaves the other's cookie alone`, async (t) => {
    const { ada } = await parts(t, shop, office, keyed)
    const page = await ada.get('/office/')
    t.is(page.text, 'none')
    t.deepEqual(page.setCookie, [])
    t.deepEqual(await ada.json('/shop/'), { customer: 'ada' })
  })
}

test('the paths of cookies separate nothing: the client chooses where it sends a token', async (t) => {
  const { ada } = await parts(t, { cookie: { path: '/shop' } }, { cookie: { path: '/office' } })
  t.deepEqual(await ada.json('/office/'), { customer: 'ada' })
})

test('a logout in one part expires the cookie, as it says', async (t) => {
  const { ada } = await parts(t, {}, {}, true)
  await ada.get('/office/')
  t.regex((await ada.get('/office/out')).setCookie.join(), /^user=;.*Max-Age=0/)
})

test('a cookie that only one part of the app knows is expired as before where it is refused', async (t) => {
  const Shop = cookie<Customer>('user')
  const Other = header<Clerk>('user')
  const { browser } = await serveMiddlewares(t, [
    sessions([Other]),
    sessions([Shop]),
    (ctx) => void (ctx.body = ctx.sessions.get(Shop) ?? 'none'),
  ])
  const page = await browser().get('/', { headers: { cookie: 'user=forged' } })
  t.regex(page.setCookie.join(), /^user=;.*Max-Age=0/)
})

test('one definition that is mounted on two routers is one: what is refused is expired', async (t) => {
  const Shop = cookie<Customer>('user')
  const { browser } = await serveMiddlewares(t, [
    (ctx, next) => sessions([Shop])(ctx, next),
    (ctx) => void (ctx.body = ctx.sessions.get(Shop) ?? 'none'),
  ])
  await browser().get('/')
  const page = await browser().get('/', { headers: { cookie: 'user=forged' } })
  t.regex(page.setCookie.join(), /^user=;.*Max-Age=0/)
})
