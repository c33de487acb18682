import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { Cluster } from 'ioredis'
import { type IORedisClient, redisStorage } from '../../lib/storages/redis.ts'
import { clusterClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisCluster } from '../support/redis-server.ts'
import { HOUR, keysOf, record } from './_redis.ts'

if (!hasRedisServer) {
  test.skip('Redis Cluster storage (no redis-server here)', () => {})
} else {
  let cluster: RedisCluster
  test.before(async () => {
    cluster = await RedisCluster.start()
  })
  test.after.always(() => cluster?.stop())

  const ioredis = (t: ExecutionContext): Cluster => {
    const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
    t.teardown(() => client.disconnect())
    return client.on('error', () => undefined)
  }

  for (const [name, connect] of Object.entries(clusterClients)) {
    test(`${name}: the sessions are spread over all masters, under one prefix`, async (t) => {
      const prefix = `${randomUUID()}:`
      const storage = redisStorage(await connect(t, cluster), { prefix })
      for (let index = 0; index < 30; index++) await storage.create(`key ${index}`, record({ subject: `ada ${index}` }))
      for (const server of cluster.servers) t.true((await server.cli('--scan', '--pattern', `${prefix}*`)).length > 0)
      for (let index = 0; index < 30; index++) t.deepEqual(await keysOf(storage, `ada ${index}`), [`key ${index}`])
    })

    test.serial(
      `${name}: who watches hears of changes on every master, also after the connection was lost`,
      async (t) => {
        const prefix = `${randomUUID()}:`
        const storage = redisStorage(await connect(t, cluster), { prefix })
        t.teardown(() => storage.close!())
        const keys = Array.from({ length: 12 }, (_, index) => `key ${index}`)
        for (const key of keys) await storage.create(key, record())
        let told: string[] = []
        let expected = { what: '', resolve: (): void => undefined }
        const all = (what: string): Promise<void> => {
          told = []
          return new Promise((resolve) => (expected = { what, resolve }))
        }
        await storage.watch!(keys, (key, what) => {
          if (what !== expected.what) return
          told.push(key)
          if (new Set(told).size === keys.length) expected.resolve()
        })
        const changed = all('changed')
        for (const key of keys) await storage.update(key, record(), 1)
        await changed
        const restored = all('changed')
        // Once only, at the master that it listens at: another loss would come in the middle of what follows.
        const listening = await Promise.all(
          cluster.servers.map((server) => server.cli('PUBSUB', 'CHANNELS', `${prefix}*`)),
        )
        const at = listening.findIndex((channels) => channels !== '')
        await cluster.servers[at]!.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await restored
        const gone = all('gone')
        for (const key of keys) await storage.delete(key)
        await gone
        t.deepEqual([...told].sort(), [...keys].sort())
      },
    )
  }

  test('a process that dies anywhere in a rotation leaves the session once or not at all', async (t) => {
    const client = ioredis(t)
    const healthy = redisStorage(client, { prefix: 'death:' })
    const dead = new Error('dead')
    let lived = 0
    // Enter the index, claim, take, settle; each may be the last that reaches the engine.
    for (let last = 0; last <= 4; last++) {
      const [from, to] = [`from ${last}`, `to ${last}`]
      await healthy.create(from, record({ subject: `ada ${last}` }))
      let left = last
      const dying: IORedisClient = {
        isCluster: true,
        // A script that is sent again as text is no further step.
        call: (command, args) => (command === 'EVAL' || left-- > 0 ? client.call(command, args) : Promise.reject(dead)),
      }
      const rotating = redisStorage(dying, { prefix: 'death:' }).rotate(from, to, record({ subject: `ada ${last}` }), 1)
      if (last < 4) await t.throwsAsync(async () => rotating, { is: dead })
      else t.is(await rotating, 'ok')
      const live = [await healthy.read(from), await healthy.read(to)].filter((found) => found !== null)
      t.true(live.length <= 1)
      lived += live.length
      if (live.length === 1) t.true((await keysOf(healthy, `ada ${last}`)).includes(last === 4 ? to : from))
    }
    t.is(lived, 4, 'lost only where it died between taking and settling')
  })

  test('a key that a dead process has claimed is free again after a while', async (t) => {
    const client = ioredis(t)
    const dying: IORedisClient = {
      isCluster: true,
      call: (command, args) =>
        args.includes('PEXPIRE') ? client.call(command, args) : Promise.reject(new Error('dead')),
    }
    await t.throwsAsync(async () => redisStorage(dying, { prefix: 'claim:' }).rotate('from', 'to', record(), 1))
    const left = await client.pttl('claim:id:to')
    t.true(left > 0 && left <= 10_000)
    const storage = redisStorage(client, { prefix: 'claim:' })
    t.is(await storage.read('to'), null)
    t.is(await storage.update('to', record(), 2), 'gone')
    t.false(await storage.touch('to', Date.now() + HOUR))
    t.false(await storage.create('to', record()))
  })

  test('a session that is just being rotated is listed, and deleting it there ends the rotation', async (t) => {
    const client = ioredis(t)
    const storage = redisStorage(client, { prefix: 'moving:' })
    const subject = 'ada'
    await storage.create('from', record({ subject }))
    let sent = 0
    let reached = (): void => undefined
    let goOn = (): void => undefined
    const underWay = new Promise<void>((resolve) => (reached = resolve))
    const held = new Promise<void>((resolve) => (goOn = resolve))
    const slow: IORedisClient = {
      isCluster: true,
      async call(command, args) {
        // The old key is gone, the new one is not yet a session.
        if (command === 'EVALSHA' && ++sent === 4) {
          reached()
          await held
        }
        return await client.call(command, args)
      },
    }
    const rotating = redisStorage(slow, { prefix: 'moving:' }).rotate('from', 'to', record({ subject }), 1)
    await underWay
    t.is(await storage.read('from'), null)
    t.is(await storage.read('to'), null)
    t.deepEqual(await keysOf(storage, subject), ['to'])
    t.true(await storage.delete('to'))
    goOn()
    t.is(await rotating, 'gone')
    t.deepEqual(await keysOf(storage, subject), [])
  })
}
