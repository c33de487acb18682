import { randomUUID } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import test from 'ava'
import pg from 'pg'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { type PostgresPool, postgresStorage } from '../../lib/storages/postgres.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { clockedLite, clockedPool } from '../support/postgres-clock.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noServer, type PostgresServer, someServer } from '../support/postgres-server.ts'

const schema = `spec_${randomUUID().replaceAll('-', '')}`
let tables = 0
let server: PostgresServer | undefined
let pool: pg.Pool
let lite: PGlite

test.before(async () => {
  lite = await PGlite.create()
  await lite.query(`CREATE SCHEMA ${schema}`)
  if (noServer !== undefined) return
  server = await someServer()
  pool = postgresPool({ connectionString: server.url, max: 20 })
  await pool.query(`CREATE SCHEMA ${schema}`)
})

test.after.always(async () => {
  await lite?.close()
  await pool?.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool?.end()
  await server?.stop()
})

/** A storage in a table of its own. */
async function storageOn(database: PostgresPool): Promise<SessionStorage> {
  const storage = postgresStorage(database, { table: `${schema}.t${++tables}` })
  await storage.migrate()
  return storage
}

// Twice: with a clock that can be moved, and as an app would use it.
for (const scenario of storageScenarios()) {
  const title = `pg, at a given time: ${scenario.title}`
  if (noServer !== undefined) test.skip(`skipped, since ${noServer}: ${title}`, () => {})
  else {
    test(title, (t) =>
      scenario.run(assertions(t), async ({ clock }) => await storageOn(await clockedPool(pool, clock))),
    )
  }
  test(`PGlite, at a given time: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), async ({ clock }) => await storageOn(await clockedLite(lite, clock))))
}

for (const scenario of storageScenarios({ clock: false })) {
  const title = `pg: ${scenario.title}`
  if (noServer !== undefined) test.skip(`skipped, since ${noServer}: ${title}`, () => {})
  else test(title, (t) => scenario.run(assertions(t), () => storageOn(pool)))
  test(`PGlite: ${scenario.title}`, (t) => scenario.run(assertions(t), () => storageOn(lite)))
}
