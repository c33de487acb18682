import Router from '@koa/router'
import Koa from 'koa'
import { cookie, directoryStorage, sessions } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { notebook, signIn } from './views.ts'

interface Notebook {
  owner: string
  notes: string[]
}

export interface ServerSideOptions {
  /** The folder that sessions are kept in; made where it is not there. */
  readonly directory: string
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ directory, prefix = '' }: ServerSideOptions): Koa {
  const Notebook = cookie<Notebook>('notebook', {
    storage: directoryStorage(directory),
    subject: (session) => session.owner,
  })
  const router = new Router({ prefix })

  router.get('/', (ctx) => {
    const session = ctx.sessions.get(Notebook)
    const body = session ? notebook(prefix, session.owner, session.notes, directory) : signIn(prefix)
    ctx.body = page({ title: 'Server side', prefix, body })
  })

  router.post('/sign-in', async (ctx) => {
    const owner = (await readForm(ctx)).get('owner')?.trim().slice(0, 40)
    if (owner) ctx.sessions.set(Notebook, { owner, notes: [] })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/notes', async (ctx) => {
    const note = (await readForm(ctx)).get('note')?.trim().slice(0, 200)
    if (note && ctx.sessions.get(Notebook)) {
      // Atomic: notes that two open pages send at the same moment are both kept.
      await ctx.sessions.update(
        Notebook,
        (session) => session && { ...session, notes: [...session.notes, note].slice(-20) },
      )
    }
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/sign-out', (ctx) => {
    ctx.sessions.clear(Notebook)
    seeOther(ctx, `${prefix}/`)
  })

  const mounted = sessions([Notebook])
  const app = new Koa()
  app.use(mounted)
  app.use(router.routes())
  app.use(router.allowedMethods())

  // Expired sessions are never read; this removes their files.
  setInterval(() => {
    mounted.sweep().catch((error: unknown) => app.emit('error', error))
  }, 600_000).unref()
  return app
}
