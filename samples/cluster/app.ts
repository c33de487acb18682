import Router from '@koa/router'
import Koa from 'koa'
import { authenticate, cookie, isSessionError, sessions, type SessionStorage } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { countedBy, type Member } from './member.ts'
import { help, outage, overview, signIn } from './views.ts'

export interface ClusterOptions {
  /** Where sessions are kept, for all processes. */
  readonly storage: SessionStorage
  /** What that is, for the page. */
  readonly engine: string
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
  /** Kills this process, where others go on. Default: nobody can. */
  readonly kill?: () => void
}

export function createApp({ storage, engine, prefix = '', kill }: ClusterOptions): Koa {
  const Member = cookie<Member>('cluster_member', { storage, subject: (member) => member.name })
  const signedIn = authenticate(Member, { challenge: `${prefix}/` })
  const router = new Router({ prefix })

  router.get('/', (ctx) => {
    const member = ctx.sessions.get(Member)
    const body = member ? overview(prefix, member, engine, kill !== undefined) : signIn(prefix, engine)
    ctx.body = page({ title: 'Cluster', prefix, body })
  })

  router.post('/sign-in', async (ctx) => {
    const name = (await readForm(ctx)).get('name')?.trim().slice(0, 40)
    if (name) ctx.sessions.set(Member, { name, counts: {} })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/count', signedIn, async (ctx) => {
    // Atomic, whichever process counts: of those that count at the same moment all do.
    await ctx.sessions.update(Member, (member) => member && countedBy(process.pid, member))
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/kill', signedIn, (ctx) => {
    if (kill === undefined) return ctx.throw(404)
    ctx.res.once('finish', kill)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/sign-out', (ctx) => {
    ctx.sessions.clear(Member)
    seeOther(ctx, `${prefix}/`)
  })

  // Touches no session: it is there while the storage is not.
  router.get('/help', (ctx) => {
    ctx.body = page({ title: 'Help', prefix, body: help(prefix, engine) })
  })

  const app = new Koa()
  // Outside of the sessions, since what a handler has set, or cleared, is stored when it is done.
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!isSessionError(error) || error.code !== 'ERR_SESSION_STORAGE') throw error
      ctx.status = error.status
      ctx.remove('Location')
      ctx.body = page({ title: 'Out of order', prefix, body: outage(prefix, ctx.path.endsWith('/sign-out')) })
      ctx.app.emit('error', error, ctx)
    }
  })
  app.use(sessions([Member]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
