import Router from '@koa/router'
import Koa from 'koa'
import { cookie, sessions } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { page, type Html } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { prove } from './proof.ts'
import { mapStorage } from './storage.ts'
import { home, proved } from './views.ts'

interface Clicks {
  count: number
}

export interface OwnStorageOptions {
  /** What the storage keeps its rows in. */
  readonly rows?: Map<string, SessionRecord>
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ rows = new Map(), prefix = '' }: OwnStorageOptions = {}): Koa {
  const Clicks = cookie<Clicks>('clicks', { storage: mapStorage(rows) })
  const router = new Router({ prefix })
  const answer = (ctx: Koa.ExtendableContext, body: Html): void => {
    ctx.body = page({ title: 'Own storage', prefix, body })
  }

  router.get('/', (ctx) => answer(ctx, home(prefix, ctx.sessions.get(Clicks)?.count, rows)))

  router.post('/click', async (ctx) => {
    await ctx.sessions.update(Clicks, (clicks) => ({ count: (clicks?.count ?? 0) + 1 }))
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/forget', (ctx) => {
    ctx.sessions.clear(Clicks)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/prove', async (ctx) => {
    answer(ctx, proved(prefix, await prove(({ clock }) => mapStorage(new Map(), clock))))
  })

  const app = new Koa()
  app.use(sessions([Clicks]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
