import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { createClient, createClientPool, RESP_TYPES } from 'redis'
import { NEVER } from '../../lib/base/clock.ts'
import { SessionConfigError } from '../../lib/errors.ts'
import { type RedisClient, redisStorage } from '../../lib/storages/redis.ts'
import { singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { HOUR, keysOf, record, storageOn } from './_redis.ts'
import { until } from '../support/until.ts'

const nobody = { sendCommand: () => Promise.reject(new Error('not to be asked')) }

for (const [what, create, message] of [
  ['no client', () => redisStorage(undefined as unknown as RedisClient), /needs a client of node-redis or ioredis/],
  ['an object that is no client', () => redisStorage({} as RedisClient), /needs a client of node-redis or ioredis/],
  ['an unknown option', () => redisStorage(nobody, { perfix: 'a' } as object), /no option 'perfix': it takes prefix/],
  ['a prefix that is no text', () => redisStorage(nobody, { prefix: 1 } as object), /prefix \}\) must be a string/],
  [
    'a client that reads from replicas',
    () => redisStorage({ isCluster: true, call: nobody.sendCommand, options: { scaleReads: 'slave' } } as RedisClient),
    /scaleReads: 'master'/,
  ],
] as const) {
  test(`${what} is refused, with what to write instead`, (t) => {
    t.throws(create, { instanceOf: SessionConfigError, message })
  })
}

test('a client that can only send commands makes a storage that cannot watch', (t) => {
  t.is(redisStorage(nobody).watch, undefined)
  t.is(redisStorage(createClientPool()).watch, undefined)
  t.is(typeof redisStorage(createClient()).watch, 'function')
})

test('what the client rejects with is what the caller gets, and says nothing of the session', async (t) => {
  const storage = redisStorage(nobody)
  const error = { message: 'not to be asked' }
  await t.throwsAsync(async () => storage.create('key', record()), error)
  await t.throwsAsync(async () => storage.read('key'), error)
  await t.throwsAsync(async () => storage.update('key', record(), 1), error)
  await t.throwsAsync(async () => storage.touch('key', 1), error)
  await t.throwsAsync(async () => storage.delete('key'), error)
  await t.throwsAsync(async () => storage.rotate('key', 'new', record(), 1), error)
  await t.throwsAsync(() => keysOf(storage, 'ada'), error)
})

if (!hasRedisServer) {
  test.skip('Redis storage (no redis-server here)', () => {})
} else {
  let server: RedisServer
  test.before(async () => {
    server = await RedisServer.start()
  })
  test.after.always(() => server?.stop())

  for (const [name, connect] of Object.entries(singleNodeClients)) {
    const open = async (t: ExecutionContext) => storageOn(t, await connect(t, server))

    test(`${name}: each verb is one command, and so is what a subject costs`, async (t) => {
      const client = await connect(t, server)
      const sent: string[] = []
      const method = 'call' in client ? 'call' : 'sendCommand'
      const spied = new Proxy(client, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property)
          if (typeof value !== 'function') return value
          return (...args: unknown[]): unknown => {
            if (property === method) sent.push(args.flat()[0] as string)
            return Reflect.apply(value, target, args)
          }
        },
      })
      const storage = redisStorage(spied, { prefix: `${randomUUID()}:` })
      const spend = async (verb: () => unknown): Promise<string[]> => {
        sent.length = 0
        await verb()
        return sent.splice(0)
      }
      // Once before, so that the engine has all scripts.
      for (let turn = 0; turn < 2; turn++) {
        const simple = {
          create: await spend(() => storage.create('key', record())),
          read: await spend(() => storage.read('key')),
          update: await spend(() => storage.update('key', record(), 1)),
          touch: await spend(() => storage.touch('key', NEVER)),
          rotate: await spend(() => storage.rotate('key', 'new', record(), 2)),
          delete: await spend(() => storage.delete('new')),
        }
        const subject = 'ada'
        const owned = {
          create: await spend(() => storage.create('key', record({ subject }))),
          update: await spend(() => storage.update('key', record({ subject }), 1)),
          touch: await spend(() => storage.touch('key', Date.now() + 2 * HOUR)),
          rotate: await spend(() => storage.rotate('key', 'new', record({ subject }), 2)),
          delete: await spend(() => storage.delete('new')),
        }
        if (turn === 0) continue
        const one = ['EVALSHA']
        t.deepEqual(simple, { create: one, read: ['HMGET'], update: one, touch: one, rotate: one, delete: one })
        t.deepEqual(owned, {
          create: ['EVALSHA', 'EVALSHA'],
          update: one,
          touch: one,
          rotate: ['EVALSHA', 'EVALSHA', 'ZREM'],
          delete: ['EVALSHA', 'ZREM'],
        })
      }
    })

    test(`${name}: a session is never read from the millisecond on in which it expires`, async (t) => {
      const { storage } = await open(t)
      for (let round = 0; round < 10; round++) {
        const expiresAt = Date.now() + 30
        await storage.create(`key ${round}`, record({ expiresAt }))
        const isGone = async () => {
          const before = Date.now()
          const found = await storage.read(`key ${round}`)
          if (found !== null) t.true(before < expiresAt)
          return found === null
        }
        await until(isGone, { what: 'the session has expired', interval: 0 })
        t.true(Date.now() >= expiresAt)
        t.is(await storage.update(`key ${round}`, record(), 1), 'gone')
        t.false(await storage.touch(`key ${round}`, NEVER))
        t.true(await storage.create(`key ${round}`, record()))
      }
    })

    test(`${name}: whatever is written, the engine knows the deadline that the session says`, async (t) => {
      const { storage, nameOf } = await open(t)
      const agrees = async (key: string, expiresAt: number): Promise<void> =>
        void t.is(await server.cli('PEXPIRETIME', nameOf(key)), `${expiresAt - 1}`)
      const at = Date.now() + HOUR
      await storage.create('key', record({ expiresAt: at }))
      await agrees('key', at)
      await storage.update('key', record({ expiresAt: at + 1 }), 1)
      await agrees('key', at + 1)
      await storage.touch('key', at + 2)
      await agrees('key', at + 2)
      await storage.touch('key', at)
      await agrees('key', at + 2)
      await storage.rotate('key', 'new', record({ expiresAt: at + 3 }), 2)
      await agrees('new', at + 3)
      await storage.touch('new', NEVER)
      await agrees('new', NEVER)
      t.is((await storage.read('new'))?.expiresAt, NEVER)
    })

    test(`${name}: a failed verb leaves nothing on the engine`, async (t) => {
      const { storage, prefix } = await open(t)
      await storage.update('key', record(), 1)
      await storage.touch('key', NEVER)
      await storage.delete('key')
      await storage.rotate('key', 'new', record(), 1)
      await storage.create('past', record({ expiresAt: Date.now() - 1 }))
      t.is(await server.cli('--scan', '--pattern', `${prefix}*`), '')
    })

    test(`${name}: an engine that has lost its scripts is given them again`, async (t) => {
      const { storage } = await open(t)
      await storage.create('key', record())
      for (const version of [1, 2, 3]) {
        await server.cli('SCRIPT', 'FLUSH')
        t.is(await storage.update('key', record(), version), 'ok')
      }
      t.is((await storage.read('key'))?.version, 4)
    })

    test(`${name}: what is no session of ours is no session, and is left alone`, async (t) => {
      const { storage, nameOf } = await open(t)
      await server.cli('SET', nameOf('text'), 'a text')
      await server.cli('HSET', nameOf('hash'), 'a', 'b')
      for (const key of ['text', 'hash']) {
        t.is(await storage.read(key), null)
        t.false(await storage.create(key, record()))
        t.is(await storage.update(key, record(), 1), 'gone')
        t.false(await storage.touch(key, NEVER))
        t.false(await storage.delete(key))
        t.is(await storage.rotate(key, 'new', record(), 1), 'gone')
        await storage.create('old', record())
        t.is(await storage.rotate('old', key, record(), 1), 'exists')
        t.true(await storage.delete('old'))
      }
      t.is(await server.cli('GET', nameOf('text')), 'a text')
      t.is(await server.cli('HGETALL', nameOf('hash')), 'a\nb')
    })

    test(`${name}: a session with garbage in it is null, not an error`, async (t) => {
      const { storage, nameOf } = await open(t)
      for (const [field, garbage] of [
        ['v', 'x'],
        ['c', 'x'],
        ['e', 'x'],
        ['v', '1.5'],
        ['d', '\u0001x'],
        ['d', '\u00011'],
      ] as const) {
        await storage.create(field + garbage, record())
        await server.cli('HSET', nameOf(field + garbage), field, garbage)
        t.is(await storage.read(field + garbage), null)
      }
    })
  }

  test('a client with a key prefix of its own finds, lists and watches its sessions', async (t) => {
    const client = new Redis(server.url, { keyPrefix: 'app:' }).on('error', () => undefined)
    t.teardown(() => client.disconnect())
    const prefix = `${randomUUID()}:`
    const storage = redisStorage(client, { prefix })
    t.teardown(() => storage.close!())
    t.true(await storage.create('key', record({ subject: 'ada' })))
    t.is(await server.cli('EXISTS', `app:${prefix}id:key`), '1')
    t.deepEqual(await keysOf(storage, 'ada'), ['key'])
    const told = new Promise(
      (resolve) => void storage.watch!(['key'], (...what) => resolve(what)).then(() => storage.delete('key')),
    )
    t.deepEqual(await told, ['key', 'gone'])
  })

  for (const RESP of [2, 3] as const) {
    test(`a client that speaks RESP${RESP} and gives Buffers is understood`, async (t) => {
      const client = createClient({
        url: server.url,
        RESP,
        commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
      })
      t.teardown(() => client.destroy())
      await client.on('error', () => undefined).connect()
      const storage = redisStorage(client, { prefix: `${randomUUID()}:` })
      const given = record({ data: 'Zoë 😀', subject: 'ada' })
      t.true(await storage.create('key', given))
      t.deepEqual(await storage.read('key'), given)
      t.is(await storage.update('key', given, 2), 'conflict')
      t.is(await storage.rotate('key', 'new', given, 1), 'ok')
      t.deepEqual(await keysOf(storage, 'ada'), ['new'])
      t.true(await storage.touch('new', NEVER))
      t.true(await storage.delete('new'))
    })
  }

  test('a pool of connections is as good as one', async (t) => {
    const pool = createClientPool({ url: server.url })
    t.teardown(() => pool.destroy())
    await pool.on('error', () => undefined).connect()
    const storage = redisStorage(pool, { prefix: `${randomUUID()}:` })
    t.true(await storage.create('key', record({ subject: 'ada' })))
    t.is(await storage.rotate('key', 'new', record({ subject: 'ada' }), 1), 'ok')
    t.deepEqual(await keysOf(storage, 'ada'), ['new'])
  })

  test('an engine that is full refuses a write and harms no session', async (t) => {
    const full = await RedisServer.start('--maxmemory', '100mb', '--maxmemory-policy', 'noeviction')
    t.teardown(() => full.stop())
    const storage = redisStorage(await singleNodeClients['node-redis']!(t, full))
    const given = record()
    await storage.create('key', given)
    await full.cli('CONFIG', 'SET', 'maxmemory', '1')
    await t.throwsAsync(async () => storage.update('key', record({ data: 'second' }), 1), { message: /OOM/ })
    await t.throwsAsync(async () => storage.rotate('key', 'new', record(), 1), { message: /OOM/ })
    t.deepEqual(await storage.read('key'), given)
    t.is(await storage.read('new'), null)
    t.true(await storage.delete('key'), 'a logout needs no memory')
  })

  test('who may not publish may write all the same', async (t) => {
    await server.cli('ACL', 'SETUSER', 'mute', 'on', '>mute', '~*', '+@all', 'resetchannels')
    const client = createClient({ url: server.url, username: 'mute', password: 'mute' })
    t.teardown(() => client.destroy())
    await client.on('error', () => undefined).connect()
    const storage = redisStorage(client, { prefix: `${randomUUID()}:` })
    t.teardown(() => storage.close!())
    await storage.create('key', record())
    t.is(await storage.update('key', record(), 1), 'ok')
    t.true(await storage.touch('key', NEVER))
    t.true(await storage.delete('key'))
    await t.throwsAsync(
      storage.watch!(['key'], () => undefined),
      { message: /NOPERM/ },
    )
  })
}
