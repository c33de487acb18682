import Router from '@koa/router'
import Koa from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { Theme } from './theme.ts'
import { goods, view } from './view.ts'

interface User {
  name: string
}

interface Basket {
  pieces: Record<string, number>
}

/** By value: what is in it matters to nobody else, and the server keeps nothing of the many who never buy. */
const Basket = cookie<Basket>('basket', { idleTimeout: '30d', absoluteTimeout: '90d' })

export interface ManySessionsOptions {
  /** What the basket is signed with. */
  readonly keys: string[]
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ keys, prefix = '' }: ManySessionsOptions): Koa {
  // By id: the server can end it, and nobody reads it in the browser.
  const User = cookie<User>('user', { storage: memoryStorage(), subject: (user) => user.name, idleTimeout: '30m' })
  const router = new Router({ prefix })

  router.get('/', (ctx) => {
    const user = ctx.sessions.get(User)
    const basket = ctx.sessions.get(Basket)
    const theme = ctx.sessions.get(Theme)
    const body = view(prefix, user?.name, basket?.pieces ?? {})
    ctx.body = page({ title: 'Many sessions', prefix, body, theme: theme?.colour })
  })

  router.post('/user', async (ctx) => {
    const name = (await readForm(ctx)).get('name')?.trim().slice(0, 40)
    if (name) ctx.sessions.set(User, { name })
    else ctx.sessions.clear(User)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/basket', async (ctx) => {
    const item = (await readForm(ctx)).get('item') ?? ''
    if (!goods.includes(item)) return ctx.throw(400, `there is no ${item}`)
    await ctx.sessions.update(Basket, (basket) => ({
      pieces: { ...basket?.pieces, [item]: (basket?.pieces[item] ?? 0) + 1 },
    }))
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/basket/empty', (ctx) => {
    ctx.sessions.clear(Basket)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/theme', async (ctx) => {
    const colour = (await readForm(ctx)).get('colour')
    if (colour === 'light' || colour === 'dark') ctx.sessions.set(Theme, { colour })
    else ctx.sessions.clear(Theme)
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.keys = keys
  app.use(sessions([User, Basket, Theme]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
