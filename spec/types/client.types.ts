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

// What Svelte and React take, in their own words: `svelte/store` of Svelte 5 and 4, `useSyncExternalStore`.
interface Readable<T> {
  subscribe(this: void, run: (value: T) => void, invalidate?: () => void): () => void
}
interface OlderReadable<T> {
  subscribe(this: void, run: (value: T) => void, invalidate?: (value?: T) => void): () => void
}
declare function get<T>(store: Readable<T>): T
declare function olderGet<T>(store: OlderReadable<T>): T
declare function useSyncExternalStore<S>(subscribe: (changed: () => void) => () => void, getSnapshot: () => S): S
type StoreValue<S> = S extends Readable<infer T> ? T : never
type Listener<S extends { subscribe: (...args: never[]) => unknown }> = Parameters<S['subscribe']>[0]

expectTypeOf(get(board)).toEqualTypeOf<Partial<Frozen<Board>>>()
expectTypeOf(olderGet(board)).toEqualTypeOf<Partial<Frozen<Board>>>()
expectTypeOf(get(session)?.user).toEqualTypeOf<string | undefined>()
expectTypeOf<StoreValue<typeof board>>().toEqualTypeOf<Partial<Frozen<Board>>>()
expectTypeOf<StoreValue<typeof session>>().toEqualTypeOf<Frozen<Exposed<typeof shown>> | undefined>()
expectTypeOf<Listener<typeof board>>().toEqualTypeOf<(values: Partial<Frozen<Board>>) => void>()
expectTypeOf(board).toExtend<Readable<Partial<Frozen<Board>>>>()
expectTypeOf(session).toExtend<Readable<Frozen<Exposed<typeof shown>> | undefined>>()
expectTypeOf(useSyncExternalStore(board.subscribe, board.getSnapshot)).toEqualTypeOf<Partial<Frozen<Board>>>()
expectTypeOf(useSyncExternalStore(session.subscribe, () => session.status)).toEqualTypeOf<typeof session.status>()
board.subscribe((values) => expectTypeOf(values).toEqualTypeOf<Partial<Frozen<Board>>>())
board.subscribe(
  (values) => expectTypeOf(values).toEqualTypeOf<Partial<Frozen<Board>>>(),
  () => {},
)
board.subscribe('selected', (selected) => expectTypeOf(selected).toEqualTypeOf<string | undefined>())
// @ts-expect-error there is no such key
board.subscribe('slected', () => {})
// @ts-expect-error a key without a listener
board.subscribe('selected')

expectTypeOf(autorun(() => {})).toEqualTypeOf<Computation>()
expectTypeOf<Frozen<{ a?: { b: [1, 2] } }>>().toEqualTypeOf<{ readonly a?: { readonly b: readonly [1, 2] } }>()
