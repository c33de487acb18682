import Router from '@koa/router'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type Clock } from 'koa-typed-sessions'
import { page, type Html } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { begin, present, stillThere } from './views.ts'

interface Presence {
  actions: number
}

/** Short enough to be watched; 30 minutes and 12 hours are more like it. In milliseconds. */
const IDLE = 60_000
const ABSOLUTE = 300_000
/** How long before the idle end the page asks. */
const WARNING = 20_000

export interface TimeoutsOptions {
  /** The time in epoch milliseconds, for tests. Default: the system's. */
  readonly clock?: Clock
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ clock = Date.now, prefix = '' }: TimeoutsOptions = {}): Koa {
  const Presence = cookie<Presence>('presence', {
    storage: memoryStorage({ clock }),
    idleTimeout: IDLE,
    absoluteTimeout: ABSOLUTE,
  })

  function answer(ctx: Koa.ExtendableContext, title: string, body: Html): void {
    ctx.body = page({ title, prefix, body })
  }

  /** No script: the browser goes there by itself, unless somebody goes elsewhere before. */
  function goLater(ctx: Koa.ExtendableContext, milliseconds: number, path: string): void {
    ctx.set('Refresh', `${Math.ceil(milliseconds / 1000)}; url=${prefix}${path}`)
  }

  // In front of the sessions: a request that carries a session keeps it alive, and a page that only asks must not.
  const outside = new Router({ prefix })
  outside.get('/still-there', (ctx) => {
    goLater(ctx, WARNING + 1000, '/')
    answer(ctx, 'Still there?', stillThere(prefix, WARNING))
  })

  const router = new Router({ prefix })
  router.get('/', async (ctx) => {
    const session = ctx.sessions.open(Presence)
    // A cookie without a session is what is left of one that has ended.
    if (session.isNew) return answer(ctx, 'Timeouts', begin(prefix, ctx.cookies.get(Presence.name) !== undefined))
    // Now, and not when it is due, so that the page can say when it ends.
    const { value, createdAt = 0, expiresAt = 0 } = await session.touch()
    const idleEnd = expiresAt - clock()
    const absoluteEnd = createdAt + ABSOLUTE - clock()
    if (idleEnd < absoluteEnd) goLater(ctx, idleEnd - WARNING, '/still-there')
    else goLater(ctx, absoluteEnd + 1000, '/')
    answer(ctx, 'Timeouts', present(prefix, { actions: value?.actions ?? 0, idleEnd, absoluteEnd }))
  })

  router.post('/begin', (ctx) => {
    ctx.sessions.set(Presence, { actions: 0 }, { regenerate: true })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/act', async (ctx) => {
    if (ctx.sessions.get(Presence)) {
      await ctx.sessions.update(Presence, (presence) => presence && { actions: presence.actions + 1 })
    }
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/end', (ctx) => {
    ctx.sessions.clear(Presence)
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.use(outside.routes())
  app.use(sessions([Presence], { clock }))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
