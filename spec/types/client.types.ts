/*
 * Compiled, never run: what must compile, and what must not.
 */
import { expectTypeOf } from 'expect-type'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { autorun, connectSession, ReactiveSession, type Computation, type Frozen } from 'koa-typed-sessions/client'
import { mirror, type Exposed } from 'koa-typed-sessions/live'

interface Account {
  user: string
  role: 'admin' | 'guest'
  basket: { item: string; count: number }[]
  since: Date
  secret: string
}
const Account = cookie<Account>('account', { storage: memoryStorage() })
const shown = mirror(Account, { expose: ({ user, role, basket, since }) => ({ user, role, basket, since }) })

// The type of `expose` is the type in the browser.
const session = connectSession<Exposed<typeof shown>>('/session')
expectTypeOf(session.get('user')).toEqualTypeOf<string | undefined>()
expectTypeOf(session.get('since')).toEqualTypeOf<Date | undefined>()
expectTypeOf(session.get('basket')).toEqualTypeOf<
  readonly { readonly item: string; readonly count: number }[] | undefined
>()
expectTypeOf(session.all()).not.toBeAny()
expectTypeOf(session.getSnapshot()?.role).toEqualTypeOf<'admin' | 'guest' | undefined>()
expectTypeOf(session.status).toEqualTypeOf<'pending' | 'live' | 'stale' | 'gone'>()
session.equals('role', 'admin')
session.subscribe('user', (user) => expectTypeOf(user).toEqualTypeOf<string | undefined>())
session.subscribe((all) => expectTypeOf(all?.user).toEqualTypeOf<string | undefined>())

// A field that `expose` does not return, or returns no more, stops the client from compiling.
const fewer = mirror(Account, { expose: ({ role }) => ({ role }) })
const less = connectSession<Exposed<typeof fewer>>('/session')
// @ts-expect-error it is not exposed
session.get('secret')
// @ts-expect-error it is exposed no more
less.get('user')
// @ts-expect-error it is exposed no more
less.equals('user', 'ada')
// @ts-expect-error it is exposed no more
less.subscribe('user', () => {})
// @ts-expect-error it is exposed no more
less.getSnapshot()?.user
// @ts-expect-error there is no such role
session.equals('role', 'owner')

// The mirror is read-only.
// @ts-expect-error there is no writing
session.set('user', 'eve')
// @ts-expect-error what it gives is read-only
session.get('basket')?.push({ item: 'bread', count: 1 })
// @ts-expect-error what it gives is read-only, all the way down
session.get('basket')![0]!.count = 2

// The reactive store: keys and values are typed, and what it gives can be set again.
interface Board {
  selected: string
  rows: { name: string; tags: Set<string> }[]
  names: Map<string, { id: number }>
}
const board = new ReactiveSession<Board>('board', { initial: { selected: 'ada' }, persist: 'tab' })
expectTypeOf(board.get('selected')).toEqualTypeOf<string | undefined>()
expectTypeOf(board.get('names')).toEqualTypeOf<ReadonlyMap<string, { readonly id: number }> | undefined>()
board.set('rows', [...(board.get('rows') ?? []), { name: 'ada', tags: new Set() }])
board.set({ selected: 'ada', rows: [] })
board.set(board.all())
board.setDefault('selected', 'ada')
board.setDefault({ rows: [] })
board.equals('rows', board.get('rows'))
// @ts-expect-error there is no such key
board.get('slected')
// @ts-expect-error it is no text
board.set('selected', 1)
// @ts-expect-error it is no text
board.set({ selected: 1 })
// @ts-expect-error one key may be absent, and is not undefined by its type
board.set('selected', undefined)
// @ts-expect-error there is no such key
board.equals('slected', 'ada')
// @ts-expect-error what it gives is read-only
board.get('rows')?.push({ name: 'eve', tags: new Set() })
// @ts-expect-error what it gives is read-only
board.get('rows')?.[0]?.tags.add('new')
// @ts-expect-error there is no such way to persist
void new ReactiveSession<Board>('other', { persist: 'forever' })

expectTypeOf(autorun(() => {})).toEqualTypeOf<Computation>()
expectTypeOf<Frozen<{ a?: { b: [1, 2] } }>>().toEqualTypeOf<{ readonly a?: { readonly b: readonly [1, 2] } }>()
