import Router from '@koa/router'
import Koa from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { Registry } from 'prom-client'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { countEvents } from './count-events.ts'
import { view } from './view.ts'

interface Counted {
  changes: number
}

export interface MetricsOptions {
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ prefix = '' }: MetricsOptions = {}): Koa {
  const Counted = cookie<Counted>('counted', { storage: memoryStorage() })
  const registry = new Registry()
  countEvents(registry)

  // In front of the sessions, so that to read the counts changes none. A real app shows it to Prometheus only.
  const outside = new Router({ prefix })
  outside.get('/metrics', async (ctx) => {
    ctx.type = registry.contentType
    ctx.body = await registry.metrics()
  })

  const router = new Router({ prefix })

  router.get('/', async (ctx) => {
    const body = view(prefix, ctx.sessions.get(Counted)?.changes, await registry.metrics())
    ctx.body = page({ title: 'Metrics', prefix, body })
  })

  router.post('/change', async (ctx) => {
    await ctx.sessions.update(Counted, (counted) => ({ changes: (counted?.changes ?? 0) + 1 }))
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/login', (ctx) => {
    ctx.sessions.set(Counted, { changes: 0 }, { regenerate: true })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/end', (ctx) => {
    ctx.sessions.clear(Counted)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/forge', (ctx) => {
    // What somebody who guesses presents. The session that it takes the place of is not ended by that.
    ctx.cookies.set(Counted.name, 'forged', { httpOnly: true, sameSite: 'lax', overwrite: true })
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.use(outside.routes())
  app.use(sessions([Counted]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
