import { inspect } from 'node:util'
import test from 'ava'
import { SessionConfigError } from '../../lib/errors.ts'
import { postgresSchema, postgresStorage } from '../../lib/storages/postgres.ts'
import { fromColumn, toColumn } from '../../lib/storages/postgres/column-text.ts'
import { lite, liteStage } from '../support/postgres-lite.ts'
import { record } from '../support/postgres-record.ts'

test('wrong options are refused, and the message says what to write', (t) => {
  const refused = (make: () => unknown, message: RegExp) =>
    t.throws(make, { instanceOf: SessionConfigError, message, code: 'ERR_SESSION_CONFIG' })
  const pool = { query: async () => ({ rows: [] }) }
  refused(() => postgresStorage(undefined as never), /query\(text, values\)/)
  refused(() => postgresStorage({} as never), /query\(text, values\)/)
  refused(() => postgresStorage(pool, { tabel: 'x' } as never), /no option 'tabel': it takes table, watch/)
  refused(() => postgresStorage(pool, { watch: 1 as never }), /true or false/)
  refused(() => postgresStorage(pool, { table: 1 as never }), /'auth\.sessions'/)
  refused(() => postgresSchema('a'.repeat(49)), /at most 48/)
})

test('a table name that is none never comes into a statement', (t) => {
  for (const table of [
    '',
    '.',
    'a.',
    '.a',
    'a.b.c',
    'a b',
    'a;b',
    'a"b',
    "a'b",
    'a-b',
    '1a',
    'a\n',
    'ä',
    '$a',
    'a$$',
  ]) {
    t.throws(() => postgresSchema(table), { code: 'ERR_SESSION_CONFIG' }, table)
  }
})

test('names mean what they say: capitals, reserved words, and a schema', async (t) => {
  await lite.query('CREATE SCHEMA "select"')
  for (const table of ['Table', 'order', 'select.Order', 'user', 'x'.repeat(48)]) {
    const storage = postgresStorage(lite, { table })
    await storage.migrate()
    t.true(await storage.create('key', record()), table)
    t.truthy(await storage.read('key'), table)
    t.is(await storage.sweep!(), 0)
  }
})

test('migrate can be called again, and by many at once', async (t) => {
  const { table, storage } = await liteStage()
  await storage.create('key', record())
  await Promise.all(Array.from({ length: 5 }, () => postgresStorage(lite, { table }).migrate()))
  t.truthy(await storage.read('key'))
})

test('the printed schema makes the same table as migrate', async (t) => {
  const describe = async (table: string) => {
    const columns = `SELECT column_name, data_type, is_nullable, collation_name FROM information_schema.columns
      WHERE table_name = $1 ORDER BY ordinal_position`
    const indexes = 'SELECT indexdef FROM pg_indexes WHERE tablename = $1 ORDER BY indexname'
    const found = [(await lite.query(columns, [table])).rows, (await lite.query(indexes, [table])).rows]
    return JSON.stringify(found).replaceAll(table, 'sessions')
  }
  const { table, storage } = await liteStage()
  t.is(storage.schema, postgresSchema(table))
  await lite.exec(postgresSchema('printed'))
  t.is(await describe('printed'), await describe(table))
  t.regex(await describe('printed'), /sessions_owner_idx.*sessions_sweep_at_idx/)
})

test('every text comes back exactly, even one that PostgreSQL cannot hold', async (t) => {
  const { storage } = await liteStage()
  const texts = [
    '\0',
    '\u0001',
    '\u00010000',
    '\uD800',
    '\uDC00',
    'a\uD83D',
    '\uDE00\uD83D',
    '😀',
    '\uFEFF',
    "\\'\\x00",
    '\\',
  ]
  for (const text of texts) {
    t.is(fromColumn(toColumn(text)), text)
    const given = record({ data: text, identity: text, subject: text })
    t.true(await storage.create(text, given))
    t.deepEqual(await storage.read(text), given)
    for await (const row of storage.list!(text)) t.deepEqual(row, { key: text, record: given })
  }
  t.is(new Set(texts.map(toColumn)).size, texts.length)
})

test('keys and subjects may be longer than an index holds', async (t) => {
  const { storage } = await liteStage()
  // Nothing that compresses.
  const long = Array.from({ length: 5000 }, () => String.fromCharCode(97 + Math.random() * 26)).join('')
  t.true(await storage.create(long, record({ subject: `of ${long}` })))
  t.is(await storage.rotate(long, `new ${long}`, record({ subject: `of ${long}` }), 1), 'ok')
  const listed: string[] = []
  for await (const { key } of storage.list!(`of ${long}`)) listed.push(key)
  t.deepEqual(listed, [`new ${long}`])
})

test('a subject with more sessions than one statement lists is listed whole', async (t) => {
  const { table, storage } = await liteStage()
  await storage.create('key', record({ subject: 'ada' }))
  await lite.query(`INSERT INTO ${table} SELECT id || n, key || n, version, data, identity, subject, owner, created_at,
    expires_at, sweep_at FROM ${table}, generate_series(1, 1500) AS n`)
  const counted = await lite.query<{ count: number }>(`SELECT count(*)::int FROM ${table}`)
  t.is(counted.rows[0]?.count, 1501)
  // Their ids are made up, and so nothing is read under their keys: what counts is which are asked for.
  const asked: unknown[] = []
  const spied = postgresStorage(
    {
      query: async (text, values) => {
        if (!text.includes('LIMIT')) asked.push(values[0])
        return await lite.query(text, values)
      },
    },
    { table },
  )
  for await (const { key } of spied.list!('ada')) t.is(key, 'key')
  t.is(new Set(asked).size, 1501)
})

test('a storage shows neither its client nor anything of it', (t) => {
  const secretive = Object.assign({ query: async () => ({ rows: [] }) }, { password: 'secret' })
  const storage = postgresStorage(secretive)
  t.notRegex(inspect(storage, { depth: 9 }) + JSON.stringify(storage), /secret/)
})

test('what the database throws is thrown as it is', async (t) => {
  const error = await t.throwsAsync(async () => await postgresStorage(lite, { table: 'nowhere' }).read('key'))
  t.is((error as Error & { code?: string }).code, '42P01')
})
