import { STATUS_CODES, ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type Application from 'koa'
import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import { SessionConfigError, SessionStorageError } from '../errors.ts'
import { Incoming } from '../session/incoming.ts'
import type { Mount } from '../session/mount.ts'
import { redeemTicket } from '../session/tickets.ts'
import type { Connection } from './connection.ts'
import type { ConnectSettings } from './connect-options.ts'
import { ownOrigin } from './origin.ts'
import { readOffer } from './session-protocol.ts'
import { SocketSessions } from './socket-sessions.ts'
import { UpgradeExchange } from './upgrade-exchange.ts'

/** Why there is no connection: what the client is told, and what the app's `error` event is. */
interface Refusal {
  readonly status: number
  readonly error?: unknown
}

/** After how many seconds a refused client may come again. */
const RETRY_AFTER: ReadonlyMap<number, number> = new Map([
  [429, 10],
  [503, 1],
])

/** Opens the sessions that an upgrade request presents; `null` where it was refused, and is answered, or where the client has left. */
export async function connect(
  mount: Mount,
  app: Application,
  request: IncomingMessage,
  settings: ConnectSettings,
): Promise<Connection | null> {
  if (typeof request?.headers !== 'object' || typeof request.socket !== 'object')
    throw new SessionConfigError("connect() takes the request of an 'upgrade' event of Node's server")
  const offer = readOffer(request.headers['sec-websocket-protocol'], mount.all)
  const ctx = app.createContext(request, new ServerResponse(request))
  const exchange = new UpgradeExchange(ctx, offer.headers)
  const { socket } = request
  // As app.callback() does, which an app without HTTP never calls: an error that nobody listens to is thrown.
  if (app.listenerCount('error') === 0) app.on('error', (error: Error) => app.onerror(error))
  if (!settings.isAllowed(request.headers.origin, ownOrigin(ctx))) return refuse(socket, 403)

  const sessions = new SocketSessions(mount, exchange, settings.touch)
  const leave = (): void => sessions.close()
  const ignore = (): void => {}
  // Nobody else listens as yet. A client that leaves in good order ends its side only.
  socket.on('error', ignore).on('end', leave).on('close', leave)
  sessions.opened(() => socket.off('end', leave).off('close', leave))
  // It may have left before: an app may look something up first.
  if (socket.destroyed || socket.readableEnded) leave()
  const refusal = sessions.isClosed ? undefined : await open(mount, exchange, sessions, offer.tickets, settings)
  if (sessions.isClosed || refusal) {
    sessions.close()
    refuse(socket, refusal?.status ?? 400)
    if (refusal?.error !== undefined) exchange.report(refusal.error)
    return null
  }
  return sessions
}

async function open(
  mount: Mount,
  exchange: Exchange,
  sessions: SocketSessions,
  tickets: readonly string[],
  { required, maxConnections }: ConnectSettings,
): Promise<Refusal | undefined> {
  try {
    const redeemed = await Promise.all(
      tickets.slice(0, mount.all.length).map((ticket) => redeemTicket(mount, 'session', ticket)),
    )
    const followed = await Promise.all(
      mount.all.map(async (mounted) => {
        const id = redeemed.find((one) => one?.mounted === mounted)?.text
        const session = await (id === undefined ? receive(mount, mounted, exchange) : loadId(mounted, id))
        return session === null ? 'absent' : sessions.follow(mounted, session, maxConnections)
      }),
    )
    if (followed.includes('full')) return { status: 429 }
    const isPresent = (mounted: MountedSession): boolean => followed[mount.all.indexOf(mounted)] === 'followed'
    return required.every(isPresent) ? undefined : { status: 401 }
  } catch (error) {
    return { status: error instanceof SessionStorageError ? 503 : 500, error }
  }
}

/** What the request's own headers present. Not more than a read before a handler may take. */
async function receive(mount: Mount, mounted: MountedSession, exchange: Exchange): Promise<Tracked | null> {
  const tokens = mounted.transport.receive(exchange)
  if (tokens === null) return null
  const incoming = new Incoming(mounted, exchange, mount.observer)
  await incoming.prepare(tokens)
  incoming.ensure()
  return incoming.found
}

async function loadId({ tracker }: MountedSession, id: string): Promise<Tracked | null> {
  const session = await tracker.load(id, 'brief')
  return session.refused === undefined ? session : null
}

/** Answers as a server does that does not upgrade, and lets the connection go. */
function refuse(socket: Socket, status: number): null {
  const seconds = RETRY_AFTER.get(status)
  const retry = seconds === undefined ? '' : `Retry-After: ${seconds}\r\n`
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`)
  return null
}
