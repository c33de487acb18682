import test from 'ava'
import pg from 'pg'
import { postgresStorage } from '../../lib/storages/postgres.ts'
import { PostgresWatch } from '../../lib/storages/postgres/watch.ts'
import { listenByPool } from '../../lib/storages/postgres/listen.ts'
import type { ConnectionPool } from '../../lib/storages/postgres/pool.ts'
import { lite, liteStage } from '../support/postgres-lite.ts'
import { HOUR, record } from '../support/postgres-record.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { onServer } from '../support/postgres-stage.ts'
import { until } from '../support/until.ts'

test('one that cannot listen has no watch, and announces nothing if told so', async (t) => {
  const { table, storage } = await liteStage()
  t.is(typeof storage.watch, 'function')
  t.is(postgresStorage({ query: (text, values) => lite.query(text, values) }, { table }).watch, undefined)
  const silent = postgresStorage(lite, { table, watch: false })
  t.is(silent.watch, undefined)
  const heard: string[] = []
  await storage.create('key', record())
  await storage.watch!(['key'], (key) => heard.push(key))
  t.is(await silent.update('key', record(), 1), 'ok')
  t.deepEqual(heard, [])
  t.is(await storage.update('key', record(), 2), 'ok')
  t.deepEqual(heard, ['key'])
  await storage.close!()
})

test('PGlite: a watcher hears of its own keys, until it stops', async (t) => {
  const { storage } = await liteStage()
  const heard: string[] = []
  for (const key of ['a', 'b', 'c']) await storage.create(key, record())
  const stop = await storage.watch!(['a', 'b', 'b'], (key, what) => heard.push(`${key} ${what}`))
  const stopOther = await storage.watch!(['a'], (key, what) => heard.push(`other: ${key} ${what}`))
  await storage.update('a', record(), 1)
  await storage.update('c', record(), 1)
  await storage.touch('a', Date.now() + 9 * HOUR)
  await storage.update('a', record(), 7)
  t.deepEqual(heard.splice(0), ['a changed', 'other: a changed'])
  await stopOther()
  await storage.rotate('a', 'new', record(), 2)
  await storage.delete('b')
  t.deepEqual(heard.splice(0), ['a gone', 'b gone'])
  await stop()
  await stop()
  await storage.create('a', record())
  await storage.delete('a')
  t.deepEqual(heard, [])
})

onServer('a watcher hears of what another connection does, and of nothing else', async (t, { url, table, storage }) => {
  const elsewhere = new pg.Client({ connectionString: url })
  await elsewhere.connect()
  const other = postgresStorage(elsewhere, { table })
  t.is(other.watch, undefined, 'a single connection is not taken away from the app')
  for (const key of ['a', 'b', 'c']) await other.create(key, record())
  const heard: string[] = []
  const stop = await storage.watch!(['a', 'b'], (key, what) => heard.push(`${key} ${what}`))
  await other.update('c', record(), 1)
  await other.update('a', record(), 1)
  await other.rotate('a', 'new', record(), 2)
  await other.delete('b')
  await until(() => heard.length >= 3, { what: 'three changes are heard of' })
  t.deepEqual(heard, ['a changed', 'a gone', 'b gone'])
  await stop()
  await elsewhere.end()
})

onServer(
  'all watchers share one connection of the pool, and give it up with the last of them',
  async (t, { url, table }) => {
    const own = postgresPool({ connectionString: url })
    const storage = postgresStorage(own, { table })
    const stops = await Promise.all(
      Array.from({ length: 50 }, (_, index) => storage.watch!([`key ${index}`], () => {})),
    )
    t.is(own.totalCount, 1)
    for (const stop of stops) await stop()
    await until(() => own.totalCount === 0, { what: 'no connection is left' })
    await storage.watch!(['key'], () => {})
    await storage.close!()
    await own.end()
    t.is(own.totalCount, 0)
  },
)

onServer(
  'a watcher whose connection breaks hears of all its keys when there is another',
  async (t, { pool, storage }) => {
    const heard: string[] = []
    const acquired: pg.PoolClient[] = []
    pool.on('acquire', (client) => acquired.push(client))
    const stop = await storage.watch!(['a', 'b'], (key, what) => heard.push(`${key} ${what}`))
    const { processID } = acquired.at(-1) as unknown as { processID: number }
    await pool.query('SELECT pg_terminate_backend($1)', [processID])
    await until(() => heard.length >= 2, { what: 'both keys are heard of' })
    t.deepEqual(heard.splice(0).sort(), ['a changed', 'b changed'])
    await storage.create('a', record())
    await storage.delete('a')
    await until(() => heard.length >= 1, { what: 'the deletion is heard of' })
    t.deepEqual(heard, ['a gone'])
    await stop()
  },
)

onServer('a connection that has gone silent is replaced', async (t, { pool }) => {
  const opened: pg.PoolClient[] = []
  const silent: ConnectionPool = {
    totalCount: 0,
    query: (text, values) => pool.query(text, values),
    connect: async () => {
      const client = await pool.connect()
      const query = client.query.bind(client)
      const mute = opened.push(client) === 1
      return {
        query: (text) => (mute && text.startsWith('SELECT') ? new Promise(() => {}) : query(text)),
        on: (event: 'notification' | 'error' | 'end', listener: (...args: never[]) => void) =>
          client.on(event as 'notification', listener as never),
        release: (destroy) => client.release(destroy),
      }
    },
  }
  const watch = new PostgresWatch(listenByPool(silent, 'silent', 20))
  const heard: string[] = []
  await watch.watch(['key'], (key, what) => heard.push(`${key} ${what}`))
  await until(() => heard.length > 0, { what: 'the connection is replaced' })
  t.deepEqual(heard, ['key changed'])
  t.is(opened.length, 2)
  await watch.close()
})
