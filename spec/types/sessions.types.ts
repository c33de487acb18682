/*
 * Compiled, never run: what must compile, and what must not.
 */
import Router from '@koa/router'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import {
  cookie,
  encrypt,
  header,
  memoryStorage,
  session,
  sessions,
  type SessionDefinition,
  type Sessions,
  type SessionValue,
} from 'koa-typed-sessions'
import * as v from 'valibot'
import { z } from 'zod'

interface UserSession {
  id: string
  count: number
}
const UserSession = cookie<UserSession>('user_session', {
  storage: memoryStorage(),
  subject: (user) => user.id,
  idleTimeout: '30m',
  absoluteTimeout: '12h',
})

interface ApiSession {
  token: string
}
const ApiSession = header<ApiSession>('X-Session', { transform: encrypt({ keys: ['k'.repeat(32)] }) })

class Settings {
  dark = false
}
const SettingsSession = cookie('settings', { type: Settings })

const Prefs = cookie('prefs', { schema: z.object({ lang: z.string(), size: z.number().default(3) }) })
const Basket = header('X-Basket', { schema: v.object({ items: v.array(v.string()) }) })

// The types flow with no augmentation written by the user, from chained and from plain calls, in Koa and in the router.
const app = new Koa()
app.use(sessions([UserSession, ApiSession, SettingsSession, Prefs, Basket]))
app.use((ctx) => {
  expectTypeOf(ctx.sessions).toEqualTypeOf<Sessions>()
  expectTypeOf(ctx.sessions).not.toBeAny()
  expectTypeOf(ctx.sessions.get(UserSession)).toEqualTypeOf<Readonly<UserSession> | undefined>()
  expectTypeOf(ctx.sessions.get(ApiSession)).toEqualTypeOf<Readonly<ApiSession> | undefined>()
})
new Koa().use(sessions([UserSession])).use((ctx) => {
  expectTypeOf(ctx.sessions.get(UserSession)).toEqualTypeOf<Readonly<UserSession> | undefined>()
})
const router = new Router()
router.use(sessions([UserSession]))
router.post('/count', async (ctx) => {
  expectTypeOf(ctx.sessions).not.toBeAny()
  expectTypeOf(ctx.sessions.get(UserSession)).toEqualTypeOf<Readonly<UserSession> | undefined>()
  const updated = await ctx.sessions.update(UserSession, (user) => ({ ...user!, count: user!.count + 1 }))
  expectTypeOf(updated).toEqualTypeOf<{ count: number; id: string }>()
  const cleared = await ctx.sessions.update(UserSession, (user) => (user && user.count > 3 ? undefined : user))
  expectTypeOf(cleared).toEqualTypeOf<Readonly<UserSession> | undefined>()
})
app.use(router.routes())

declare const current: Sessions

// By definition, class, name, and none.
expectTypeOf(current.get(Settings)).toEqualTypeOf<Readonly<Settings> | undefined>()
expectTypeOf(current.get(SettingsSession)).toEqualTypeOf<Readonly<Settings> | undefined>()
expectTypeOf(current.get<UserSession>('user_session')).toEqualTypeOf<Readonly<UserSession> | undefined>()
expectTypeOf(current.get('user_session')).toEqualTypeOf<Readonly<unknown> | undefined>()
expectTypeOf(current.get<UserSession>()).toEqualTypeOf<Readonly<UserSession> | undefined>()
expectTypeOf(current.getOrSet(UserSession, () => ({ id: 'ada', count: 0 }))).toEqualTypeOf<Readonly<UserSession>>()
expectTypeOf(current.load(UserSession)).toEqualTypeOf<Promise<Readonly<UserSession> | undefined>>()
expectTypeOf(current.id(UserSession)).toEqualTypeOf<string | undefined>()
current.set(UserSession, { id: 'ada', count: 0 })
current.set(UserSession, { id: 'ada', count: 0 }, { regenerate: true })
current.set<UserSession>('user_session', { id: 'ada', count: 0 })
current.set(new Settings())
current.clear(UserSession)
current.clear(Settings)
current.clear('user_session')

// A schema gives the type and the literal name.
expectTypeOf(Prefs).toEqualTypeOf<SessionDefinition<{ lang: string; size: number }, {}, 'prefs'>>()
expectTypeOf<SessionValue<typeof Basket>>().toEqualTypeOf<{ items: string[] }>()
expectTypeOf<SessionValue<typeof UserSession>>().toEqualTypeOf<UserSession>()

// A transport of your own has Koa's context.
session<ApiSession>('link', {
  transport: {
    receive: ({ context }) => String(context.query['link'] ?? '') || null,
    send: ({ context }, token) => context.set('X-Link', token),
    clear: () => {},
  },
})
// And so has an attribute of the cookie.
cookie<UserSession>('remembered', { cookie: { maxAge: (ctx) => (ctx.query['remember'] ? '30d' : null) } })

// --- What must not compile. ---

// @ts-expect-error: a wrong value
current.set(UserSession, { id: 1, count: 0 })
// @ts-expect-error: a value with too little
current.set(UserSession, { id: 'ada' })
// @ts-expect-error: a value with too much
current.set(UserSession, { id: 'ada', count: 0, admin: true })
// @ts-expect-error: a forgotten value
current.set(UserSession)
// @ts-expect-error: undefined is no value, clear() ends a session
current.set(UserSession, undefined)
// @ts-expect-error: null is none either
current.set(UserSession, null)
// @ts-expect-error: the value of another definition
current.set(UserSession, { token: 'x' })
// @ts-expect-error: what is read may be missing
current.get(UserSession).count
// @ts-expect-error: what is read cannot be changed
current.get(UserSession)!.count = 3
// @ts-expect-error: a misspelt key
current.get(UserSession)?.cuont
// @ts-expect-error: a plain object is no definition
current.get({ name: 'user_session' })
// @ts-expect-error: a misspelt option
cookie<UserSession>('misspelt', { idleTimeot: '30m' })
// @ts-expect-error: a misspelt attribute
cookie<UserSession>('misspelt', { cookie: { htttpOnly: true } })
// @ts-expect-error: a cookie's attributes are not a header's
header<UserSession>('X-User', { cookie: { path: '/' } })
// @ts-expect-error: a duration without a unit that is one
cookie<UserSession>('duration', { idleTimeout: '30 minutes' })
// @ts-expect-error: no such SameSite
cookie<UserSession>('same-site', { cookie: { sameSite: 'laxx' } })
// @ts-expect-error: a subject is a text
cookie<UserSession>('subject', { subject: (user) => user.count })
// @ts-expect-error: a session's value is an object
cookie<string>('text')
// @ts-expect-error: update's function is synchronous
void current.update(UserSession, async (user) => user)
// @ts-expect-error: update gives a whole value
void current.update(UserSession, () => ({ id: 'ada' }))
// @ts-expect-error: getOrSet makes a whole value
current.getOrSet(UserSession, () => ({ id: 'ada' }))
// @ts-expect-error: a definition of one type is not one of another
const wrong: SessionDefinition<{ id: string }> = UserSession
void wrong
// @ts-expect-error: no such option of the middleware
sessions([UserSession], { secret: 'x' })
// @ts-expect-error: a name is no definition
sessions(['user_session'])
// @ts-expect-error: update() of a misspelt option of set()
current.set(UserSession, { id: 'ada', count: 0 }, { regenrate: true })
// @ts-expect-error: encrypt needs its keys
encrypt({})
