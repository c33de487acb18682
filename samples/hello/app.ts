import Router from '@koa/router'
import Koa from 'koa'
import { cookie, sessions } from 'koa-typed-sessions'
import { html, page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'

interface Visits {
  count: number
}

/** No storage: the value travels in the cookie, signed with the app's keys. */
const Visits = cookie<Visits>('visits')

export interface HelloOptions {
  /** At least one, of 32 characters: the first signs, all verify. */
  readonly keys: string[]
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ keys, prefix = '' }: HelloOptions): Koa {
  const router = new Router({ prefix })

  router.get('/', async (ctx) => {
    const { count } = await ctx.sessions.update(Visits, (visits) => ({ count: (visits?.count ?? 0) + 1 }))
    ctx.body = page({
      title: 'Hello',
      prefix,
      body: html`<p>You were here <strong>${count}</strong> ${count === 1 ? 'time' : 'times'}.</p>
        <p>Reload the page to be counted again.</p>
        <form method="post" action="${prefix}/forget"><button class="quiet">Forget me</button></form>`,
    })
  })

  router.post('/forget', (ctx) => {
    ctx.sessions.clear(Visits)
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.keys = keys
  app.use(sessions([Visits]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
