import type { SessionStorage } from '../../../contracts/storage.ts'
import { DAY, scenario, type StorageScenario } from './stage.ts'

export const sweeping: readonly StorageScenario[] = [
  scenario(
    'sweep removes at most the given number of expired sessions, and returns how many it removed',
    async ({ t, storage, clock, record }) => {
      for (let index = 0; index < 5; index++) await storage.create(`short ${index}`, record())
      for (let index = 0; index < 3; index++) {
        await storage.create(`long ${index}`, record({ expiresAt: clock() + 30 * DAY }))
      }
      // Days, since an engine may find expired sessions by a coarse index.
      clock.advance(3 * DAY)
      t.equal(await sweep(storage, 2), 2)
      t.equal(await sweep(storage, 2), 2)
      t.equal(await sweep(storage), 1)
      t.equal(await sweep(storage), 0)
      for (let index = 0; index < 3; index++) t.ok(await storage.read(`long ${index}`))
    },
    'sweep',
    'clock',
  ),

  scenario(
    'sweep keeps a session that is about to expire',
    async ({ t, storage, soon, before, record }) => {
      const expiresAt = soon()
      await storage.create('key', record({ expiresAt }))
      const act = async (): Promise<unknown[]> => [await sweep(storage), (await storage.read('key')) !== null]
      t.equal(await before(expiresAt, act), [0, true])
    },
    'sweep',
  ),

  scenario(
    'sweep keeps a touched session',
    async ({ t, storage, clock, record }) => {
      await storage.create('key', record())
      await storage.touch('key', clock() + 30 * DAY)
      clock.advance(3 * DAY)
      t.equal(await sweep(storage), 0)
      t.ok(await storage.read('key'))
    },
    'sweep',
    'clock',
  ),

  scenario(
    'sweep keeps every live session',
    async ({ t, storage, record }) => {
      for (let index = 0; index < 5; index++) await storage.create(`key ${index}`, record())
      t.equal(await sweep(storage), 0)
      for (let index = 0; index < 5; index++) t.equal(await storage.read(`key ${index}`), record())
    },
    'sweep',
  ),

  scenario(
    'several sweeps at once remove each expired session once',
    async ({ t, storage, clock, record }) => {
      for (let index = 0; index < 12; index++) await storage.create(`short ${index}`, record())
      await storage.create('long', record({ expiresAt: clock() + 30 * DAY }))
      clock.advance(3 * DAY)
      const removed = await Promise.all([sweep(storage), sweep(storage), sweep(storage)])
      // A sweep may skip rows that another one has locked.
      removed.push(await sweep(storage))
      t.equal(
        removed.reduce((sum, count) => sum + count, 0),
        12,
      )
      t.ok(await storage.read('long'))
    },
    'sweep',
    'clock',
  ),

  scenario(
    'countExpired returns how many sessions wait to be swept, and removes none',
    async ({ t, storage, clock, record }) => {
      t.equal(await countExpired(storage), 0)
      for (let index = 0; index < 5; index++) await storage.create(`short ${index}`, record())
      await storage.create('long', record({ expiresAt: clock() + 30 * DAY }))
      t.equal(await countExpired(storage), 0)
      clock.advance(3 * DAY)
      t.equal(await countExpired(storage), 5)
      t.equal(await countExpired(storage), 5)
      t.equal(await sweep(storage, 2), 2)
      t.equal(await countExpired(storage), 3)
      t.equal(await sweep(storage), 3)
      t.equal(await countExpired(storage), 0)
      t.ok(await storage.read('long'))
    },
    'sweep',
    'countExpired',
    'clock',
  ),

  scenario('an empty storage can be swept', async ({ t, storage }) => t.equal(await sweep(storage), 0), 'sweep'),
]

async function countExpired(storage: SessionStorage): Promise<number> {
  if (storage.countExpired === undefined) throw new TypeError('the storage cannot count: pass { countExpired: false }')
  return await storage.countExpired()
}

async function sweep(storage: SessionStorage, limit?: number): Promise<number> {
  if (storage.sweep === undefined) throw new TypeError('the storage has no sweep: pass { sweep: false }')
  return await (limit === undefined ? storage.sweep() : storage.sweep(limit))
}
