import { NEVER } from '../../../base/clock.ts'
import { HOUR, scenario, type StorageScenario } from './stage.ts'

export const touching: readonly StorageScenario[] = [
  scenario('a touch moves the expiry and changes nothing else', async ({ t, storage, clock, record }) => {
    await storage.create('key', record({ subject: 'ada' }))
    const expiresAt = clock() + 2 * HOUR
    t.equal(await storage.touch('key', expiresAt), true)
    t.equal(await storage.read('key'), record({ subject: 'ada', expiresAt }))
    t.equal(await storage.update('key', record(), 1), 'ok', 'the version is as it was')
  }),

  scenario('a touch never makes a session expire earlier', async ({ t, storage, clock, record }) => {
    await storage.create('key', record())
    for (const expiresAt of [clock() + HOUR - 1, clock() + 1, clock(), clock() - HOUR, 0, -1]) {
      t.equal(await storage.touch('key', expiresAt), true)
      t.equal(await storage.read('key'), record())
    }
  }),

  scenario('a session can be touched again and again', async ({ t, storage, clock, record }) => {
    await storage.create('key', record())
    let latest = clock() + HOUR
    for (const hours of [2, 3, 2, 5, 4]) {
      latest = Math.max(latest, clock() + hours * HOUR)
      t.equal(await storage.touch('key', clock() + hours * HOUR), true)
      t.equal(await storage.read('key'), record({ expiresAt: latest }))
    }
    t.equal(await storage.touch('key', NEVER), true)
    t.equal(await storage.read('key'), record({ expiresAt: NEVER }))
  }),

  scenario(
    'a touched session lives until its new expiry',
    async ({ t, storage, clock, soon, before, after, record }) => {
      const first = soon()
      const second = first + (first - clock())
      await storage.create('key', record({ expiresAt: first }))
      t.equal(await before(first, () => storage.touch('key', second)), true)
      t.ok(await before(second, () => storage.read('key')))
      await after(second)
      t.equal(await storage.read('key'), null)
      t.equal(await storage.touch('key', clock() + HOUR), false)
    },
  ),

  scenario('a touch never creates a session', async ({ t, storage, clock }) => {
    t.equal(await storage.touch('key', clock() + HOUR), false)
    t.equal(await storage.read('key'), null)
  }),

  scenario('a touch never brings a deleted session back', async ({ t, storage, clock, record }) => {
    await storage.create('key', record())
    await storage.delete('key')
    t.equal(await storage.touch('key', clock() + HOUR), false)
    t.equal(await storage.read('key'), null)
  }),
]
