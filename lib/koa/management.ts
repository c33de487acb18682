import type { IncomingMessage } from 'node:http'
import type { ExtendableContext } from 'koa'
import type { AnyDefinition, DefinitionOf } from '../definition/definition.ts'
import type { ListedSession } from '../mount/device-list.ts'
import type { ConnectOptions } from './socket/connect-options.ts'
import type { Connection } from './socket/connection.ts'

/** What can be done with sessions outside of the request that they belong to. */
export interface SessionsManagement {
  /**
   * The sessions of a subject, newest first: by id, in a storage that can list.
   *
   * @param options `ctx`: the request that asks, whose own session is marked `current`. `show`: what is to be shown of a value, a
   *   device's name say; nothing by default.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the definition or its storage cannot tell, saying what it needs; for a
   *   subject that is no text, or an empty one.
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
   * Ends one session by its handle, at once and whatever its id is by now. `false` where there is no session of that handle.
   *
   * @param options `subject`: the session is ended only if it is that subject's. Give it wherever a client sends the handle, so that
   *   no user ends the session of another one. Default: whichever subject the handle belongs to. A handle holds that encrypted, with the
   *   app's keys; without keys only the process that made a handle can read it, and `subject` is needed elsewhere.
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) as `list`; where the handle cannot be read, because the app has no keys.
   *
   * @example
   * router.post('/devices/end', async (ctx) => {
   *   await middleware.revoke(UserSession, String(ctx.query['handle']), { subject: 'ada' })
   * })
   */
  revoke(definition: AnyDefinition, handle: string, options?: { readonly subject?: string }): Promise<boolean>
  /**
   * Ends all sessions of a subject: what is presented afterwards is no session, an `update` under way ends in `ERR_SESSION_GONE`,
   * and a login that comes later lives. Says how many there were; `undefined` by value, where nobody knows.
   *
   * @param options `except`: the request whose own session lives on, under its present id only; or, by id, a handle, of which all
   *   ids live on.
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
   * Removes at most `limit` expired sessions of each storage, and says how many. Where a storage fails, the others are swept first. Default limit: the storage's own. It is done
   * by itself as well, in batches of 1,000, some ten minutes apart, behind requests that use a session.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where a storage fails.
   */
  sweep(limit?: number): Promise<number>
  /**
   * How many expired sessions wait to be swept, for whoever watches over the app: in the storages that can tell. An engine that
   * removes them by itself, as Redis does, has none. PostgreSQL asks an index, a directory is gone through.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where a storage fails.
   */
  countExpired(): Promise<number>
  /**
   * The sessions of a WebSocket, from Node's `upgrade` event. A page of another origin, and one whose Origin is missing, `null` or
   * none at all, is answered with 403, who has not what is `required` with 401, a socket above the `maxConnections` of its session
   * with 429, and while the storage is down everybody with 503 within a second; their sockets are closed, and there is `null`.
   * Never throws for what a client sent.
   *
   * Reads like a request, and renews nothing unless `touch` says so. Give the app, by `sessions([…], { app })`: its `proxy` says
   * where the own origin is found.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`): there is no app; an option that cannot work.
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
   * A ticket for the request's own session, for a page whose WebSocket cannot present it: one of another site, or one whose session
   * travels in a header. Offered as the subprotocol `ticket.<ticket>` beside {@link SESSION_PROTOCOL}. Good once, for 30 seconds, on
   * any node. `undefined` where there is no session.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) by value.
   */
  ticket(ctx: ExtendableContext, definition: AnyDefinition): Promise<string | undefined>
  /**
   * Signs in with a ticket of {@link Connection.ticket}: sets its value, with a new id, on this request. `false` for a ticket that
   * is none, or was used. Guard the handler as you guard a login.
   *
   * @example
   * router.post('/ticket', async (ctx) => {
   *   ctx.status = (await middleware.redeem(ctx, ctx.get('X-Ticket'))) ? 204 : 403
   * })
   */
  redeem(ctx: ExtendableContext, ticket: string): Promise<boolean>
  /**
   * Lets the storages go of what they have opened. Ends what follows a session: attached sockets are closed with 1001, streams end,
   * and both may come again, to another process; in this one they are answered with 503.
   */
  close(): Promise<void>
}
