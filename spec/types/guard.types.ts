/*
 * Compiled, never run: what the guard makes of a context.
 */
import Router from '@koa/router'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import { authenticate, cookie, memoryStorage, requireFresh, sessions, type ListedSession } from 'koa-typed-sessions'

interface UserSession {
  id: string
  device?: string
}
const UserSession = cookie<UserSession>('user_session', { storage: memoryStorage(), subject: (user) => user.id })

const router = new Router()
router.get('/account', authenticate(UserSession), (ctx) => {
  expectTypeOf(ctx.principal).toEqualTypeOf<Readonly<UserSession>>()
  expectTypeOf(ctx.sessions).not.toBeAny()
})
router.get(
  '/name',
  authenticate(UserSession, { validate: async ({ id }) => (id === 'ada' ? { name: id } : undefined) }),
  (ctx) => {
    expectTypeOf(ctx.principal).toEqualTypeOf<{ name: string }>()
  },
)
router.get('/maybe', authenticate(UserSession, { optional: true }), (ctx) => {
  expectTypeOf(ctx.principal).toEqualTypeOf<Readonly<UserSession> | undefined>()
})
router.get('/skipped', authenticate(UserSession, { skipWhen: (ctx) => ctx.ip === '::1' }), (ctx) => {
  expectTypeOf(ctx.principal).toEqualTypeOf<Readonly<UserSession> | undefined>()
})
router.post('/password', authenticate(UserSession), requireFresh(UserSession, '10m'), (ctx) => {
  expectTypeOf(ctx.principal).toEqualTypeOf<Readonly<UserSession>>()
})

const app = new Koa()
const middleware = sessions([UserSession])
app.use(middleware)
new Koa()
  .use(middleware)
  .use(authenticate(UserSession))
  .use((ctx) => {
    expectTypeOf(ctx.principal).toEqualTypeOf<Readonly<UserSession>>()
  })

// What an app shows of its users' devices.
expectTypeOf(middleware.list(UserSession, 'ada')).toEqualTypeOf<Promise<ListedSession[]>>()
expectTypeOf(middleware.list(UserSession, 'ada', { show: ({ device }) => device ?? 'unknown' })).toEqualTypeOf<
  Promise<ListedSession<string>[]>
>()
app.use(async (ctx) => {
  await middleware.list(UserSession, 'ada', { ctx })
  await middleware.revokeAll(UserSession, 'ada', { except: ctx })
})

// @ts-expect-error: a misspelt option
authenticate(UserSession, { chalenge: '/login' })
// @ts-expect-error: a duration without a unit
requireFresh(UserSession, '10')
// @ts-expect-error: validate is given the session
authenticate(UserSession, { validate: ({ name }) => name })
// @ts-expect-error: show is given the value
void middleware.list(UserSession, 'ada', { show: ({ browser }) => browser })
