import { HOUR, scenario, type StorageScenario } from './stage.ts'

export const creating: readonly StorageScenario[] = [
  scenario('reading an unknown key returns null', async ({ t, storage }) => {
    t.equal(await storage.read('unknown'), null)
  }),

  scenario('a created session is read with every field as it was given', async ({ t, storage, record }) => {
    const given = record({ subject: 'ada' })
    t.equal(await storage.create('key', given), true)
    t.equal(await storage.read('key'), given)
  }),

  scenario('reading a session changes nothing', async ({ t, storage, record }) => {
    await storage.create('key', record())
    await storage.read('key')
    t.equal(await storage.read('key'), record())
    t.equal(await storage.update('key', record(), 1), 'ok')
  }),

  scenario('a session without a subject comes back without one', async ({ t, storage, record }) => {
    await storage.create('key', record())
    const found = await storage.read('key')
    t.ok(found)
    t.equal(Object.hasOwn(found ?? {}, 'subject'), false)
  }),

  scenario('create never overwrites a session', async ({ t, storage, record }) => {
    const first = record({ subject: 'ada' })
    await storage.create('key', first)
    const second = record({ data: 'second', identity: 'other', subject: 'bob', expiresAt: first.expiresAt + HOUR })
    t.equal(await storage.create('key', second), false)
    t.equal(await storage.read('key'), first)
  }),

  scenario('create stores version 1, for any version in the record', async ({ t, storage, record }) => {
    await storage.create('key', record({ version: 7 }))
    t.equal(await storage.read('key'), record({ version: 1 }))
    t.equal(await storage.update('key', record(), 7), 'conflict')
  }),

  scenario('create replaces an expired session', async ({ t, storage, soon, after, record }) => {
    const expired = record({ data: 'expired', subject: 'ada', expiresAt: soon() })
    await storage.create('key', expired)
    await storage.update('key', expired, 1)
    await after(expired.expiresAt)
    t.equal(await storage.create('key', record()), true)
    t.equal(await storage.read('key'), record())
  }),
]
