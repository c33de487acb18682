import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { NEVER } from '../../lib/base/clock.ts'
import { cachedStorage } from '../../lib/storages/cached.ts'
import { redisStorage } from '../../lib/storages/redis.ts'
import { singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { record, storageOn } from './_redis.ts'
import { until } from '../support/until.ts'

if (!hasRedisServer) {
  test.skip('watching sessions on Redis (no redis-server here)', () => {})
} else {
  let server: RedisServer
  test.before(async () => {
    server = await RedisServer.start()
  })
  test.after.always(() => server?.stop())

  for (const [name, connect] of Object.entries(singleNodeClients)) {
    const open = async (t: ExecutionContext) => storageOn(t, await connect(t, server))

    test(`${name}: who watches is told of every change and of the end, with nothing in the message`, async (t) => {
      const { storage, nameOf } = await open(t)
      const other = await open(t)
      const writer = redisStorage(await connect(t, server), { prefix: nameOf('').slice(0, -'id:'.length) })
      for (const key of ['a', 'b', 'c']) await storage.create(key, record())
      const told = recorder()
      await storage.watch!(['a', 'b'], told.listener)

      await writer.update('a', record(), 1)
      t.deepEqual(await told.next(), ['a', 'changed'])
      await writer.touch('a', NEVER)
      t.deepEqual(await told.next(), ['a', 'changed'])
      // None of these is a change of what is watched.
      await writer.touch('a', 1)
      await writer.update('a', record(), 1)
      await writer.update('c', record(), 1)
      await writer.delete('d')
      await other.storage.create('a', record())
      await other.storage.delete('a')
      await writer.rotate('a', 'e', record(), 2)
      t.deepEqual(await told.next(), ['a', 'gone'])
      await writer.delete('b')
      t.deepEqual(await told.next(), ['b', 'gone'])
      t.is(told.waiting, 0)
    })

    test(`${name}: many watch one session, and who has left is told no more`, async (t) => {
      const { storage, nameOf } = await open(t)
      await storage.create('key', record())
      const [first, second] = [recorder(), recorder()]
      const [leave] = await Promise.all([
        storage.watch!(['key'], first.listener),
        storage.watch!(['key'], second.listener),
      ])
      t.is(await server.cli('PUBSUB', 'NUMSUB', nameOf('key')), `${nameOf('key')}\n1`, 'on one connection')
      await leave()
      await storage.update('key', record(), 1)
      t.deepEqual(await second.next(), ['key', 'changed'])
      t.is(first.waiting, 0)
      // Leaving and coming at once.
      const third = recorder()
      const [again] = await Promise.all([storage.watch!(['key'], third.listener), leave()])
      await storage.update('key', record(), 2)
      t.deepEqual(await third.next(), ['key', 'changed'])
      await again()
    })

    test(`${name}: leaving a session that nobody else watches unsubscribes`, async (t) => {
      const { storage, nameOf } = await open(t)
      const leave = await storage.watch!(['key'], () => undefined)
      const [, told] = [await leave(), recorder()]
      t.is(await server.cli('PUBSUB', 'NUMSUB', nameOf('key')), `${nameOf('key')}\n0`)
      const leaving = (await storage.watch!(['key'], () => undefined))()
      await Promise.all([leaving, storage.watch!(['key'], told.listener)])
      t.is(await server.cli('PUBSUB', 'NUMSUB', nameOf('key')), `${nameOf('key')}\n1`)
    })

    test(`${name}: what another process ends is not served by a cache, however long it may remember`, async (t) => {
      const { storage } = await open(t)
      const cached = cachedStorage(storage, { maxAge: '1h' })
      const key = randomUUID()
      await storage.create(key, record())
      const told = recorder()
      await storage.watch!([key], told.listener)
      t.truthy(await cached.read(key))
      await storage.delete(key)
      t.deepEqual(await told.next(), [key, 'gone'])
      // Both messages come on one connection; what the cache was not yet told of then it will be.
      await until(async () => (await cached.read(key)) === null, { what: 'the cache is told' })
      t.pass()
    })

    test.serial(`${name}: when the listening connection is lost, everybody is told changed and goes on`, async (t) => {
      const { storage } = await open(t)
      await storage.create('key', record())
      const told = recorder()
      await storage.watch!(['key'], told.listener)
      for (let round = 0; round < 3; round++) {
        await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
        t.deepEqual(await told.next(), ['key', 'changed'])
        await storage.update('key', record(), round + 1)
        t.deepEqual(await told.next(), ['key', 'changed'])
      }
    })

    test(`${name}: close ends the watching and leaves the client alone`, async (t) => {
      const { storage, nameOf } = await open(t)
      await storage.watch!(['key'], () => undefined)
      await storage.close!()
      const subscribers = () => server.cli('PUBSUB', 'NUMSUB', nameOf('key'))
      await until(async () => (await subscribers()) === `${nameOf('key')}\n0`, { what: 'nobody listens' })
      t.true(await storage.create('key', record()))
      await storage.close!()
      await t.throwsAsync(
        storage.watch!(['key'], () => undefined),
        { code: 'ECONNABORTED' },
      )
    })

    test(`${name}: watching rejects while the engine is down, and works when it is up again`, async (t) => {
      const down = await RedisServer.start()
      t.teardown(() => down.stop())
      const storage = redisStorage(await singleNodeClients[name]!(t, down))
      t.teardown(() => storage.close!())
      const told = recorder()
      await storage.watch!(['watched before'], told.listener)
      await down.kill()
      await t.throwsAsync(storage.watch!(['key'], () => undefined))
      await down.start()
      t.deepEqual(await told.next(), ['watched before', 'changed'])
      await storage.watch!(['key'], told.listener)
      await storage.create('key', record())
      await storage.delete('key')
      t.deepEqual(await told.next(), ['key', 'gone'])
    })
  }
}

/** A listener whose calls are taken one by one. */
function recorder() {
  const calls: unknown[] = []
  let wake = (): void => undefined
  return {
    listener: (...call: unknown[]): void => {
      calls.push(call)
      wake()
    },
    get waiting(): number {
      return calls.length
    },
    async next(): Promise<unknown> {
      if (calls.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return calls.shift()
    },
  }
}
