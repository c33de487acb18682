import test, { type ExecutionContext } from 'ava'
import { NEVER } from '../../lib/base/clock.ts'
import { singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { DAY, keysOf, record, storageOn } from './_redis.ts'

if (!hasRedisServer) {
  test.skip('subjects on Redis (no redis-server here)', () => {})
} else {
  let server: RedisServer
  test.before(async () => {
    server = await RedisServer.start()
  })
  test.after.always(() => server?.stop())

  for (const [name, connect] of Object.entries(singleNodeClients)) {
    const open = async (t: ExecutionContext) => storageOn(t, await connect(t, server))

    test(`${name}: the index of a subject keeps nothing of sessions that have ended`, async (t) => {
      const { storage, index } = await open(t)
      const subject = 'ada'
      await storage.create('a', record({ subject }))
      await storage.rotate('a', 'b', record({ subject }), 1)
      await storage.read('b')
      t.is(await server.cli('ZRANGE', index, '0', '-1'), 'b')
      await storage.delete('b')
      await storage.read('b')
      t.is(await server.cli('EXISTS', index), '0')

      // As if it had been entered long ago, and nobody had come to log out.
      await server.cli('ZADD', index, `${Date.now() - 1}`, 'expired')
      await storage.create('c', record({ subject }))
      t.is(await server.cli('ZRANGE', index, '0', '-1'), 'c')
      t.true(Number(await server.cli('PTTL', index)) > 30 * DAY, 'and it goes by itself when nobody comes any more')
    })

    test(`${name}: no live session outlives its entry in the index, however often it is renewed`, async (t) => {
      const { storage, index } = await open(t)
      await storage.create('key', record({ subject: 'ada' }))
      const now = Date.now()
      for (const expiresAt of [now + 2 * DAY, now + 40 * DAY, now + 69 * DAY, now + 500 * DAY, NEVER]) {
        t.true(await storage.touch('key', expiresAt))
        t.true(Number(await server.cli('ZSCORE', index, 'key')) >= expiresAt)
        t.true(Number(await server.cli('PEXPIRETIME', index)) >= expiresAt)
      }
      t.is(await storage.update('key', record({ subject: 'ada', expiresAt: now + DAY }), 1), 'ok')
      t.is(await storage.update('key', record({ subject: 'ada', expiresAt: NEVER }), 2), 'ok')
      t.deepEqual(await keysOf(storage, 'ada'), ['key'])
    })

    test(`${name}: a thousand sessions of one subject are all listed, each once`, async (t) => {
      const { storage } = await open(t)
      const keys = Array.from({ length: 1000 }, (_, at) => `key ${at}`).sort()
      await Promise.all(keys.map((key) => storage.create(key, record({ subject: 'ada' }))))
      t.deepEqual(await keysOf(storage, 'ada'), keys)
    })

    test(`${name}: a session that is rotated while the list is read is found under its new key`, async (t) => {
      const { storage } = await open(t)
      const subject = 'ada'
      await storage.create('a', record({ subject, identity: 'moving' }))
      await storage.create('b', record({ subject, identity: 'other' }))
      const found: string[] = []
      let moved = false
      for await (const { key } of storage.list!(subject)) {
        found.push(key)
        if (moved) continue
        moved = true
        // The one whose turn has not come.
        await storage.rotate(key === 'a' ? 'b' : 'a', 'c', record({ subject }), 1)
      }
      t.is(found.length, 2)
      t.is(found[1], 'c')
    })
  }
}
