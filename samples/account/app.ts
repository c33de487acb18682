import Router from '@koa/router'
import Koa from 'koa'
import { authenticate, memoryStorage, returnPath, sessions, type Clock } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page, type Html } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { Users } from '../support/users.ts'
import { deviceName } from './device.ts'
import { accountSession } from './session.ts'
import { account, loginForm } from './views.ts'

export interface AccountOptions {
  /** The time in epoch milliseconds, for tests. Default: the system's. */
  readonly clock?: Clock
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ clock = Date.now, prefix = '' }: AccountOptions = {}): Koa {
  const Account = accountSession(memoryStorage({ clock }))
  const mounted = sessions([Account], { clock })
  const users = new Users()
  const router = new Router({ prefix })
  const signedIn = authenticate(Account, { challenge: `${prefix}/login` })

  async function show(ctx: Koa.ExtendableContext, user: string, refused?: string): Promise<void> {
    const devices = await mounted.list(Account, user, { ctx, show: ({ device }) => device })
    const notice = ctx.sessions.open(Account).get('notice')
    answer(ctx, 'Account', account(prefix, { user, devices, notice, refused }))
  }

  function answer(ctx: Koa.ExtendableContext, title: string, body: Html): void {
    // So that the Back button does not show it after the logout.
    ctx.set('Cache-Control', 'private, no-store')
    ctx.body = page({ title, prefix, body })
  }

  function goHome(ctx: Koa.ExtendableContext, notice: string): void {
    ctx.sessions.open(Account).flash('notice', notice)
    seeOther(ctx, `${prefix}/`)
  }

  router.get('/', signedIn, (ctx) => show(ctx, ctx.principal.user))

  router.get('/login', (ctx) => {
    answer(ctx, 'Sign in', loginForm({ notice: ctx.sessions.open(Account).get('notice') }))
  })

  router.post('/login', async (ctx) => {
    const form = await readForm(ctx)
    const user = form.get('user') ?? ''
    if (!(await users.isPassword(user, form.get('password') ?? ''))) {
      ctx.status = 401
      return answer(ctx, 'Sign in', loginForm({ refused: user }))
    }
    // Also for who is signed in already: a new id, and all clocks anew.
    ctx.sessions.set(Account, { user, device: deviceName(ctx.get('User-Agent')) }, { regenerate: true })
    const session = ctx.sessions.open(Account)
    session.idleTimeout = form.has('remember') ? '30d' : '30m'
    session.flash('notice', `Welcome, ${user}.`)
    seeOther(ctx, returnPath(ctx, `${prefix}/`))
  })

  router.post('/logout', (ctx) => {
    ctx.sessions.clear(Account)
    // A new session, of nobody: it holds the message, and no value.
    ctx.sessions.open(Account).flash('notice', 'You are signed out.')
    seeOther(ctx, `${prefix}/login`)
  })

  router.post('/devices/end', signedIn, async (ctx) => {
    const handle = (await readForm(ctx)).get('handle') ?? ''
    const ended = await mounted.revoke(Account, handle, { subject: ctx.principal.user })
    goHome(ctx, ended ? 'That device is signed out.' : 'That device was signed out already.')
  })

  router.post('/devices/end-others', signedIn, async (ctx) => {
    const ended = await mounted.revokeAll(Account, ctx.principal.user, { except: ctx })
    goHome(ctx, `Other devices that are signed out now: ${ended}.`)
  })

  router.post('/password', signedIn, async (ctx) => {
    const { user } = ctx.principal
    const form = await readForm(ctx)
    const password = form.get('password') ?? ''
    if (password.length < 8 || !(await users.isPassword(user, form.get('current') ?? ''))) {
      ctx.status = 403
      return show(ctx, user, 'The password is as it was: the current one was wrong, or the new one is too short.')
    }
    await users.changePassword(user, password)
    // Whoever knew the old one is out; and who has copied this browser's cookie, too.
    await mounted.revokeAll(Account, user, { except: ctx })
    ctx.sessions.open(Account).regenerateId()
    goHome(ctx, 'The password is changed, and all other devices are signed out.')
  })

  const app = new Koa()
  app.use(mounted)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
