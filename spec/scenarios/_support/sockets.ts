import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect as dial, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import {
  SESSION_PROTOCOL,
  sessions,
  type AnyDefinition,
  type ConnectOptions,
  type Connection,
  type SessionsMiddleware,
  type SessionsOptions,
} from 'koa-typed-sessions'
import { WebSocket, WebSocketServer } from 'ws'
import { Browser } from '../../support/browser.ts'

/** What the upgrade answered: an open socket, or a status. */
interface Dialled {
  readonly status: number
  readonly socket: WebSocket
  /** The code and the reason that the socket was closed with. */
  readonly closed: Promise<readonly [code: number, reason: string]>
  /** Sends a text, and gives the answer. */
  ask(text: string): Promise<string>
}

interface SocketSite {
  readonly app: Koa
  readonly url: string
  readonly middleware: SessionsMiddleware
  readonly errors: unknown[]
  /** The server's side of what was opened, in order. */
  readonly connections: Connection[]
  /** The next upgrade's request, as the server sees it. */
  upgrade(): Promise<IncomingMessage>
  browser(): Browser
  /** Opens a WebSocket as a page of the site does; `headers` come instead. */
  open(from?: { browser?: Browser; headers?: Record<string, string>; protocols?: string[] }): Promise<Dialled>
  /** A connection on which the test writes the request. */
  raw(text: string): Promise<Socket>
}

export type Routes = Readonly<Record<string, (ctx: Context, middleware: SessionsMiddleware) => unknown>>
type OnMessage = (text: string, connection: Connection) => unknown

interface SocketSiteOptions extends SessionsOptions {
  readonly connect?: ConnectOptions
  readonly proxy?: boolean
  /** What the server answers to a message. */
  readonly onMessage?: OnMessage
  readonly onConnection?: (connection: Connection) => void
}

/** An app with sessions and WebSockets, on a free port until the test is over. */
export async function socketSite(
  t: Pick<ExecutionContext, 'teardown'>,
  definitions: readonly AnyDefinition[],
  routes: Routes,
  { connect = {}, proxy = false, onMessage, onConnection, ...options }: SocketSiteOptions = {},
): Promise<SocketSite> {
  const app = new Koa({ proxy })
  app.keys = ['a key of the sockets, long enough for anything']
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const middleware = sessions(definitions, { app, ...options })
  app.use(middleware)
  app.use(async (ctx) => {
    const body = await routes[ctx.path]?.(ctx, middleware)
    if (body !== undefined) ctx.body = body
    else if (routes[ctx.path] && ctx.body === undefined && ctx.respond !== false) ctx.status = 204
  })
  const handle = app.callback()
  const server = createServer((request, response) => void handle(request, response))
  const connections: Connection[] = []
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has(SESSION_PROTOCOL) && SESSION_PROTOCOL,
  })
  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const connection = await middleware.connect(request, connect)
    if (!connection) return
    connections.push(connection)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.attach(webSocket)
      onConnection?.(connection)
      webSocket.on('message', (data: Buffer) => {
        void Promise.resolve(onMessage?.(data.toString(), connection))
          .catch((error: { code?: string }) => error.code)
          .then((answer) => webSocket.send(String(answer ?? '')))
      })
    })
  }
  server.on('upgrade', (...given) => void upgrade(...given))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  t.teardown(async () => {
    await middleware.close()
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    server.close()
  })

  return {
    app,
    url,
    middleware,
    errors,
    connections,
    upgrade: async () => ((await once(server, 'upgrade')) as [IncomingMessage])[0],
    browser: () => new Browser(url),
    async open({ browser, headers, protocols = [] } = {}) {
      const cookie = Array.from(browser?.cookies ?? [], ([name, value]) => `${name}=${value}`).join('; ')
      const socket = new WebSocket(url.replace('http', 'ws'), protocols, {
        headers: headers ?? { Origin: url, ...(cookie && { Cookie: cookie }) },
      })
      t.teardown(() => socket.terminate())
      socket.on('error', () => {})
      const closed = new Promise<readonly [number, string]>((resolve) => {
        socket.once('close', (code, reason) => resolve([code, String(reason)]))
      })
      const status = await new Promise<number>((resolve) => {
        socket.once('open', () => resolve(101))
        // The server agreed on no subprotocol that this client takes.
        socket.once('error', () => resolve(0))
        socket.once('unexpected-response', (_, response: IncomingMessage) => resolve(response.statusCode ?? 0))
      })
      return {
        status,
        socket,
        closed,
        async ask(text) {
          const answer = once(socket, 'message')
          socket.send(text)
          return String((await answer)[0])
        },
      }
    },
    async raw(text) {
      const socket = dial(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(text)
      return socket
    },
  }
}
