import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import Router from '@koa/router'
import { cookie, header, sessions, encrypt, directoryStorage } from 'koa-typed-sessions'

// The app that README begins with, as a user would type it, and compiled and run against the packed package.

interface UserSession {
  id: string
  count: number
}
const UserSession = cookie<UserSession>('user_session', {
  storage: directoryStorage('.sessions', { cached: true }),
  subject: (s) => s.id,
  idleTimeout: '30m',
  absoluteTimeout: '12h',
})

interface ApiSession {
  token: string
}
const ApiSession = header<ApiSession>('X-Session', { transform: encrypt({ keys: [process.env['SESSION_KEY']!] }) })

const app = new Koa().use(sessions([UserSession, ApiSession]))
const router = new Router()

router.post('/login', (ctx) => {
  ctx.sessions.set(UserSession, { id: 'ada', count: 0 })
})
router.get('/', (ctx) => {
  const user = ctx.sessions.get(UserSession)
  ctx.body = user ? `hello ${user.id}` : 'hello stranger'
})
router.post('/count', async (ctx) => {
  ctx.body = await ctx.sessions.update(UserSession, (s) => ({ ...s!, count: s!.count + 1 }))
})
router.post('/logout', (ctx) => {
  ctx.sessions.clear(UserSession)
})

router.post('/token', (ctx) => {
  ctx.sessions.set(ApiSession, { token: 'secret' })
  ctx.body = 'set'
})
router.get('/token', (ctx) => {
  ctx.body = ctx.sessions.get(ApiSession) ?? {}
})

app.use(router.routes())
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
