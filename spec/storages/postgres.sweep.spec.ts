import test from 'ava'
import { postgresStorage } from '../../lib/storages/postgres.ts'
import { lite, liteStage } from '../support/postgres-lite.ts'
import { HOUR, record } from '../support/postgres-record.ts'
import { onServer } from '../support/postgres-stage.ts'

/** What is in a table of `lite`, whether it has expired or not. */
async function rows<T>(table: string, columns: string): Promise<T[]> {
  return (await lite.query<T>(`SELECT ${columns} FROM ${table} ORDER BY key`)).rows
}

test('a sweep removes exactly what has expired, in batches, and postpones what was renewed', async (t) => {
  const { table, storage } = await liteStage()
  await storage.create('key', record())
  const now = Date.now()
  await lite.query(
    `INSERT INTO ${table} SELECT 'e' || n, 'e' || n, 1, '', '', null, null, 0, $1, $2
    FROM generate_series(1, 2500) AS n`,
    [now - 1, now - 1],
  )
  await lite.query(
    `INSERT INTO ${table} SELECT 'l' || n, 'l' || n, 1, '', '', null, null, 0, $1, $2
    FROM generate_series(1, 1500) AS n`,
    [now + HOUR, now - HOUR],
  )
  t.is(await storage.sweep!(0), 0)
  t.is(await storage.sweep!(-1), 0)
  t.is(await storage.sweep!(Number.NaN), 0)
  t.is(await storage.sweep!(1.5), 1)
  t.is(await storage.sweep!(), 1000)
  t.is(await storage.sweep!(Infinity), 1499)
  t.is(await storage.sweep!(Infinity), 0)
  const left = await rows<{ sweep_at: number; expires_at: number }>(table, 'sweep_at, expires_at')
  t.is(left.length, 1501)
  for (const { sweep_at, expires_at } of left) {
    t.true(sweep_at >= expires_at && sweep_at < expires_at + HOUR && sweep_at % HOUR === 0)
  }
})

test('an update to an earlier deadline brings the sweep forward, one to a later deadline leaves it', async (t) => {
  const { table, storage } = await liteStage()
  const sweepAt = async () => (await rows<{ sweep_at: number }>(table, 'sweep_at'))[0]?.sweep_at
  await storage.create('key', record({ expiresAt: 5 * HOUR + 8e14 * 10 }))
  const first = await sweepAt()
  await storage.update('key', record({ expiresAt: 9 * HOUR + 8e14 * 10 }), 1)
  t.is(await sweepAt(), first)
  await storage.update('key', record({ expiresAt: 2 * HOUR - 1 }), 2)
  t.is(await sweepAt(), 2 * HOUR)
})

test('renewals and updates touch no index: all are heap-only', async (t) => {
  const { table, storage } = await liteStage()
  const data = 'x'.repeat(300)
  for (let index = 0; index < 300; index++) await storage.create(`key ${index}`, record({ data, subject: 'ada' }))
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 300; index++) {
      await storage.touch(`key ${index}`, Date.now() + (2 + 10 * round) * HOUR)
      await storage.update(
        `key ${index}`,
        record({ data, subject: 'ada', expiresAt: Date.now() + 90 * HOUR }),
        round + 1,
      )
    }
  }
  await lite.query('SELECT pg_stat_force_next_flush()')
  const stats =
    'SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = $1'
  const { updated, hot } = (await lite.query<{ updated: number; hot: number }>(stats, [table])).rows[0]!
  t.is(updated, 1800)
  t.true(hot / updated > 0.99, `${hot} of ${updated}`)
})

onServer(
  'two sweeps at once remove each expired session once, and leave what is being renewed',
  async (t, { pool, table, storage }) => {
    const past = Date.now() - 1
    await pool.query(
      `INSERT INTO ${table} SELECT 'e' || n, 'e' || n, 1, '', '', null, null, 0, $1, $1
    FROM generate_series(1, 5000) AS n`,
      [past],
    )
    await storage.create('key', record())
    await pool.query(`UPDATE ${table} SET sweep_at = 0 WHERE key = 'key'`)
    const client = await pool.connect()
    await client.query('BEGIN')
    t.true(await postgresStorage(client, { table }).touch('key', Date.now() + 9 * HOUR))
    // Neither waits for the renewal that is under way.
    const counts = await Promise.all([storage.sweep!(Infinity), storage.sweep!(Infinity)])
    await client.query('COMMIT')
    client.release()
    await storage.sweep!()
    t.is(counts[0] + counts[1], 5000)
    t.is((await pool.query(`SELECT FROM ${table}`)).rows.length, 1)
    t.truthy(await storage.read('key'))
  },
)

onServer('a sweep finds what has expired by its index', async (t, { pool, table }) => {
  await pool.query(`INSERT INTO ${table} SELECT 'e' || n, 'e' || n, 1, '', '', null, null, 0, 8.64e15, 8.64e15
    FROM generate_series(1, 20000) AS n`)
  await pool.query(`ANALYZE ${table}`)
  const explained: string[] = []
  const explaining = postgresStorage(
    {
      query: async (text, values) => {
        const plan = await pool.query<Record<string, string>>(`EXPLAIN ${text}`, values)
        explained.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'))
        return { rows: [] }
      },
    },
    { table },
  )
  await explaining.sweep!(10)
  t.regex(explained[0]!, /Index Scan using t\d+_sweep_at_idx/)
  for await (const _ of explaining.list!('ada')) t.fail()
  t.regex(explained[1]!, /Index Scan using t\d+_(owner_idx|pkey)/)
})
