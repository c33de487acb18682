// One node of several on one Redis: streams, sockets and requests of one session. Gives its port, and ends with its parent.
// Arguments: the URL of the Redis.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { cookie, sessions } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { redisStorage } from 'koa-typed-sessions/redis'
import { createClient } from 'redis'
import { WebSocketServer } from 'ws'

interface User {
  id: string
  count: number
}

const client = await createClient({ url: process.argv[2]! })
  .on('error', () => {})
  .connect()
const User = cookie<User>('user', { storage: redisStorage(client), subject: ({ id }) => id })

const app = new Koa()
app.on('error', () => {})
const middleware = sessions([User], { app })
const live = mirror(User, { expose: ({ count }) => ({ count }) })
app.use(middleware)
app.use(async (ctx) => {
  ctx.status = 204
  if (ctx.path === '/login') ctx.sessions.set(User, { id: 'ada', count: 0 })
  if (ctx.path === '/logout') ctx.sessions.clear(User)
  if (ctx.path === '/revoke') await middleware.revokeAll(User, 'ada')
  if (ctx.path === '/count') await ctx.sessions.update(User, (now) => ({ ...now!, count: now!.count + 1 }))
  if (ctx.path === '/live') await live(ctx)
})

const handle = app.callback()
const server = createServer((request, response) => void handle(request, response))
const sockets = new WebSocketServer({ noServer: true })
server.on('upgrade', (request, socket, head) => {
  void middleware.connect(request, { required: User }).then((connection) => {
    if (!connection) return
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.attach(webSocket)
      connection.on('change', () => {
        void connection.get(User).then((user) => webSocket.send(String(user?.count)))
      })
    })
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send!((server.address() as AddressInfo).port)
await once(process, 'disconnect')
process.exit()
