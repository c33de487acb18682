import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { postgresStorage, type PostgresStorage } from '../../lib/storages/postgres.ts'
import { postgresPool } from './postgres-pool.ts'
import { noServer, type PostgresServer, someServer } from './postgres-server.ts'
import { until } from './until.ts'

const schema = `spec_${randomUUID().replaceAll('-', '')}`
let server: PostgresServer
let connections: pg.Pool
let tables = 0

/** What a test on a real server plays with. */
export interface Stage {
  readonly url: string
  readonly pool: pg.Pool
  /** A table of its own. */
  readonly table: string
  readonly storage: PostgresStorage
}

if (noServer === undefined) {
  test.before(async () => {
    server = await someServer()
    connections = postgresPool({ connectionString: server.url, max: 30 })
    await connections.query(`CREATE SCHEMA ${schema}`)
  })

  test.after.always(async () => {
    await connections?.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await connections?.end()
    await server?.stop()
  })
}

/** Declares a test that needs a real server, which all such tests of a file share; they run one after the other. */
export function onServer(title: string, play: (t: ExecutionContext, stage: Stage) => Promise<void>): void {
  if (noServer !== undefined) return test.skip(`skipped, since ${noServer}: ${title}`, () => {})
  test.serial(title, async (t) => {
    const table = `${schema}.t${++tables}`
    const storage = postgresStorage(connections, { table })
    await storage.migrate()
    await play(t, { url: server.url, pool: connections, table, storage })
  })
}

/**
 * Plays one race in a known order: `first` is done but not committed when `second` begins, and committed only when
 * `second` is seen to wait for it, and `meanwhile` is over. Gives the answer of `second`.
 */
export async function behind(
  { pool, table }: Stage,
  first: (storage: PostgresStorage, client: pg.PoolClient) => unknown,
  second: () => unknown,
  meanwhile: () => Promise<void> = async () => {},
): Promise<unknown> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await first(postgresStorage(client, { table }), client)
    const pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid
    const answer = second()
    const waiting = 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))'
    await until(async () => (await pool.query(waiting, [pid])).rows.length > 0, {
      what: 'the second one waits for the first',
    })
    await meanwhile()
    await client.query('COMMIT')
    return await answer
  } finally {
    client.release()
  }
}
