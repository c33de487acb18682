import Router from '@koa/router'
import Koa from 'koa'
import { authenticate, cookie, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { Users } from '../support/users.ts'
import { home, loginForm, profile } from './views.ts'

/** A visitor who is sent to the login has a session, too: it remembers where they were going. */
interface Account {
  user?: string
  signedInAt?: Date
  returnTo?: string
}

export interface SignInOptions {
  /** Where sessions are kept. Default: in memory. */
  readonly storage?: SessionStorage
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ storage = memoryStorage(), prefix = '' }: SignInOptions = {}): Koa {
  // Whoever signs in gets a new id, because the subject changes: an id that was planted before is worth nothing.
  const Account = cookie<Account>('account', {
    storage,
    subject: (account) => account.user,
    idleTimeout: '30m',
    absoluteTimeout: '12h',
  })
  const users = new Users()
  const router = new Router({ prefix })

  // A session is not enough: it must be somebody's. Behind the guard `ctx.principal` says whose, with its type.
  const signedIn = authenticate(Account, {
    validate: ({ user, signedInAt }) => user !== undefined && { user, signedInAt },
    challenge(ctx) {
      ctx.sessions.set(Account, { returnTo: ctx.originalUrl })
      seeOther(ctx, `${prefix}/login`)
    },
  })

  router.get('/', (ctx) => {
    const account = ctx.sessions.get(Account)
    ctx.body = page({ title: 'Sign in', prefix, body: home(prefix, account?.user) })
  })

  router.get('/login', (ctx) => {
    ctx.body = page({ title: 'Sign in', prefix, body: loginForm(prefix) })
  })

  router.post('/login', async (ctx) => {
    const form = await readForm(ctx)
    const user = form.get('user') ?? ''
    if (!(await users.isPassword(user, form.get('password') ?? ''))) {
      ctx.status = 401
      ctx.body = page({ title: 'Sign in', prefix, body: loginForm(prefix, user) })
      return
    }
    const account = ctx.sessions.get(Account)
    ctx.sessions.set(Account, { user, signedInAt: new Date() })
    seeOther(ctx, account?.returnTo ?? `${prefix}/`)
  })

  router.get('/profile', signedIn, (ctx) => {
    // So that the Back button does not show it after the logout.
    ctx.set('Cache-Control', 'private, no-store')
    ctx.body = page({ title: 'Profile', prefix, body: profile(prefix, ctx.principal.user, ctx.principal.signedInAt) })
  })

  // POST only: a link or an image on another site must not sign anybody out, and SameSite=Lax stops its forms.
  router.post('/logout', (ctx) => {
    ctx.sessions.clear(Account)
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.use(sessions([Account]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
