import { PGlite } from '@electric-sql/pglite'
import { expectTypeOf } from 'expect-type'
import pg from 'pg'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import {
  type PostgresPool,
  postgresSchema,
  type PostgresStorage,
  postgresStorage,
} from '../../lib/storages/postgres.ts'
import type { ConnectionPool, ListeningClient } from '../../lib/storages/postgres/pool.ts'

declare const borrowed: pg.PoolClient

// What an app has is taken as it is.
expectTypeOf(postgresStorage(new pg.Pool())).toEqualTypeOf<PostgresStorage>()
postgresStorage(new pg.Client(), { table: 'auth.sessions' })
postgresStorage(borrowed, { watch: false })
postgresStorage(new PGlite())
postgresStorage({ query: async (text: string, values: unknown[]) => ({ rows: [text, values] }) })
expectTypeOf<PostgresStorage>().toExtend<SessionStorage>()
expectTypeOf<PGlite>().toExtend<PostgresPool>()

// What can hold a connection is what we take for it.
expectTypeOf<pg.Pool>().toExtend<ConnectionPool>()
expectTypeOf<pg.Client>().not.toExtend<ConnectionPool>()
expectTypeOf<PGlite>().toExtend<ListeningClient>()

expectTypeOf(postgresSchema()).toEqualTypeOf<string>()

// @ts-expect-error: nothing that has no query
postgresStorage({})
// @ts-expect-error: nothing that gives no rows
postgresStorage({ query: async () => 1 })
// @ts-expect-error: a misspelt option
postgresStorage(new PGlite(), { tabel: 'sessions' })
