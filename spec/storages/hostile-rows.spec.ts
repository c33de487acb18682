import test from 'ava'
import { NEVER } from '../../lib/base/clock.ts'
import type { SessionRecord, SessionStorage } from 'koa-typed-sessions/contracts'
import { expressStorage } from '../../lib/storages/express-store.ts'
import { redisStorage } from '../../lib/storages/redis.ts'
import { postgresStorage } from '../../lib/storages/postgres.ts'
import { storageFrom } from '../../lib/storages/text.ts'
import { liteStage, lite } from '../support/postgres-lite.ts'
import { HOUR, record } from '../support/records.ts'
import { singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'

const GOOD = record({ createdAt: Date.now(), expiresAt: Date.now() + HOUR, subject: 'ada' })
const HUGE = 'x'.repeat(1e7)

/** What stands in the place of a field. */
const WRONG: Readonly<Record<keyof SessionRecord, readonly unknown[]>> = {
  data: [null, 5, true, [], {}],
  version: [null, '1', 0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER, true, [1], {}, ''],
  createdAt: [null, '1', 1e300, -1e300, true, [], {}, ''],
  expiresAt: [null, '9999999999999', 1e300, true, [], {}, ''],
  identity: [null, 5, true, [], {}],
  subject: [null, 5, true, [], {}],
}

const TEXTS: readonly unknown[] = [
  undefined,
  null,
  5,
  true,
  {},
  [],
  '',
  'null',
  '5',
  '[]',
  '{}',
  '{"version":1',
  HUGE,
  '['.repeat(1e6),
  JSON.stringify({ ...GOOD, version: 1 }).replace('"version":1', '"version":1e999'),
  ...Object.entries(WRONG).flatMap(([field, values]) =>
    values.map((value) => JSON.stringify({ ...GOOD, [field]: value })),
  ),
  ...Object.keys(GOOD)
    .filter((field) => field !== 'subject')
    .map((field) => JSON.stringify({ ...GOOD, [field]: undefined })),
]

test('whatever a store of texts gives is a session or none', async (t) => {
  for (const text of TEXTS) {
    const storage = storageFrom({ read: () => text as string, write: () => {}, invalidate: () => {} })
    t.is(await storage.read('key'), null, String(text).slice(0, 100))
  }
  const extra = JSON.stringify({ ...GOOD, __proto__: null, constructor: 5, extra: HUGE })
  const storage = storageFrom({ read: () => extra, write: () => {}, invalidate: () => {} })
  t.deepEqual(await storage.read('key'), GOOD)
})

test('whatever a store of express-session gives is a session or none', async (t) => {
  const sessions = [...TEXTS, ...TEXTS.map((text) => ({ cookie: {}, record: text }))]
  for (const session of sessions) {
    const store = {
      get: (_: string, done: (error: null, session: unknown) => void) => done(null, session),
      set() {},
      destroy() {},
    }
    t.is(await expressStorage(store, { singleProcess: true }).read('key'), null, JSON.stringify(session)?.slice(0, 100))
  }
})

const ROW = { version: '1', data: 'data', identity: 'i', subject: null, created_at: '5', expires_at: '6' }

test('whatever a table of PostgreSQL gives is a session or none', async (t) => {
  const read = (row: unknown): SessionStorage['read'] => {
    const storage = postgresStorage({ query: async () => ({ rows: [row] }) })
    return storage.read.bind(storage)
  }
  t.deepEqual(await read(ROW)('key'), { version: 1, data: 'data', identity: 'i', createdAt: 5, expiresAt: 6 })
  for (const field of Object.keys(ROW)) {
    for (const value of [
      5.5,
      {},
      [],
      true,
      undefined,
      Number.NaN,
      Infinity,
      '1e300',
      'x',
      new Date(Number.NaN),
      10n ** 30n,
    ]) {
      if (value === 'x' || value === '1e300') if (['data', 'identity', 'subject'].includes(field)) continue
      if (value === undefined && field === 'subject') continue
      if (value === 5.5 && ['created_at', 'expires_at'].includes(field)) continue
      t.is(await read({ ...ROW, [field]: value })('key'), null, `${field}: ${String(value)}`)
    }
  }
})

test('a row of PGlite that another has written is a session or none', async (t) => {
  const { table, storage } = await liteStage()
  t.true(await storage.create('key', GOOD))
  for (const [column, value] of [
    ['version', 0],
    ['version', -5],
    ['version', 9_007_199_254_740_993n],
    ['created_at', 9_000_000_000_000_000n],
    ['expires_at', 9_000_000_000_000_000n],
  ] as const) {
    await lite.query(`UPDATE ${table} SET ${column} = $1`, [value])
    t.is(await storage.read('key'), null, `${column}: ${value}`)
    await lite.query(`UPDATE ${table} SET version = 1, created_at = 5, expires_at = ${NEVER}`)
  }
  await lite.query(`UPDATE ${table} SET data = repeat('x', 10000000)`)
  t.is((await storage.read('key'))?.data, HUGE)
})

for (const [client, connect] of Object.entries(singleNodeClients)) {
  const redis = hasRedisServer ? test : test.skip
  redis(`what another has written to Redis is a session, none, or an error of the engine (${client})`, async (t) => {
    const server = await RedisServer.start()
    t.teardown(() => server.stop())
    const connection = await connect(t, server)
    const storage = redisStorage(connection)
    const send = (command: string, ...args: string[]): Promise<unknown> =>
      'call' in connection
        ? connection.call(command, args)
        : (connection as { sendCommand(args: string[]): Promise<unknown> }).sendCommand([command, ...args])
    const name = 'sessions:id:key'
    for (const [field, values] of Object.entries({
      v: ['', '0', '-1', '1.5', '1e300', 'NaN', 'Infinity', ' 1', '0x1', '01', '9007199254740991'],
      c: ['', 'NaN', 'Infinity', '-Infinity', '1e300', ' 5', '0x5', HUGE],
      e: ['', 'NaN', 'Infinity', '1e300', ' 5', '0x5', '99999999999999999999'],
    })) {
      for (const value of values) {
        await send('DEL', name)
        t.true(await storage.create('key', GOOD))
        await send('HSET', name, field, value)
        t.is(await storage.read('key'), null, `${field}: ${value.slice(0, 30)}`)
      }
      await send('DEL', name)
      await storage.create('key', GOOD)
      await send('HDEL', name, field)
      t.is(await storage.read('key'), null, `no ${field}`)
    }
    const others: readonly [string, ...string[]][] = [
      ['SET', name, HUGE],
      ['RPUSH', name, 'x'],
      ['ZADD', name, '1', 'x'],
      ['HSET', name, 'unknown', 'x'],
    ]
    for (const write of others) {
      await send('DEL', name)
      await send(...write)
      t.is(await storage.read('key'), null)
      t.is(await storage.update('key', GOOD, 1), 'gone')
      t.is(await storage.touch('key', NEVER), false)
      t.is(await storage.delete('key'), false)
    }
    // The index of a subject that is none: an error of the engine, which no other subject notices.
    await send('SET', 'sessions:subject:ada', 'x')
    await t.throwsAsync(async () => storage.create('other', GOOD), { message: /WRONGTYPE/ })
    t.true(await storage.create('other', { ...GOOD, subject: 'bob' }))
  })
}
