import Router from '@koa/router'
import Koa from 'koa'
import { authenticate, memoryStorage, returnPath, sessions, type Clock } from 'koa-typed-sessions'
import { bundle } from '../support/bundle.ts'
import { readForm } from '../support/form.ts'
import { page, type Html } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { Users } from '../support/users.ts'
import { accountMirror, accountSession, ITEMS } from './session.ts'
import { account, loginForm } from './views.ts'

export interface LiveAccountOptions {
  /** The time in epoch milliseconds, for tests. Default: the system's. */
  readonly clock?: Clock
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ clock = Date.now, prefix = '' }: LiveAccountOptions = {}): Koa {
  const Account = accountSession(memoryStorage({ clock }))
  const shown = accountMirror(Account)
  const mounted = sessions([Account], { clock })
  const users = new Users()
  const script = bundle(new URL('page.ts', import.meta.url))
  const router = new Router({ prefix })
  const signedIn = authenticate(Account, { challenge: `${prefix}/login` })

  function answer(ctx: Koa.ExtendableContext, title: string, body: Html): void {
    // So that the Back button does not show it after the logout.
    ctx.set('Cache-Control', 'private, no-store')
    ctx.body = page({ title, prefix, body })
  }

  router.get('/', signedIn, async (ctx) => {
    answer(ctx, 'Live account', account(prefix, ctx.principal, await shown.snapshot(ctx)))
  })

  router.get('/page.js', async (ctx) => {
    ctx.type = 'text/javascript'
    ctx.body = await script()
  })

  router.get('/session', shown)

  router.get('/login', (ctx) => answer(ctx, 'Sign in', loginForm()))

  router.post('/login', async (ctx) => {
    const form = await readForm(ctx)
    const user = form.get('user') ?? ''
    if (!(await users.isPassword(user, form.get('password') ?? ''))) {
      ctx.status = 401
      return answer(ctx, 'Sign in', loginForm(user))
    }
    ctx.sessions.set(Account, { user, name: user, basket: {}, signedInFrom: ctx.ip }, { regenerate: true })
    seeOther(ctx, returnPath(ctx, `${prefix}/`))
  })

  router.post('/name', signedIn, async (ctx) => {
    const name = ((await readForm(ctx)).get('name') ?? '').trim().slice(0, 40)
    if (name) await ctx.sessions.update(Account, (now) => now && { ...now, name })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/basket', signedIn, async (ctx) => {
    const item = (await readForm(ctx)).get('item') ?? ''
    if (!ITEMS.includes(item)) return ctx.throw(422)
    await ctx.sessions.update(
      Account,
      (now) => now && { ...now, basket: { ...now.basket, [item]: (now.basket[item] ?? 0) + 1 } },
    )
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/logout', (ctx) => {
    ctx.sessions.clear(Account)
    seeOther(ctx, `${prefix}/login`)
  })

  router.post('/logout-everywhere', signedIn, async (ctx) => {
    await mounted.revokeAll(Account, ctx.principal.user)
    ctx.sessions.clear(Account)
    seeOther(ctx, `${prefix}/login`)
  })

  const app = new Koa()
  app.use(mounted)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
