import type { PGlite } from '@electric-sql/pglite'
import type { Pool } from 'pg'
import type { Clock } from '../../lib/base/clock.ts'
import type { PostgresPool } from '../../lib/storages/postgres.ts'

const SCHEMA = 'koa_typed_sessions_spec_clock'

/** Functions that go before PostgreSQL's own clocks where the schema comes first, and tell the time that they are told. */
const CLOCKS = `DO $$ BEGIN
PERFORM pg_advisory_xact_lock(4711);
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
${['clock_timestamp', 'statement_timestamp']
  .map(
    (name) => `CREATE OR REPLACE FUNCTION ${SCHEMA}.${name}() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT to_timestamp(current_setting(''spec.now'')::numeric / 1000)';`,
  )
  .join('\n')}
END $$`

const SET = `SELECT set_config('spec.now', $1, true), set_config('search_path', '${SCHEMA}, public, pg_catalog', true)`

/** The same database, in which it is as late as the clock says: so that an engine with its own clock can be tested. */
export async function clockedPool(pool: Pool, clock: Clock): Promise<PostgresPool> {
  await pool.query(CLOCKS)
  return {
    async query(text, values) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query(SET, [String(clock())])
        const result = await client.query(text, values)
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
  }
}

/** {@link clockedPool} for PGlite. */
export async function clockedLite(lite: PGlite, clock: Clock): Promise<PostgresPool> {
  await lite.query(CLOCKS)
  return {
    query: (text, values) =>
      lite.transaction(async (transaction) => {
        await transaction.query(SET, [String(clock())])
        return await transaction.query(text, values)
      }),
  }
}
