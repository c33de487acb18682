import { randomUUID } from 'node:crypto'
import test from 'ava'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import pg from 'pg'
import { createClient } from 'redis'
import { expressStorage } from '../../lib/storages/express-store.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { STORES } from '../support/express-stores.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noServer, type PostgresServer, someServer } from '../support/postgres-server.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'

const scenarios = storageScenarios({ list: false, sweep: false })
// A store on an engine removes what has expired by the engine's clock.
const expiring = storageScenarios({ list: false, sweep: false, clock: false })
  .filter(({ guarantee }) => guarantee === 'expired means gone')
  .map((scenario) => ({ ...scenario, title: `in real time: ${scenario.title}` }))

for (const [name, create] of Object.entries(STORES)) {
  for (const scenario of scenarios) {
    test(`${name}: ${scenario.title}`, (t) =>
      scenario.run(assertions(t), ({ clock }) => expressStorage(create(t), { singleProcess: true, clock })))
  }
}

const url = process.env['REDIS_URL']

if (url === undefined && !hasRedisServer) {
  test.skip('connect-redis does as every storage does (no redis-server here, and no REDIS_URL given)', () => {})
} else {
  let server: RedisServer | undefined
  let client: ReturnType<typeof createClient>
  test.before(async () => {
    server = url === undefined ? await RedisServer.start() : undefined
    client = createClient({ url: url ?? server?.url ?? '' })
    await client.on('error', () => undefined).connect()
  })
  test.after.always(async () => {
    client?.destroy()
    await server?.stop()
  })

  for (const scenario of [...scenarios, ...expiring]) {
    test(`connect-redis: ${scenario.title}`, (t) =>
      scenario.run(assertions(t), ({ clock }) =>
        expressStorage(new RedisStore({ client, prefix: `${randomUUID()}:` }), { singleProcess: true, clock }),
      ))
  }
}

if (noServer !== undefined) {
  test.skip(`connect-pg-simple does as every storage does (skipped, since ${noServer})`, () => {})
} else {
  const PGStore = connectPgSimple(session)
  const prefix = `spec_${randomUUID().replaceAll('-', '')}`
  const schemas: string[] = []
  let server: PostgresServer
  let pool: pg.Pool
  test.before(async () => {
    server = await someServer()
    pool = postgresPool({ connectionString: server.url, max: 20 })
  })
  test.after.always(async () => {
    if (schemas.length > 0) await pool.query(`DROP SCHEMA ${schemas.join(', ')} CASCADE`)
    await pool?.end()
    await server?.stop()
  })

  for (const scenario of [...scenarios, ...expiring]) {
    test(`connect-pg-simple: ${scenario.title}`, (t) =>
      scenario.run(assertions(t), async ({ clock }) => {
        // Of its own, since the names of the table's indexes are always the same.
        const schemaName = `${prefix}_${schemas.length}`
        schemas.push(schemaName)
        await pool.query(`CREATE SCHEMA ${schemaName}`)
        const store = new PGStore({ pool, schemaName, createTableIfMissing: true, pruneSessionInterval: false })
        return expressStorage(store, { singleProcess: true, clock })
      }))
  }
}
