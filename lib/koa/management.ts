import type { IncomingMessage } from 'node:http'
import type { ExtendableContext } from 'koa'
import { checkOptions } from '../base/options.ts'
import type { AnyDefinition, DefinitionOf } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError } from '../errors.ts'
import type { ListedSession } from '../mount/device-list.ts'
import type { Caller, Management } from '../mount/management.ts'
import type { Mount } from '../mount/mount.ts'
import { reissue, storedSession, type RequestSessions } from '../request/request-sessions.ts'
import type { AppKeys } from './app-keys.ts'
import { loaded, sessionsOfMount } from './current-sessions.ts'
import { connect } from './socket/connect.ts'
import { connectSettings, type ConnectOptions } from './socket/connect-options.ts'
import type { Connection } from './socket/connection.ts'

/** Functions for sessions outside the request that they belong to. */
export interface SessionsManagement {
  /**
   * Lists the sessions of a subject, newest first: by id, in a storage that can list.
   *
   * @param options `ctx`: the calling request, whose own session is marked as `current`. `show`: returns what to show of a value, for
   *   example the name of a device; nothing by default.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the definition or its storage cannot list, with what it needs; for a
   *   subject that is not a string, or empty.
   *
   * @example
   * const devices = await middleware.list(UserSession, 'ada', { ctx, show: ({ count }) => count })
   */
  list<T extends object, R = undefined>(
    definition: DefinitionOf<T>,
    subject: string,
    options?: { readonly ctx?: ExtendableContext; readonly show?: (value: Readonly<T>) => R },
  ): Promise<ListedSession<R>[]>
  /**
   * Ends one session by its handle, at once and whatever its id is by now. Returns `false` if there is no session with that handle.
   *
   * @param options `subject`: ends the session only if it belongs to that subject. Pass it wherever a client sends the handle, so that
   *   no user ends the session of another one. Default: the subject that the handle belongs to. A handle holds it encrypted, with the
   *   app's keys; without keys only the process that made a handle can read it, and `subject` is needed elsewhere.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) as `list`; if the handle cannot be read, because the app has no keys.
   *
   * @example
   * router.post('/devices/end', async (ctx) => {
   *   await middleware.revoke(UserSession, String(ctx.query['handle']), { subject: 'ada' })
   * })
   */
  revoke(definition: AnyDefinition, handle: string, options?: { readonly subject?: string }): Promise<boolean>
  /**
   * Ends all sessions of a subject: their tokens are refused from then on, a concurrent `update` fails with `ERR_SESSION_GONE`, and
   * a later login works. Returns how many sessions ended; `undefined` by value, where the number is unknown.
   *
   * @param options `except`: the request whose own session is spared, under its present id only; or, by id, a handle, of which all
   *   ids are spared.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`): as `list`; by value without `revocations`; an `except` that is neither.
   *
   * @example
   * await middleware.revokeAll(UserSession, 'ada', { except: ctx })
   */
  revokeAll(
    definition: AnyDefinition,
    subject: string,
    options?: { readonly except?: ExtendableContext | string },
  ): Promise<number | undefined>
  /**
   * Removes at most `limit` expired sessions of each storage, and returns how many. Default limit: the storage's own. If a storage fails,
   * the others are swept first. Runs automatically as well: in batches of 1,000, about every ten minutes, after requests
   * that use a session.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if a storage fails.
   */
  sweep(limit?: number): Promise<number>
  /**
   * Counts the expired sessions that wait to be swept, for monitoring, in the storages that can count them. A storage that expires
   * sessions by itself, as Redis does, has none. PostgreSQL uses an index; a directory is scanned.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if a storage fails.
   */
  countExpired(): Promise<number>
  /**
   * Opens the sessions of a WebSocket, from Node's `upgrade` event. Responds by itself and returns `null` for: 403 a page of another
   * origin, and an Origin that is missing or invalid; 401 a `required` session that is missing; 429 more than `maxConnections`
   * sockets of one session; 503 a storage that is down (within 1 s). It then closes the socket. Never throws because of what a client sent.
   *
   * Reads as a request does, and renews nothing unless `touch` says so. Pass the app, as `sessions([…], { app })`: its `proxy` setting
   * decides which headers give the own origin.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`): there is no app; an invalid option.
   *
   * @example
   * server.on('upgrade', async (request, socket, head) => {
   *   const connection = await middleware.connect(request, { required: UserSession })
   *   if (!connection) return
   *   sockets.handleUpgrade(request, socket, head, (webSocket) => {
   *     connection.attach(webSocket)
   *     webSocket.on('message', async () => {
   *       const user = await connection.get(UserSession)
   *       webSocket.send(user ? `hello ${user.id}` : 'hello stranger')
   *     })
   *   })
   * })
   */
  connect(request: IncomingMessage, options?: ConnectOptions): Promise<Connection | null>
  /**
   * Issues a ticket for the request's own session, for a page whose WebSocket cannot present it: a page of another site, or a session
   * in a header. The page offers it as the subprotocol `ticket.<ticket>` beside {@link SESSION_PROTOCOL}. Valid once, for
   * 30 seconds, on any node. `undefined` if there is no session.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) by value.
   */
  ticket(ctx: ExtendableContext, definition: AnyDefinition): Promise<string | undefined>
  /**
   * Logs in with a ticket of {@link Connection.ticket}: sets its value, with a new id, on this request. Returns `false` if the ticket is
   * malformed, expired or used. Protect the route as you protect a login.
   *
   * @example
   * router.post('/ticket', async (ctx) => {
   *   ctx.status = (await middleware.redeem(ctx, ctx.get('X-Ticket'))) ? 204 : 403
   * })
   */
  redeem(ctx: ExtendableContext, ticket: string): Promise<boolean>
  /**
   * Ends sockets (1001) and streams, then closes the storages. Clients may reconnect to another process; this one answers them with 503.
   */
  close(): Promise<void>
}

/** The management of a mount, for Koa's contexts. */
export function bindManagement(mount: Mount, management: Management, keys: AppKeys): SessionsManagement {
  const callerOf = (ctx: ExtendableContext | undefined): Caller | undefined => {
    const sessions = sessionsOfMount(ctx, mount)
    return sessions && requestCaller(sessions)
  }
  return {
    async list(definition, subject, options: { ctx?: ExtendableContext; show?: (value: never) => unknown } = {}) {
      checkOptions('list()', options, { ctx: 'any', show: 'function' })
      const { ctx, show } = options
      return (await management.list(definition, subject, show, callerOf(ctx))) as ListedSession<never>[]
    },
    async revoke(definition, handle, options) {
      if (options !== undefined) checkOptions('revoke()', options, { subject: 'any' })
      return management.revoke(definition, handle, options)
    },
    async revokeAll(definition, subject, options = {}) {
      checkOptions('revokeAll()', options, { except: 'any' })
      const { except } = options
      if (except === undefined || typeof except === 'string') return management.revokeAll(definition, subject, except)
      const caller = callerOf(except)
      if (caller) return management.revokeAll(definition, subject, caller)
      throw new SessionConfigError(
        "revokeAll(): 'except' must be the ctx of a request that runs through this middleware, or a handle",
      )
    },
    sweep: (limit) => management.sweep(limit),
    countExpired: () => management.countExpired(),
    async connect(request, options = {}) {
      const settings = connectSettings(mount, options)
      return connect(mount, keys.appFor(options.app), request, settings)
    },
    ticket: async (ctx, definition) => management.ticket(definition, callerOf(ctx)),
    async redeem(ctx, ticket) {
      const caller = callerOf(ctx)
      if (caller) return management.redeem(ticket, caller)
      throw new SessionNotMountedError(
        'redeem(): this middleware does not run on this request: mount it before the handler',
      )
    },
    close: () => management.close(),
  }
}

function requestCaller(sessions: RequestSessions): Caller {
  return {
    stored: (key) => storedSession(sessions, key),
    reissue: (key, subject, generation) => reissue(sessions, key, subject, generation),
    id: async (key) => (await loaded(sessions, key)).id(key),
    login: async (key, value) => (await loaded(sessions, key)).set(key, value, { regenerate: true }),
  }
}
