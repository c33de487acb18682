import Router from '@koa/router'
import Koa from 'koa'
import { header, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { html, page } from '../support/page.ts'
import { commands } from './commands.ts'

interface List {
  items: string[]
}

export interface ApiTokenOptions {
  /** Where lists are kept. Default: in memory. */
  readonly storage?: SessionStorage
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ storage = memoryStorage(), prefix = '' }: ApiTokenOptions = {}): Koa {
  // The client presents its token as `Authorization: Bearer …`; a new one stands in the response's `X-Session`.
  const List = header<List>('Authorization', { scheme: 'Bearer', response: 'X-Session', storage, idleTimeout: '1h' })
  const router = new Router({ prefix })

  router.get('/', (ctx) => {
    const body = html`<p>No browser, no cookies: a token in a header. In a terminal:</p>
      <pre>${commands(`${ctx.protocol}://${ctx.host}${prefix}`)}</pre>`
    ctx.body = page({ title: 'API token', prefix, body })
  })

  router.post('/lists', (ctx) => {
    // A new token, also for a client that presents one: that one is dead then.
    ctx.sessions.set(List, { items: [] }, { regenerate: true })
    ctx.status = 201
    ctx.body = { items: [] }
  })

  router.get('/items', (ctx) => {
    ctx.body = ctx.sessions.get(List) ?? unauthorized(ctx)
  })

  router.post('/items', async (ctx) => {
    if (!ctx.sessions.get(List)) return unauthorized(ctx)
    const item = (await readForm(ctx)).get('item')?.trim() ?? ''
    if (!item) return ctx.throw(400, 'which item?')
    // Atomic: of two clients with one token, none loses what the other one adds.
    ctx.body = await ctx.sessions.update(List, (list) => ({ items: [...(list?.items ?? []), item].slice(-100) }))
  })

  router.delete('/lists', (ctx) => {
    ctx.sessions.clear(List)
    ctx.status = 204
  })

  const app = new Koa()
  app.use(sessions([List]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

function unauthorized(ctx: Koa.ExtendableContext): never {
  return ctx.throw(401, 'no token, or one that is no longer valid', { headers: { 'WWW-Authenticate': 'Bearer' } })
}
