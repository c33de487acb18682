import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { Redis, Cluster } from 'ioredis'
import { cachedStorage, directoryStorage, memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { expressStorage } from 'koa-typed-sessions/express-store'
import { postgresStorage, type PostgresPool } from 'koa-typed-sessions/postgres'
import { redisStorage } from 'koa-typed-sessions/redis'
import type { CreateStorage, StorageCapabilities } from 'koa-typed-sessions/testing'
import { PlainStore } from '../support/express-stores.ts'
import { clockedPool } from '../support/postgres-clock.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noServer, someServer } from '../support/postgres-server.ts'
import { hasRedisServer, RedisCluster, RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What is to be done when the engine is not needed any more. */
export type Teardown = Pick<ExecutionContext, 'teardown'>

/** How the suite can be run on an engine: by a clock that scenarios move, by the engine's own clock, or both. */
export interface Runs {
  readonly atGivenTime?: CreateStorage
  readonly inRealTime?: CreateStorage
}

/** One column of README's table. */
export interface Engine {
  readonly name: string
  /** What it has not, and why. */
  readonly without: Readonly<Partial<Record<keyof StorageCapabilities, string>>>
  /** Why it is not on this machine; `undefined` where it is. */
  readonly missing?: string | undefined
  start(until: Teardown): Promise<Runs>
}

const WITHOUT_SWEEP = { sweep: 'the engine removes them' }
const noRedis = hasRedisServer ? undefined : 'there is no redis-server'

export const ENGINES: readonly Engine[] = [
  { name: 'memory', without: {}, start: async () => ({ atGivenTime: memoryStorage }) },
  {
    name: 'directory',
    without: {},
    start: async (until) => ({ atGivenTime: (options) => directoryStorage(temporaryFolder(until), options) }),
  },
  {
    name: 'cached',
    without: {},
    start: async () => ({ atGivenTime: (options) => cachedStorage(memoryStorage(options), options) }),
  },
  {
    name: 'Redis',
    without: WITHOUT_SWEEP,
    missing: noRedis,
    async start(until) {
      const server = await RedisServer.start()
      const client = new Redis(server.url)
      until.teardown(() => client.disconnect())
      until.teardown(() => server.stop())
      return { inRealTime: () => redisStorage(client, { prefix: `${randomUUID()}:` }) }
    },
  },
  {
    name: 'Redis Cluster',
    without: WITHOUT_SWEEP,
    missing: noRedis,
    async start(until) {
      const cluster = await RedisCluster.start()
      const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
      until.teardown(() => client.disconnect())
      until.teardown(() => cluster.stop())
      return { inRealTime: () => redisStorage(client, { prefix: `${randomUUID()}:` }) }
    },
  },
  {
    name: 'PostgreSQL',
    without: {},
    missing: noServer,
    async start(until) {
      const server = await someServer()
      const pool = postgresPool({ connectionString: server.url, max: 20 })
      const schema = `table_${randomUUID().replaceAll('-', '')}`
      await pool.query(`CREATE SCHEMA ${schema}`)
      until.teardown(async () => {
        await pool.query(`DROP SCHEMA ${schema} CASCADE`)
        await pool.end()
        await server.stop()
      })
      let tables = 0
      const storageOn = async (database: PostgresPool): Promise<SessionStorage> => {
        const storage = postgresStorage(database, { table: `${schema}.t${++tables}` })
        await storage.migrate()
        return storage
      }
      return {
        inRealTime: () => storageOn(pool),
        atGivenTime: async ({ clock }) => await storageOn(await clockedPool(pool, clock)),
      }
    },
  },
  {
    name: 'express-session stores',
    without: { list: 'no `list`', sweep: 'no `sweep`' },
    start: async () => ({
      atGivenTime: ({ clock }) => expressStorage(new PlainStore(), { singleProcess: true, clock }),
    }),
  },
]
