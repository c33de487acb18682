import Router from '@koa/router'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type SessionStorage } from 'koa-typed-sessions'
import { WebSocketServer, type WebSocket } from 'ws'
import { readForm } from '../support/form.ts'
import type { WithUpgrade } from '../support/listen.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { room, signIn } from './views.ts'

interface Member {
  name: string
  /** How many messages were sent, from all of the member's tabs. */
  sent: number
}

export interface ChatOptions {
  /** Where sessions are kept. Default: in memory. */
  readonly storage?: SessionStorage
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ storage = memoryStorage(), prefix = '' }: ChatOptions = {}): Koa & WithUpgrade {
  const Member = cookie<Member>('chat_member', { storage, subject: ({ name }) => name, idleTimeout: '30m' })
  const app = new Koa()
  const mounted = sessions([Member], { app })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4096 })
  const router = new Router({ prefix })

  router.get('/', (ctx) => {
    const member = ctx.sessions.get(Member)
    // So that the Back button does not show it after the logout.
    ctx.set('Cache-Control', 'private, no-store')
    ctx.body = page({ title: 'Chat', prefix, body: member ? room(prefix, member.name, member.sent) : signIn(prefix) })
  })

  router.post('/sign-in', async (ctx) => {
    const name = (await readForm(ctx)).get('name')?.trim()
    if (!name || name.length > 40) return ctx.throw(400)
    ctx.sessions.set(Member, { name, sent: 0 }, { regenerate: true })
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/sign-out', (ctx) => {
    ctx.sessions.clear(Member)
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/sign-out-everywhere', async (ctx) => {
    const member = ctx.sessions.get(Member)
    if (member) await mounted.revokeAll(Member, member.name)
    ctx.sessions.clear(Member)
    seeOther(ctx, `${prefix}/`)
  })

  async function upgrade(...[request, socket, head]: Parameters<WithUpgrade['upgrade']>): Promise<void> {
    if (request.url !== `${prefix}/socket`) return void socket.destroy()
    // Another site's page, or nobody: answered, and closed.
    const connection = await mounted.connect(request, { required: Member, touch: 'on-message' })
    if (!connection) return
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // When the session ends, wherever that is done, this socket is closed.
      connection.attach(webSocket)
      webSocket.on('message', (data: Buffer) => {
        connection
          .update(Member, (member) => member && { ...member, sent: member.sent + 1 })
          .then((member) => member && say(member.name, data.toString(), member.sent, webSocket))
          // Signed out while the message was under way: it is not said.
          .catch(() => webSocket.close())
      })
    })
  }

  function say(name: string, text: string, sent: number, from: WebSocket): void {
    for (const socket of sockets.clients) {
      socket.send(JSON.stringify({ name, text, ...(socket === from && { sent }) }))
    }
  }

  app.use(mounted)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return Object.assign(app, { upgrade: (...given: Parameters<WithUpgrade['upgrade']>) => void upgrade(...given) })
}
