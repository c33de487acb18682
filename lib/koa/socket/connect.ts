import { STATUS_CODES, ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type Application from 'koa'
import type { Exchange } from '../../contracts/exchange.ts'
import type { FoundSession } from '../../contracts/tracker.ts'
import type { MountedSession } from '../../definition/mounted-session.ts'
import { SessionConfigError, SessionStorageError } from '../../errors.ts'
import type { Mount } from '../../mount/mount.ts'
import { redeemTicket } from '../../mount/tickets.ts'
import { ensureRead, prepare } from '../../request/receive.ts'
import { SessionState } from '../../request/session-state.ts'
import { ownOrigin } from '../origin.ts'
import type { ConnectSettings } from './connect-options.ts'
import type { Connection } from './connection.ts'
import { SocketConnection } from './socket-connection.ts'
import { SocketExchange } from './socket-exchange.ts'
import { readOffer } from './subprotocol.ts'

/** Why an upgrade is refused: the status for the client, and an error for the app's `error` event. */
interface Rejection {
  readonly status: number
  readonly error?: unknown
}

/** After how many seconds a rejected client may try again. */
const RETRY_AFTER: ReadonlyMap<number, number> = new Map([
  [429, 10],
  [503, 1],
])

/** Opens the sessions that an upgrade request presents; `null` if it was rejected and answered, or the client has disconnected. */
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
  const exchange = new SocketExchange(ctx, offer.headers)
  const { socket } = request
  // As app.callback() does, which an app without HTTP never calls: an `error` event without a listener throws.
  if (app.listenerCount('error') === 0) app.on('error', (error: Error) => app.onerror(error))
  if (!settings.isAllowed(request.headers.origin, ownOrigin(ctx))) return reject(socket, 403)

  const connection = new SocketConnection(mount, exchange, settings.touch)
  const disconnect = (): void => connection.close()
  const ignore = (): void => {}
  // No other listener yet; a clean disconnect emits only `end`.
  socket.on('error', ignore).on('end', disconnect).on('close', disconnect)
  connection.opened(() => socket.off('end', disconnect).off('close', disconnect))
  // The client may have disconnected before the app called connect().
  if (socket.destroyed || socket.readableEnded) disconnect()
  const rejection = connection.isClosed ? undefined : await open(mount, exchange, connection, offer.tickets, settings)
  if (connection.isClosed || rejection) {
    connection.close()
    reject(socket, rejection?.status ?? 400)
    if (rejection?.error !== undefined) exchange.report(rejection.error)
    return null
  }
  return connection
}

async function open(
  mount: Mount,
  exchange: Exchange,
  connection: SocketConnection,
  tickets: readonly string[],
  { required, maxConnections }: ConnectSettings,
): Promise<Rejection | undefined> {
  try {
    const redeemed = await Promise.all(
      tickets.slice(0, mount.all.length).map((ticket) => redeemTicket(mount, 'session', ticket)),
    )
    const outcomes = await Promise.all(
      mount.all.map(async (mounted) => {
        const id = redeemed.find((one) => one?.mounted === mounted)?.text
        const session = await (id === undefined ? receive(mount, mounted, exchange) : loadId(mounted, id))
        return session === null ? 'absent' : connection.watch(mounted, session, maxConnections)
      }),
    )
    if (outcomes.includes('full')) return { status: 429 }
    const isPresent = (mounted: MountedSession): boolean => outcomes[mount.all.indexOf(mounted)] === 'watched'
    return required.every(isPresent) ? undefined : { status: 401 }
  } catch (error) {
    return { status: error instanceof SessionStorageError ? 503 : 500, error }
  }
}

/** The session that the headers of the request present, read under the time limit of a read before a handler. */
async function receive(mount: Mount, mounted: MountedSession, exchange: Exchange): Promise<FoundSession | null> {
  const tokens = mounted.transport.receive(exchange)
  if (tokens === null) return null
  const state = new SessionState(mounted, exchange, mount.events, mount.queue)
  await prepare(state, tokens)
  ensureRead(state)
  return state.found
}

async function loadId({ tracker }: MountedSession, id: string): Promise<FoundSession | null> {
  const session = await tracker.load(id, 'brief')
  return session.refused === undefined ? session : null
}

/** Responds without an upgrade, and closes the socket. */
function reject(socket: Socket, status: number): null {
  const seconds = RETRY_AFTER.get(status)
  const retry = seconds === undefined ? '' : `Retry-After: ${seconds}\r\n`
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`)
  return null
}
