import { HOUR, scenario, type StorageScenario } from './stage.ts'

export const deleting: readonly StorageScenario[] = [
  scenario('a deleted session is gone at once', async ({ t, storage, record }) => {
    await storage.create('key', record())
    await storage.create('other', record({ identity: 'other' }))
    t.equal(await storage.delete('key'), true)
    t.equal(await storage.read('key'), null)
    t.equal(await storage.read('other'), record({ identity: 'other' }), 'no other session is touched')
  }),

  scenario('deleting twice returns true, then false', async ({ t, storage, record }) => {
    await storage.create('key', record())
    t.equal(await storage.delete('key'), true)
    t.equal(await storage.delete('key'), false)
  }),

  scenario('deleting an unknown key returns false', async ({ t, storage }) => {
    t.equal(await storage.delete('unknown'), false)
  }),

  scenario('a key that is used again keeps nothing of the deleted session', async ({ t, storage, clock, record }) => {
    await storage.create('key', record({ subject: 'ada' }))
    await storage.update('key', record({ data: 'second', subject: 'ada' }), 1)
    await storage.touch('key', clock() + 9 * HOUR)
    await storage.delete('key')
    t.equal(await storage.create('key', record({ data: 'new', identity: 'new' })), true)
    t.equal(await storage.read('key'), record({ data: 'new', identity: 'new' }))
    t.equal(await storage.update('key', record(), 2), 'conflict')
  }),
]
