/*
 * Compiled, never run: what a mirror shows is the type that the browser has, and a connection's types are its definitions'.
 */
import Router from '@koa/router'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import { cookie, memoryStorage, type Connection, type GoneReason } from 'koa-typed-sessions'
import { mirror, type Exposed } from 'koa-typed-sessions/live'
import type { WebSocket } from 'ws'

interface UserSession {
  id: string
  count: number
}
const UserSession = cookie<UserSession>('user_session', { storage: memoryStorage() })

const userMirror = mirror(UserSession, {
  expose(user) {
    expectTypeOf(user).toEqualTypeOf<Readonly<UserSession>>()
    return { name: user.id, roles: ['reader'] }
  },
})
expectTypeOf<Exposed<typeof userMirror>>().toEqualTypeOf<{ name: string; roles: string[] }>()
expectTypeOf<Exposed<Koa>>().toBeNever()
// @ts-expect-error -- a field that expose does not give is not in the browser
type _Removed = Exposed<typeof userMirror>['count']
// @ts-expect-error -- what is exposed is an object
mirror(UserSession, { expose: (user) => user.id })

new Router().get('/session', userMirror)
new Koa().use(userMirror)

declare const connection: Connection
declare const socket: WebSocket
connection.attach(socket)
expectTypeOf(connection.get(UserSession)).toEqualTypeOf<Promise<Readonly<UserSession> | undefined>>()
expectTypeOf(connection.update(UserSession, (user) => user && { ...user, count: 1 })).resolves.toEqualTypeOf<
  { count: number; id: string } | undefined
>()
connection.on('gone', (_, reason) => expectTypeOf(reason).toEqualTypeOf<GoneReason>())
// @ts-expect-error -- a ticket is for a value of the definition's
void connection.ticket(UserSession, { id: 'ada' })
