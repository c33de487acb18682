import { checkOptions } from '../base/options.ts'
import { SessionConfigError } from '../errors.ts'
import type { PostgresPool } from './postgres/pool.ts'
import { schemaOf } from './postgres/schema.ts'
import { PostgresSessionStorage, type PostgresStorage } from './postgres/storage.ts'
import { parseTable } from './postgres/table.ts'
import { given } from './shared/given.ts'

export type { PostgresPool, PostgresStorage }

/** The options of {@link postgresStorage}. */
export interface PostgresStorageOptions {
  /** The name of the table, with its schema if you like: `auth.sessions`. Default: `sessions`. */
  readonly table?: string
  /**
   * Whether changes are announced (`NOTIFY`), so that `watch` works. Default: `true`. PostgreSQL commits announcing transactions one
   * after another: write `false`, in all processes alike, if nothing watches and many sessions are written at the same time.
   */
  readonly watch?: boolean
}

/**
 * Stores sessions in a table of PostgreSQL 12 or later, for any number of processes. The encoding of the database must be UTF8, and
 * the isolation level READ COMMITTED, its default.
 *
 * `pool` is what your app already has: a `Pool` or `Client` of pg, a PGlite, or any object with `query(text, values)`. The storage
 * never ends it. Every operation is one statement, outside of your transactions, and uses the clock of the database. A renewal
 * touches no index. Instants are whole milliseconds.
 *
 * A pool and a PGlite can `watch`. While there is a listener, `watch` holds one connection of the pool, and replaces it when it
 * breaks; `close()` releases it, so call that before `pool.end()`. Renewals and passing deadlines are not reported.
 *
 * Expired sessions are never read. `sweep` removes them, some only an hour after their deadline, at most 1,000 per call unless given
 * another limit. The middleware calls it by itself; several processes may sweep at the same time.
 *
 * pg ends the process if an idle connection of a pool breaks and there is no `error` listener: add `pool.on('error', …)`, as its
 * manual says.
 *
 * The errors of the driver are thrown as they are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `pool` has no `query`, or an option is wrong or unknown.
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
  checkOptions('postgresStorage()', options, { table: 'any', watch: 'boolean' })
  const { table = 'sessions', watch = true } = options
  return new PostgresSessionStorage(pool, parseTable(table), watch)
}

/**
 * The statements that create the table and its indexes, if you run migrations yourself. Otherwise call `storage.migrate()`.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the name is not a table name.
 *
 * @example
 * console.log(postgresSchema('auth.sessions'))
 */
export function postgresSchema(table: string = 'sessions'): string {
  return schemaOf(parseTable(table))
}
