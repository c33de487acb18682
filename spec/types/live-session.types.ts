/*
 * Compiled, never run: what must compile of a live session, and what must not.
 */
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import { cookie, header, memoryStorage, sessions, type Session, type Sessions } from 'koa-typed-sessions'
import { z } from 'zod'

interface User {
  id: string
  count: number
  nick?: string
  note: string | null
  seen: Date
}
interface Notices {
  notice: string
  level: { is: number }
}

const ById = cookie<User, Notices>('by-id', { storage: memoryStorage() })
const ByValue = header<User, Notices>('X-By-Value')
const Prefs = cookie('prefs', { schema: z.object({ lang: z.string(), size: z.number().default(3) }) })

const app = new Koa()
app.use(sessions([ById, ByValue, Prefs]))
app.use((ctx) => {
  expectTypeOf(ctx.sessions.open(ById)).toEqualTypeOf<Session<User, Notices>>()
  expectTypeOf(ctx.sessions.open(ById)).not.toBeAny()
})

declare const current: Sessions
const session = current.open(ById)

// The same object by id and by value, by cookie and by header; flash is none where the definition names none.
expectTypeOf(current.open(ByValue)).toEqualTypeOf<Session<User, Notices>>()
expectTypeOf(current.open(Prefs)).toEqualTypeOf<Session<{ lang: string; size: number }>>()

// What a key reads is its own type, or nothing; flash has a type of its own.
expectTypeOf(session.get('count')).toEqualTypeOf<number | undefined>()
expectTypeOf(session.get('nick')).toEqualTypeOf<string | undefined>()
expectTypeOf(session.get('note')).toEqualTypeOf<string | null | undefined>()
expectTypeOf(session.get('notice')).toEqualTypeOf<string | undefined>()
expectTypeOf(session.get('level')).toEqualTypeOf<Readonly<{ is: number }> | undefined>()
expectTypeOf(current.open(Prefs).get('size')).toEqualTypeOf<number | undefined>()
expectTypeOf(session.has('notice')).toEqualTypeOf<boolean>()
expectTypeOf(session.value).toEqualTypeOf<Readonly<User> | undefined>()
expectTypeOf(session.toJSON()).toEqualTypeOf<Partial<User>>()

// Iteration goes over the keys of both.
type Key = 'id' | 'count' | 'nick' | 'note' | 'seen' | 'notice' | 'level'
expectTypeOf(session.keys()).toEqualTypeOf<IterableIterator<Key>>()
for (const [key, value] of session) {
  expectTypeOf(key).toEqualTypeOf<Key>()
  expectTypeOf(value).toEqualTypeOf<string | number | Date | { is: number } | null | undefined>()
}
session.forEach((_, key) => expectTypeOf(key).toEqualTypeOf<Key>())

// What changes it can be chained, where it has nothing else to say.
expectTypeOf(session.set('count', 1).set('nick', 'x').flash('notice', 'hi')).toEqualTypeOf<Session<User, Notices>>()
expectTypeOf(session.unset('nick')).toEqualTypeOf<boolean>()
expectTypeOf(session.load()).toEqualTypeOf<Promise<Session<User, Notices>>>()
expectTypeOf(session.save()).toEqualTypeOf<Promise<Session<User, Notices>>>()
expectTypeOf(session.touch()).toEqualTypeOf<Promise<Session<User, Notices>>>()
expectTypeOf(session.regenerateId).returns.toBeVoid()
expectTypeOf(session.destroy).returns.toBeVoid()
session.regenerateId()
session.regenerateId({ deleteOld: false })

// What removes a key by its value is what the key's type allows.
session.set('nick', undefined)
session.set('note', null)

// Read as milliseconds, assigned as any duration.
expectTypeOf(session.idleTimeout).toEqualTypeOf<number | null>()
session.idleTimeout = '14d'
session.idleTimeout = 60_000

expectTypeOf(session.id).toEqualTypeOf<string | undefined>()
expectTypeOf(session.handle).toEqualTypeOf<string | undefined>()
expectTypeOf(session.createdAt).toEqualTypeOf<number | undefined>()
expectTypeOf(session.expiresAt).toEqualTypeOf<number | undefined>()
expectTypeOf(session.size).toEqualTypeOf<number>()
expectTypeOf([session.isNew, session.dirty, session.destroyed]).toEqualTypeOf<boolean[]>()

// --- What must not compile. ---

// @ts-expect-error: a wrong value
session.set('count', 'x')
// @ts-expect-error: a key that there is not
session.set('cuont', 1)
// @ts-expect-error: no value at all
session.set('count')
// @ts-expect-error: undefined where the type has no place for it
session.set('count', undefined)
// @ts-expect-error: null where the type has no place for it
session.set('nick', null)
// @ts-expect-error: a key that there is not
session.get('cuont')
// @ts-expect-error: a key that there is not
session.has('cuont')
// @ts-expect-error: a key that there is not
session.unset('cuont')
// @ts-expect-error: flash is set by flash()
session.set('notice', 'hi')
// @ts-expect-error: flash is read, and goes by itself
session.unset('notice')
// @ts-expect-error: a key of the value is no flash
session.flash('count', 1)
// @ts-expect-error: a wrong value of the flash
session.flash('notice', 1)
// @ts-expect-error: no flash where the definition names none
current.open(Prefs).flash('notice', 'hi')
// @ts-expect-error: what is read may be missing
session.get('count').toFixed()
// @ts-expect-error: what is read cannot be changed
session.get('level')!.is = 3
// @ts-expect-error: what is read cannot be changed
session.value!.count = 3
// @ts-expect-error: a duration without a unit that is one
session.idleTimeout = '14 days'
// @ts-expect-error: a session has an idle timeout or its definition's
session.idleTimeout = undefined
// @ts-expect-error: whether it is dirty is the session's to say
session.dirty = true
// @ts-expect-error: only ids come from the generator
session.id = 'mine'
// @ts-expect-error: a misspelt option
session.regenerateId({ deleteOd: false })
// @ts-expect-error: a plain object is no definition
current.open({ name: 'by-id' })
// @ts-expect-error: a name has no type to open it with
current.open('by-id')
