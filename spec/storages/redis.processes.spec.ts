import { setImmediate as nextTurn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type RedisClient, redisStorage } from '../../lib/storages/redis.ts'
import { clusterClients, singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisCluster, RedisServer } from '../support/redis-server.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { record } from './_redis.ts'
import { until } from '../support/until.ts'

const RACES = 1000
const UPDATES = 500
const script = new URL('_redis-worker.ts', import.meta.url)

if (!hasRedisServer) {
  test.skip('several processes on one Redis (no redis-server here)', () => {})
} else {
  let server: RedisServer
  let cluster: RedisCluster
  test.before(async () => {
    server = await RedisServer.start()
    cluster = await RedisCluster.start()
  })
  test.after.always(async () => {
    await server?.stop()
    await cluster?.stop()
  })

  const start = async (t: ExecutionContext, kind: string, count: number): Promise<WorkerProcess[]> => {
    const ports = kind === 'cluster' ? cluster.ports : [server.port]
    const workers = Array.from(
      { length: count },
      (_, index) =>
        new WorkerProcess(t, script, [kind, index % 2 === 0 ? 'node-redis' : 'ioredis', ...ports.map(String)]),
    )
    await Promise.all(workers.map(({ ready }) => ready))
    return workers
  }

  onEngine(
    'one node',
    (t) => singleNodeClients['ioredis']!(t, server),
    (t, count) => start(t, 'node', count),
  )
  onEngine(
    'a cluster',
    (t) => clusterClients['node-redis']!(t, cluster),
    (t, count) => start(t, 'cluster', count),
  )

  for (const [name, connect] of Object.entries(singleNodeClients)) {
    test.serial(`${name}: what was confirmed holds when Redis is killed and restarted under load`, async (t) => {
      const mortal = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
      t.teardown(() => mortal.stop())
      const storage = redisStorage(await connect(t, mortal))
      const run = { over: false, failures: 0, written: 0 }
      const more = async (updates: number): Promise<void> => {
        const goal = run.written + updates
        await Promise.race([until(() => run.written >= goal, { what: `${updates} more updates are written` }), writers])
      }

      // Each is the only one who writes its sessions, so that it knows what they must be.
      const load = async (writer: number): Promise<void> => {
        let confirmed = 0
        let unsure = false
        const key = `key ${writer}`
        await storage.create(key, record({ data: '0' }))
        for (let turn = 0; !run.over; turn++) {
          const brief = `brief ${writer} ${turn}`
          try {
            const found = await storage.read(key)
            if (found === null) throw new Error('a confirmed session is gone')
            const data = Number(found.data)
            if (data < confirmed || (!unsure && data !== confirmed)) throw new Error(`${data} and not ${confirmed}`)
            confirmed = data
            unsure = true
            const outcome = await storage.update(key, record({ data: String(data + 1) }), found.version)
            // A client may send a command again whose answer was lost: the second one finds the first.
            if (outcome === 'ok') confirmed = data + 1
            if (outcome === 'gone') throw new Error('a confirmed session is gone')
            unsure = outcome !== 'ok'
            run.written++
            await storage.create(brief, record({ subject: key }))
            await storage.delete(brief)
            if ((await storage.read(brief)) !== null) throw new Error('a destroyed session is back')
          } catch (error) {
            if (/confirmed|destroyed|and not/.test((error as Error).message)) throw error
            run.failures++
            await nextTurn()
          }
        }
      }
      const writers = Promise.all(Array.from({ length: 16 }, (_, writer) => load(writer)))
      for (let round = 0; round < 3; round++) {
        await more(500)
        await mortal.kill()
        await mortal.start()
      }
      await more(500)
      run.over = true
      await writers
      t.log(`${run.written} updates, ${run.failures} failures`)
      t.pass()
    })
  }
}

function onEngine(
  engine: string,
  connect: (t: ExecutionContext) => Promise<RedisClient>,
  start: (t: ExecutionContext, count: number) => Promise<WorkerProcess[]>,
): void {
  test.serial(
    `${engine}: four processes that count up 500 times each in one session come to exactly 2,000`,
    async (t) => {
      const storage = redisStorage(await connect(t))
      await storage.create('key', record({ data: '0' }))
      const workers = await start(t, 4)
      await Promise.all(workers.map((worker) => worker.work({ key: 'key', times: UPDATES })))
      const found = await storage.read('key')
      t.is(found?.data, `${4 * UPDATES}`)
      t.is(found?.version, 4 * UPDATES + 1)
    },
  )

  test.serial(`${engine}: no session survives its destruction, in 1,000 races with late writers`, async (t) => {
    const storage = redisStorage(await connect(t))
    const writers = await start(t, 2)
    for (let race = 0; race < RACES; race++) {
      const key = `destroyed ${race}`
      await storage.create(key, record())
      const underWay = writers.map((writer) => writer.underWay())
      const answers = Promise.all(writers.map((writer) => writer.work({ key })))
      await Promise.race(underWay)
      t.true(await storage.delete(key))
      t.is(await storage.read(key), null)
      await answers
      t.is(await storage.read(key), null)
    }
  })

  test.serial(
    `${engine}: no session survives under the key it was rotated from, in 1,000 races with late writers`,
    async (t) => {
      const storage = redisStorage(await connect(t))
      const writers = await start(t, 2)
      for (let race = 0; race < RACES; race++) {
        const [from, to] = [`from ${race}`, `to ${race}`]
        await storage.create(from, record())
        const underWay = writers.map((writer) => writer.underWay())
        const answers = Promise.all(writers.map((writer) => writer.work({ key: from })))
        await Promise.race(underWay)
        let version: number
        do {
          version = (await storage.read(from))!.version
        } while ((await storage.rotate(from, to, record({ data: 'rotated' }), version)) !== 'ok')
        t.is(await storage.read(from), null)
        const written = (await answers) as number[]
        t.is(await storage.read(from), null)
        t.like(await storage.read(to), { data: 'rotated', version: version + 1 })
        t.true(Math.max(...written) <= version, 'what a writer was told is written was read before the rotation')
      }
    },
  )
}
