import type { SessionRecord } from '../../../contracts/record.ts'
import type { SessionStorage } from '../../../contracts/storage.ts'
import { HOUR, scenario, type StorageScenario } from './stage.ts'

const hostileSubjects: readonly string[] = [
  '',
  '..',
  '../x',
  'a/b',
  'a',
  'A',
  'a\0b',
  '\n',
  'CON',
  '__proto__',
  'constructor',
  '*',
  'a*',
  '😀',
  'x'.repeat(300),
]

export const listing: readonly StorageScenario[] = [
  scenario(
    'list returns all sessions of a subject, and no others',
    async ({ t, storage, record }) => {
      await storage.create('a1', record({ data: 'a1', subject: 'ada' }))
      await storage.create('a2', record({ data: 'a2', subject: 'ada' }))
      await storage.create('b1', record({ data: 'b1', subject: 'bob' }))
      await storage.create('n1', record({ data: 'n1' }))
      t.equal(await listed(storage, 'ada'), {
        a1: record({ data: 'a1', subject: 'ada' }),
        a2: record({ data: 'a2', subject: 'ada' }),
      })
      t.equal(await listed(storage, 'bob'), { b1: record({ data: 'b1', subject: 'bob' }) })
      t.equal(await listed(storage, 'nobody'), {})
      t.equal(await listed(storage, ''), {})
    },
    'list',
  ),

  scenario(
    'list never returns a deleted session',
    async ({ t, storage, record }) => {
      await storage.create('a1', record({ subject: 'ada' }))
      await storage.create('a2', record({ subject: 'ada' }))
      await storage.delete('a1')
      t.equal(await listed(storage, 'ada'), { a2: record({ subject: 'ada' }) })
      await storage.delete('a2')
      t.equal(await listed(storage, 'ada'), {})
    },
    'list',
  ),

  scenario(
    'list never returns an expired session',
    async ({ t, storage, clock, soon, after, record }) => {
      const expiresAt = soon()
      await storage.create('short', record({ subject: 'ada', expiresAt }))
      await storage.create('long', record({ subject: 'ada', expiresAt: clock() + 2 * HOUR }))
      await storage.create('touched', record({ subject: 'ada', expiresAt }))
      await storage.touch('touched', clock() + 2 * HOUR)
      await after(expiresAt)
      t.equal(Object.keys(await listed(storage, 'ada')), ['long', 'touched'])
    },
    'list',
  ),

  scenario(
    'list returns the current state of each session: updated and touched',
    async ({ t, storage, clock, record }) => {
      await storage.create('key', record({ subject: 'ada' }))
      await storage.update('key', record({ data: 'second', subject: 'ada' }), 1)
      await storage.touch('key', clock() + 2 * HOUR)
      t.equal(await listed(storage, 'ada'), {
        key: record({ data: 'second', version: 2, subject: 'ada', expiresAt: clock() + 2 * HOUR }),
      })
    },
    'list',
  ),

  scenario(
    'a session whose subject changes moves to the list of the new one',
    async ({ t, storage, record }) => {
      await storage.create('key', record())
      await storage.update('key', record({ subject: 'ada' }), 1)
      t.equal(await listed(storage, 'ada'), { key: record({ version: 2, subject: 'ada' }) })

      await storage.update('key', record({ subject: 'bob' }), 2)
      t.equal(await listed(storage, 'ada'), {})
      t.equal(await listed(storage, 'bob'), { key: record({ version: 3, subject: 'bob' }) })

      await storage.rotate('key', 'new', record({ subject: 'ada' }), 3)
      t.equal(await listed(storage, 'ada'), { new: record({ version: 4, subject: 'ada' }) })
      t.equal(await listed(storage, 'bob'), {})

      await storage.update('new', record(), 4)
      t.equal(await listed(storage, 'ada'), {})
    },
    'list',
  ),

  scenario(
    'a rotated session is listed once, under its new key',
    async ({ t, storage, record }) => {
      await storage.create('old', record({ subject: 'ada' }))
      await storage.rotate('old', 'new', record({ subject: 'ada' }), 1)
      t.equal(await listed(storage, 'ada'), { new: record({ version: 2, subject: 'ada' }) })
    },
    'list',
  ),

  scenario(
    'every session of a subject can be deleted while it is being listed',
    async ({ t, storage, record }) => {
      for (let index = 0; index < 20; index++) await storage.create(`key ${index}`, record({ subject: 'ada' }))
      const deleted = new Set<string>()
      for await (const { key } of rows(storage, 'ada')) {
        if (await storage.delete(key)) deleted.add(key)
      }
      t.equal(deleted.size, 20)
      t.equal(await listed(storage, 'ada'), {})
    },
    'list',
  ),

  scenario(
    'list never returns a session that was deleted before its turn',
    async ({ t, storage, record }) => {
      for (let index = 0; index < 5; index++) await storage.create(`key ${index}`, record({ subject: 'ada' }))
      const given: string[] = []
      for await (const { key } of rows(storage, 'ada')) {
        given.push(key)
        for (let index = 0; index < 5; index++) await storage.delete(`key ${index}`)
      }
      t.equal(given.length, 1)
    },
    'list',
  ),

  scenario(
    'any text is a subject, and no two subjects are one',
    async ({ t, storage, record }) => {
      for (const [index, subject] of hostileSubjects.entries()) {
        await storage.create(`key ${index}`, record({ subject }))
      }
      for (const [index, subject] of hostileSubjects.entries()) {
        t.equal(await listed(storage, subject), { [`key ${index}`]: record({ subject }) })
      }
    },
    'list',
  ),

  scenario(
    'all sessions of a subject are listed, however many they are',
    async ({ t, storage, record }) => {
      const keys = Array.from({ length: 150 }, (_, index) => `key ${1000 + index}`)
      await Promise.all(keys.map(async (key) => await storage.create(key, record({ subject: 'ada' }))))
      t.equal(Object.keys(await listed(storage, 'ada')), keys)
    },
    'list',
  ),

  scenario(
    'changing what was listed changes nothing that is stored',
    async ({ t, storage, record }) => {
      await storage.create('key', record({ subject: 'ada' }))
      for await (const row of rows(storage, 'ada')) row.record.data = 'spoilt'
      t.equal(await storage.read('key'), record({ subject: 'ada' }))
    },
    'list',
  ),
]

function rows(storage: SessionStorage, subject: string): AsyncIterable<{ key: string; record: SessionRecord }> {
  if (storage.list === undefined) throw new TypeError('the storage has no list: pass { list: false }')
  return storage.list(subject)
}

/** Returns the records by key, in the order of their keys. @throws if a key comes twice. */
async function listed(storage: SessionStorage, subject: string): Promise<Record<string, SessionRecord>> {
  const found = new Map<string, SessionRecord>()
  for await (const { key, record } of rows(storage, subject)) {
    if (found.has(key)) throw new Error('list returned one session twice')
    found.set(key, record)
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
