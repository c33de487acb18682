import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import { expectTypeOf } from 'expect-type'
import session from 'express-session'
import {
  type ExpressStorage,
  type ExpressStorageOptions,
  expressStorage,
  type ExpressStore,
} from 'koa-typed-sessions/express-store'
import memorystore from 'memorystore'
import { createClient } from 'redis'
import sessionFileStore from 'session-file-store'
import { cookie, type SessionStorage } from 'koa-typed-sessions'

declare const store: ExpressStore
declare const anyStore: session.Store

// An app may have said what its sessions in Express hold.
declare module 'express-session' {
  interface SessionData {
    views: number
  }
}

// What an app has is taken as it is.
expressStorage(new RedisStore({ client: createClient() }))
expressStorage(new (connectPgSimple(session))({ createTableIfMissing: true }))
expressStorage(new (sessionFileStore(session))({ retries: 0 }))
expressStorage(new (memorystore(session))({ checkPeriod: 86_400_000 }))
expressStorage(new session.MemoryStore())
expressStorage(anyStore, { singleProcess: true, clock: () => 0 })
expectTypeOf<ExpressStorageOptions>().toEqualTypeOf<{
  readonly singleProcess?: boolean
  readonly clock?: () => number
}>()

// It is a storage, and says how far its promises reach.
expectTypeOf(expressStorage(store)).toEqualTypeOf<ExpressStorage>()
expectTypeOf<ExpressStorage>().toExtend<SessionStorage>()
expectTypeOf<ExpressStorage['scope']>().toEqualTypeOf<'process'>()
cookie<{ id: string }>('user', { storage: expressStorage(store) })

// So that an app of several processes can have the compiler refuse it.
declare function shared(storage: SessionStorage & { readonly scope?: never }): void
declare const anyStorage: SessionStorage
shared(anyStorage)
// @ts-expect-error -- for one process
shared(expressStorage(store))

// What cannot work is not taken.
// @ts-expect-error -- no store
expressStorage({})
// @ts-expect-error -- what makes stores is none
expressStorage(connectPgSimple(session))
// @ts-expect-error -- a client is no store
expressStorage(createClient())
// @ts-expect-error -- a misspelt option
expressStorage(store, { singelProcess: true })
