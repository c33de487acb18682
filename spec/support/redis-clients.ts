import type { ExecutionContext } from 'ava'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from '../../lib/storages/redis.ts'
import { type RedisCluster, RedisServer } from './redis-server.ts'

/** The clients that the storage is tested with: each connected, and closed when the test is over. */
type Connect<Engine> = (t: Pick<ExecutionContext, 'teardown'>, engine: Engine) => Promise<RedisClient>

const ignore = (): void => undefined

export const singleNodeClients: Readonly<Record<string, Connect<Pick<RedisServer, 'url'>>>> = {
  'node-redis': async (t, { url }) => {
    const client = createClient({ url }).on('error', ignore)
    t.teardown(() => client.destroy())
    return await client.connect()
  },
  ioredis: async (t, { url }) => {
    const client = new Redis(url, { lazyConnect: true }).on('error', ignore)
    t.teardown(() => client.disconnect())
    await client.connect()
    return client
  },
}

export const clusterClients: Readonly<Record<string, Connect<Pick<RedisCluster, 'ports'>>>> = {
  'node-redis': async (t, { ports }) => {
    const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
    const client = createCluster({ rootNodes }).on('error', ignore)
    t.teardown(() => client.destroy())
    await client.connect()
    return client
  },
  ioredis: async (t, { ports }) => {
    const nodes = ports.map((port) => ({ host: '127.0.0.1', port }))
    const client = new Cluster(nodes, { lazyConnect: true }).on('error', ignore)
    t.teardown(() => client.disconnect())
    await client.connect()
    return client
  },
}
