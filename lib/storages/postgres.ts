import { SessionConfigError } from '../errors.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { given } from './given.ts'
import type { PostgresPool } from './postgres/pool.ts'
import { schemaOf } from './postgres/schema.ts'
import { PooledStorage, type PostgresStorage } from './postgres/storage.ts'
import { parseTable } from './postgres/table.ts'

export type { PostgresPool, PostgresStorage }

/** What {@link postgresStorage} takes. */
export interface PostgresStorageOptions {
  /** The table that sessions are in, `sessions` by default; after its schema, if you like: `auth.sessions`. */
  readonly table?: string
  /**
   * Whether changes are announced (`NOTIFY`), so that `watch` hears of them; `true` by default. PostgreSQL commits
   * transactions that announce something one after the other. `false`, in all processes alike, where nothing watches
   * and many sessions are written at once.
   */
  readonly watch?: boolean
}

/**
 * Keeps sessions in a table of PostgreSQL 12 or later, for any number of processes. The database's encoding must be UTF8,
 * and the isolation level the default one, READ COMMITTED.
 *
 * It takes what the app already has: pg's `Pool` or `Client`, PGlite, or anything with `query(text, values)`; it never
 * ends it. Every verb is one statement, outside of any transaction of yours, and goes by the database's clock. A renewal
 * touches no index. Instants are whole milliseconds.
 *
 * `watch` is there for a pool and for PGlite. While somebody watches it holds one connection of the pool, and builds
 * another when that one breaks; `close()` gives it back, and comes before `pool.end()`. A renewal and the passing of a
 * deadline are not announced.
 *
 * Expired sessions are never read. `sweep` removes them, some only an hour after their deadline, at most 1,000 a call
 * unless told otherwise; several processes may sweep at once. Call it now and then.
 *
 * pg ends the process where a pool's idle connection breaks and nobody listens: `pool.on('error', …)`, as pg's manual says.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where there is no `query`, or an option is wrong or unknown.
 *
 * @example
 * const storage = postgresStorage(new Pool({ connectionString: process.env['DATABASE_URL'] }), { table: 'auth.sessions' })
 * await storage.migrate()
 * const User = cookie<User>('user', { storage })
 */
export function postgresStorage(pool: PostgresPool, options: PostgresStorageOptions = {}): PostgresStorage {
  if (typeof pool !== 'object' || typeof pool?.query !== 'function') {
    throw new SessionConfigError(
      `postgresStorage needs a client that has query(text, values): a Pool of pg, or a PGlite, as in postgresStorage(new Pool({ connectionString })); ${given(pool)}`,
    )
  }
  checkOptionNames('postgresStorage', options, ['table', 'watch'])
  checkOptionTypes('postgresStorage', options, { watch: 'boolean' })
  const { table = 'sessions', watch = true } = options
  return new PooledStorage(pool, parseTable(table), watch)
}

/**
 * The statements that make the table and its indexes, for those who run migrations themselves; the others call
 * `storage.migrate()`.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the table's name is none.
 *
 * @example
 * console.log(postgresSchema('auth.sessions'))
 */
export function postgresSchema(table: string = 'sessions'): string {
  return schemaOf(parseTable(table))
}
