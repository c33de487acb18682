import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { Redis, Cluster } from 'ioredis'
import { cachedStorage, directoryStorage, memoryStorage } from 'koa-typed-sessions'
import { expressStorage } from 'koa-typed-sessions/express-store'
import { postgresStorage } from 'koa-typed-sessions/postgres'
import { redisStorage } from 'koa-typed-sessions/redis'
import { storageScenarios, type CreateStorage, type StorageCapabilities } from 'koa-typed-sessions/testing'
import { PlainStore } from '../support/express-stores.ts'
import { clockedPool } from '../support/postgres-clock.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noServer, someServer } from '../support/postgres-server.ts'
import { hasRedisServer, RedisCluster, RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What is to be done when the engine is not needed any more. */
export type Teardown = Pick<ExecutionContext, 'teardown'>

/** One column of README's table. */
export interface Engine {
  readonly name: string
  /** What it declares that it has not. */
  readonly capabilities: StorageCapabilities
  /** Whether the engine removes by itself what has expired. */
  readonly sweepsItself?: true
  /** Why it is not on this machine; `undefined` where it is. */
  readonly missing?: string | undefined
  start(until: Teardown): Promise<CreateStorage>
}

const redisCapabilities = { clock: false, sweep: false }
const noRedis = hasRedisServer ? undefined : 'there is no redis-server'

export const ENGINES: readonly Engine[] = [
  { name: 'memory', capabilities: {}, start: async () => memoryStorage },
  {
    name: 'directory',
    capabilities: {},
    start: async (until) => (options) => directoryStorage(temporaryFolder(until), options),
  },
  {
    name: 'cached',
    capabilities: {},
    start: async () => (options) => cachedStorage(memoryStorage(options), options),
  },
  {
    name: 'Redis',
    capabilities: redisCapabilities,
    sweepsItself: true,
    missing: noRedis,
    async start(until) {
      const server = await RedisServer.start()
      const client = new Redis(server.url)
      until.teardown(() => client.disconnect())
      until.teardown(() => server.stop())
      return () => redisStorage(client, { prefix: `${randomUUID()}:` })
    },
  },
  {
    name: 'Redis Cluster',
    capabilities: redisCapabilities,
    sweepsItself: true,
    missing: noRedis,
    async start(until) {
      const cluster = await RedisCluster.start()
      const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
      until.teardown(() => client.disconnect())
      until.teardown(() => cluster.stop())
      return () => redisStorage(client, { prefix: `${randomUUID()}:` })
    },
  },
  {
    name: 'PostgreSQL',
    capabilities: {},
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
      return async ({ clock }) => {
        const storage = postgresStorage(await clockedPool(pool, clock), { table: `${schema}.t${++tables}` })
        await storage.migrate()
        return storage
      }
    },
  },
  {
    name: 'express-session stores',
    capabilities: { list: false, sweep: false },
    start:
      async () =>
      ({ clock }) =>
        expressStorage(new PlainStore(), { singleProcess: true, clock }),
  },
]

/** All guarantees, in the order in which the suite tells them. */
export const GUARANTEES: readonly string[] = [...new Set(storageScenarios().map(({ guarantee }) => guarantee))]

/** What a cell says where all is well: `absent` where the engine declares that it has not what the guarantee is about. */
export function declared(
  guarantee: string,
  { capabilities, sweepsItself }: Engine,
): 'passed' | 'absent' | 'by the engine' {
  if (storageScenarios(capabilities).some((scenario) => scenario.guarantee === guarantee)) return 'passed'
  return sweepsItself && guarantee === 'the expired are swept, the living never' ? 'by the engine' : 'absent'
}

/** The table as README has it: one row a guarantee, one column an engine. */
export function tableOf(cell: (guarantee: string, engine: Engine) => string): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `| ${row(ENGINES.map(({ name }) => name))}`,
    row(['---', ...ENGINES.map(() => '---')]),
    ...GUARANTEES.map((guarantee) => row([guarantee, ...ENGINES.map((engine) => cell(guarantee, engine))])),
  ].join('\n')
}

/** What stands before and behind the table. */
export const MARKERS = ['<!-- made by npm run conformance:table -->', '<!-- end of the table -->'] as const
