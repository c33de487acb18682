import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { PoolClient } from 'pg'
import { postgresStorage, type PostgresStorage } from '../../lib/storages/postgres.ts'
import { HOUR, record } from '../support/postgres-record.ts'
import { behind, onServer } from '../support/postgres-stage.ts'
import { until } from '../support/until.ts'

onServer('processes that start together can all migrate', async (t, stage) => {
  const table = `${stage.table}_new`
  const storage = postgresStorage(stage.pool, { table })
  await t.notThrowsAsync(
    behind(
      { ...stage, table },
      (first) => first.migrate(),
      () => storage.migrate(),
    ),
  )
  t.true(await storage.create('key', record()))
})

onServer('four processes that count up in one session at once lose nothing', async (t, { url, table, storage }) => {
  await storage.create('key', record())
  const script = new URL('_postgres-increment.ts', import.meta.url)
  const exits = Array.from({ length: 4 }, () => once(fork(script, [url, table, '500']), 'exit'))
  for (const [code] of await Promise.all(exits)) t.is(code, 0)
  const found = await storage.read('key')
  t.is(found?.data, '2000')
  t.is(found?.version, 2001)
})

onServer('a writer that waited for a destruction is told that the session is gone', async (t, stage) => {
  const { storage } = stage
  const writers: Record<string, () => unknown> = {
    update: () => storage.update('key', record(), 1),
    rotate: () => storage.rotate('key', 'new', record(), 1),
    touch: () => storage.touch('key', Date.now() + 2 * HOUR),
    delete: () => storage.delete('key'),
  }
  for (const [verb, write] of Object.entries(writers)) {
    await storage.create('key', record())
    const outcome = await behind(stage, (first) => first.delete('key'), write)
    t.is(outcome, verb === 'update' || verb === 'rotate' ? 'gone' : false, verb)
    t.is(await storage.read('key'), null)
    t.is(await storage.read('new'), null)
  }
})

onServer('a writer that waited for a rotation is told that the session is gone', async (t, stage) => {
  const { storage } = stage
  const writers: Record<string, (key: string) => unknown> = {
    update: (key) => storage.update(key, record(), 1),
    rotate: (key) => storage.rotate(key, `${key} third`, record(), 1),
    touch: (key) => storage.touch(key, Date.now() + 2 * HOUR),
    delete: (key) => storage.delete(key),
  }
  for (const [verb, write] of Object.entries(writers)) {
    await storage.create(verb, record())
    const rotated = record({ data: 'rotated' })
    const outcome = await behind(
      stage,
      (first) => first.rotate(verb, `${verb} new`, rotated, 1),
      () => write(verb),
    )
    t.is(outcome, verb === 'update' || verb === 'rotate' ? 'gone' : false, verb)
    t.is(await storage.read(verb), null)
    t.is(await storage.read(`${verb} third`), null)
    t.deepEqual(await storage.read(`${verb} new`), { ...rotated, version: 2 })
  }
})

onServer('a writer that waited for an update is told of the conflict', async (t, stage) => {
  const { storage } = stage
  await storage.create('key', record())
  const update = (key: PostgresStorage, data: string, expected: number) => key.update('key', record({ data }), expected)
  t.is(
    await behind(
      stage,
      (first) => update(first, '1', 1),
      () => update(storage, 'late', 1),
    ),
    'conflict',
  )
  const rotate = () => storage.rotate('key', 'new', record({ data: 'late' }), 2)
  t.is(await behind(stage, (first) => update(first, '2', 2), rotate), 'conflict')
  t.is((await storage.read('key'))?.data, '2')
})

onServer('a rotation that waited for another to take the key is told that it exists', async (t, stage) => {
  const { storage } = stage
  await storage.create('key', record())
  const rotate = () => storage.rotate('key', 'taken', record({ data: 'lost' }), 1)
  t.is(await behind(stage, (first) => first.create('taken', record({ data: 'taken' })), rotate), 'exists')
  t.is((await storage.read('key'))?.data, '0')
  t.is((await storage.read('taken'))?.data, 'taken')
})

onServer('a session that expires while a writer waits for it stays expired', async (t, stage) => {
  const { pool, table, storage } = stage
  const writers: Record<string, () => unknown> = {
    update: () => storage.update('key', record(), 1),
    rotate: () => storage.rotate('key', 'new', record(), 1),
    touch: () => storage.touch('key', Date.now() + HOUR),
    delete: () => storage.delete('key'),
  }
  for (const [verb, write] of Object.entries(writers)) {
    // The deadline is still to come when the writer has begun to wait, and has passed before the writer may go on.
    const now = '(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint'
    let holder: PoolClient | undefined
    const hold = async (_: PostgresStorage, client: PoolClient) => {
      holder = client
      await client.query(`SELECT FROM ${table} WHERE key = 'key' FOR UPDATE`)
    }
    const expire = async () => {
      const shorten = `UPDATE ${table} SET expires_at = ${now} + 2 WHERE key = 'key' RETURNING expires_at`
      const deadline = (await holder!.query(shorten)).rows[0].expires_at
      const isOver = async () => (await pool.query(`SELECT ${now} > $1 AS over`, [deadline])).rows[0].over
      await until(isOver, { what: 'the deadline has passed' })
    }
    t.true(await storage.create('key', record()), verb)
    const outcome = await behind(stage, hold, write, expire)
    t.is(outcome, verb === 'update' || verb === 'rotate' ? 'gone' : false, verb)
    t.is(await storage.read('key'), null)
    t.is(await storage.read('new'), null)
  }
})

onServer(
  'in a thousand races with late writers no session survives its destruction',
  async (t, { pool, table, storage }) => {
    let early = 0
    await rounds(1000, async (round) => {
      const key = `key ${round}`
      await storage.create(key, record())
      const writes = async () => [
        await storage.update(key, record({ data: 'late' }), 1),
        await storage.touch(key, Date.now() + 2 * HOUR),
      ]
      const writing = [writes(), writes()]
      for (let turn = 0; turn < round % 8; turn++) await new Promise(setImmediate)
      t.true(await storage.delete(key))
      t.is(await storage.read(key), null)
      const outcomes = (await Promise.all(writing)).flat()
      if (outcomes.includes('ok')) early++
      t.is(await storage.read(key), null)
    })
    t.true(early > 0 && early < 1000, `both orders have come up: ${early} writers came first`)
    t.is((await pool.query(`SELECT FROM ${table}`)).rows.length, 0)
  },
)

onServer(
  'in a thousand races with late writers nothing is written under the key that was rotated from',
  async (t, { pool, table, storage }) => {
    let early = 0
    await rounds(1000, async (round) => {
      const key = `key ${round}`
      await storage.create(key, record())
      const write = async () => await storage.update(key, record({ data: 'late' }), 1)
      const writing = [write(), write()]
      for (let turn = 0; turn < round % 8; turn++) await new Promise(setImmediate)
      const rotated = await storage.rotate(key, `${key} new`, record({ data: 'rotated' }), 1)
      const outcomes = await Promise.all(writing)
      if (rotated !== 'ok') {
        early++
        t.is(rotated, 'conflict')
        t.is(await storage.rotate(key, `${key} new`, record({ data: 'rotated' }), 2), 'ok')
      }
      t.is(outcomes.filter((outcome) => outcome === 'ok').length, rotated === 'ok' ? 0 : 1)
      t.is(await storage.read(key), null)
      t.is((await storage.read(`${key} new`))?.data, 'rotated')
    })
    t.true(early > 0 && early < 1000, `both orders have come up: ${early} writers came first`)
    t.is((await pool.query(`SELECT FROM ${table}`)).rows.length, 1000)
  },
)

/** Plays that many rounds, eight at a time. */
async function rounds(count: number, play: (round: number) => Promise<void>): Promise<void> {
  let round = 0
  const player = async (): Promise<void> => {
    while (round < count) await play(round++)
  }
  await Promise.all(Array.from({ length: 8 }, player))
}
