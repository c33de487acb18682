import { randomUUID } from 'node:crypto'
import test from 'ava'
import { redisStorage } from '../../lib/storages/redis.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { clusterClients, singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisCluster, RedisServer } from '../support/redis-server.ts'

const url = process.env['REDIS_URL']
// The engine goes by its own clock, in real time, and removes what has expired by itself.
const scenarios = storageScenarios({ clock: false, sweep: false })

if (url === undefined && !hasRedisServer) {
  test.skip('Redis does as every storage does (no redis-server here, and no REDIS_URL given)', () => {})
} else {
  let server: { readonly url: string; stop?(): Promise<void> }
  test.before(async () => {
    server = url === undefined ? await RedisServer.start() : { url }
  })
  test.after.always(() => server?.stop?.())

  for (const [name, connect] of Object.entries(singleNodeClients)) {
    for (const scenario of scenarios) {
      test(`${name}: ${scenario.title}`, async (t) => {
        const client = await connect(t, server)
        await scenario.run(assertions(t), () => redisStorage(client, { prefix: `${randomUUID()}:` }))
      })
    }
  }
}

if (!hasRedisServer) {
  test.skip('Redis Cluster does as every storage does (no redis-server here)', () => {})
} else {
  let cluster: RedisCluster
  test.before(async () => {
    cluster = await RedisCluster.start()
  })
  test.after.always(() => cluster?.stop())

  for (const [name, connect] of Object.entries(clusterClients)) {
    for (const scenario of scenarios) {
      test(`${name}, cluster: ${scenario.title}`, async (t) => {
        const client = await connect(t, cluster)
        await scenario.run(assertions(t), () => redisStorage(client, { prefix: `${randomUUID()}:` }))
      })
    }
  }
}
