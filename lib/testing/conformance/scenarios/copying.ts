import { NEVER } from '../../../base/clock.ts'
import { scenario, type StorageScenario } from './stage.ts'

const values: Record<string, string> = {
  'of no character at all': '',
  'of one megabyte': 'm'.repeat(1_048_576),
  'of accents and of several scripts': 'Zoë, Ελλάδα, Привет, 日本語, שלום',
  'of emoji and of characters beyond 16 bits': '😀 👩‍👩‍👧 𝒳 \u{10FFFF}',
  'of newlines, tabs and a NUL': 'a\nb\r\nc\td\u2028e\0f\0',
  'of halves of surrogate pairs': '\uDFFF a \uD800\uD800 b \uD83D',
  'that looks like an escape of halves': '\u0001"\\ud800" \u0001d800 \\u0000',
  'that looks like JSON, a path and a query': `{"a":[1,"\\"]}/../'";DROP TABLE sessions;--%00`,
  'that begins and ends with white space': '\uFEFF \n text \n ',
}

const hostileKeys: readonly string[] = [
  '',
  '.',
  '..',
  '../x',
  '..\\x',
  'a/b',
  'a',
  '/a',
  'a:b',
  'a b',
  'a\0b',
  '\0',
  '\n',
  'CON',
  'con',
  'NUL',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'Key',
  'KEY',
  'key',
  'key ',
  'ключ',
  '😀',
  '*',
  '%2e%2e',
  '{a}',
  '{a}b',
  'x'.repeat(300),
  `${'x'.repeat(299)}y`,
  'e\u0301',
  '\u00E9',
]

// A later expiry, not an earlier one: an expired session would not be read, and so the change would not be seen.
const spoil = { data: 'spoilt', version: 9, createdAt: 1, expiresAt: NEVER, identity: 'spoilt', subject: 'spoilt' }

export const copying: readonly StorageScenario[] = [
  ...Object.entries(values).map(([what, data]) =>
    scenario(`a value ${what} comes back exactly`, async ({ t, storage, record }) => {
      await storage.create('key', record({ data }))
      t.ok((await storage.read('key'))?.data === data, 'after create')
      await storage.update('key', record({ data: `${data}.` }), 1)
      t.ok((await storage.read('key'))?.data === `${data}.`, 'after update')
      await storage.rotate('key', 'new', record({ data }), 2)
      t.ok((await storage.read('new'))?.data === data, 'after rotate')
    }),
  ),

  scenario('changing what was put in changes nothing that is stored', async ({ t, storage, record }) => {
    const created = record({ subject: 'ada' })
    await storage.create('key', created)
    Object.assign(created, spoil)
    t.equal(await storage.read('key'), record({ subject: 'ada' }))

    const updated = record({ data: 'second' })
    await storage.update('key', updated, 1)
    Object.assign(updated, spoil)
    t.equal(await storage.read('key'), record({ data: 'second', version: 2 }))

    const rotated = record({ data: 'third' })
    await storage.rotate('key', 'new', rotated, 2)
    Object.assign(rotated, spoil)
    t.equal(await storage.read('new'), record({ data: 'third', version: 3 }))
  }),

  scenario('changing a record while it is being stored changes nothing', async ({ t, storage, record }) => {
    const given = record()
    const stored = storage.create('key', given)
    given.data = 'spoilt'
    await stored
    t.equal(await storage.read('key'), record())
  }),

  scenario('changing what came out changes nothing that is stored', async ({ t, storage, record }) => {
    await storage.create('key', record({ subject: 'ada' }))
    for (let round = 0; round < 2; round++) {
      const found = await storage.read('key')
      t.equal(found, record({ subject: 'ada' }))
      Object.assign(found ?? {}, spoil)
    }
  }),

  scenario('a storage leaves the record that it is given alone', async ({ t, storage, record }) => {
    const given = Object.freeze(record({ version: 7 }))
    t.equal(await storage.create('key', given), true)
    t.equal(await storage.update('key', given, 1), 'ok')
    t.equal(await storage.rotate('key', 'new', given, 2), 'ok')
    t.equal(given, record({ version: 7 }))
  }),

  scenario('any text is a key, and no two keys are one', async ({ t, storage, record }) => {
    for (const key of hostileKeys) t.equal(await storage.read(key), null)
    for (const [index, key] of hostileKeys.entries()) {
      t.equal(await storage.create(key, record({ data: `${index}` })), true)
    }
    for (const [index, key] of hostileKeys.entries()) {
      t.equal(await storage.read(key), record({ data: `${index}` }))
      t.equal(await storage.update(key, record({ data: `${index}`, subject: key }), 1), 'ok')
      t.equal(await storage.delete(key), true)
      t.equal(await storage.read(key), null)
    }
  }),

  scenario('a session can be rotated from any text to any other', async ({ t, storage, record }) => {
    let from = 'start'
    await storage.create(from, record())
    for (const [index, to] of hostileKeys.entries()) {
      t.equal(await storage.rotate(from, to, record(), index + 1), 'ok')
      t.equal(await storage.read(from), null)
      from = to
    }
    t.equal(await storage.read(from), record({ version: hostileKeys.length + 1 }))
  }),
]
