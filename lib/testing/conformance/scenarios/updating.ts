import { HOUR, scenario, type StorageScenario } from './stage.ts'

export const updating: readonly StorageScenario[] = [
  scenario('an update with the right version replaces every field', async ({ t, storage, record }) => {
    const first = record({ subject: 'ada' })
    await storage.create('key', first)
    const second = record({
      data: 'second',
      version: 40,
      createdAt: first.createdAt + 1,
      expiresAt: first.expiresAt + HOUR,
      identity: 'other',
      subject: 'bob',
    })
    t.equal(await storage.update('key', second, 1), 'ok')
    t.equal(await storage.read('key'), { ...second, version: 2 })
  }),

  scenario('an update can remove the subject', async ({ t, storage, record }) => {
    await storage.create('key', record({ subject: 'ada' }))
    t.equal(await storage.update('key', record(), 1), 'ok')
    t.equal(await storage.read('key'), record({ version: 2 }))
  }),

  scenario('every update increments the version', async ({ t, storage, record }) => {
    await storage.create('key', record())
    for (let version = 1; version <= 12; version++) {
      t.equal(await storage.update('key', record({ data: `after ${version}` }), version), 'ok')
      t.equal(await storage.read('key'), record({ data: `after ${version}`, version: version + 1 }))
    }
  }),

  scenario('an update can make the session expire earlier', async ({ t, storage, clock, record }) => {
    await storage.create('key', record())
    const earlier = record({ expiresAt: clock() + HOUR / 2 })
    t.equal(await storage.update('key', earlier, 1), 'ok')
    t.equal(await storage.read('key'), { ...earlier, version: 2 })
  }),

  scenario(
    'an update can make the session expire earlier than a touch has set',
    async ({ t, storage, clock, record }) => {
      await storage.create('key', record())
      await storage.touch('key', clock() + 5 * HOUR)
      t.equal(await storage.update('key', record(), 1), 'ok')
      t.equal(await storage.read('key'), record({ version: 2 }))
    },
  ),

  scenario('an update with another version is a conflict and changes nothing', async ({ t, storage, record }) => {
    await storage.create('key', record({ subject: 'ada' }))
    await storage.update('key', record({ data: 'second', subject: 'ada' }), 1)
    for (const wrong of [1, 0, -1, 3, 1000]) {
      t.equal(await storage.update('key', record({ data: 'lost', subject: 'bob' }), wrong), 'conflict')
    }
    t.equal(await storage.read('key'), record({ data: 'second', version: 2, subject: 'ada' }))
  }),

  scenario('an update never creates a session', async ({ t, storage, record }) => {
    for (const expected of [0, 1, 2]) t.equal(await storage.update('key', record(), expected), 'gone')
    t.equal(await storage.read('key'), null)
    t.equal(await storage.create('key', record()), true)
  }),

  scenario('an update never brings a deleted session back', async ({ t, storage, record }) => {
    await storage.create('key', record())
    await storage.delete('key')
    for (const expected of [0, 1, 2]) t.equal(await storage.update('key', record(), expected), 'gone')
    t.equal(await storage.read('key'), null)
  }),
]
