import type { Awaitable } from '../../../base/awaitable.ts'
import { eachOrder } from './each-order.ts'
import { HOUR, scenario, type Stage, type StorageScenario } from './stage.ts'

const RACERS = 20

export const racing: readonly StorageScenario[] = [
  scenario('of many updates at once with one version, exactly one wins', async ({ t, storage, record }) => {
    await storage.create('key', record())
    const outcomes = await race((racer) => storage.update('key', record({ data: `by ${racer}` }), 1))
    t.equal(count(outcomes, 'ok'), 1)
    t.equal(count(outcomes, 'conflict'), RACERS - 1)
    t.equal(await storage.read('key'), record({ data: `by ${outcomes.indexOf('ok')}`, version: 2 }))
  }),

  scenario('of many creates at once on one key, exactly one wins', async ({ t, storage, record }) => {
    const outcomes = await race((racer) => storage.create('key', record({ data: `by ${racer}` })))
    t.equal(count(outcomes, true), 1)
    t.equal(await storage.read('key'), record({ data: `by ${outcomes.indexOf(true)}` }))
  }),

  scenario('of many deletes at once, exactly one says true', async ({ t, storage, record }) => {
    await storage.create('key', record())
    t.equal(count(await race(() => storage.delete('key')), true), 1)
    t.equal(await storage.read('key'), null)
  }),

  scenario('of many rotations of one session at once, exactly one wins and one key lives', async (stage) => {
    const { t, storage, record } = stage
    await storage.create('old', record())
    const outcomes = await race((racer) => storage.rotate('old', `new ${racer}`, record({ data: `by ${racer}` }), 1))
    const winner = outcomes.indexOf('ok')
    t.equal(count(outcomes, 'ok'), 1)
    t.equal(await storage.read('old'), null)
    for (let racer = 0; racer < RACERS; racer++) {
      const expected = racer === winner ? record({ data: `by ${racer}`, version: 2 }) : null
      t.equal(await storage.read(`new ${racer}`), expected)
    }
  }),

  scenario('of many sessions rotated at once onto one key, exactly one gets it', async ({ t, storage, record }) => {
    for (let racer = 0; racer < RACERS; racer++) await storage.create(`old ${racer}`, record({ data: `of ${racer}` }))
    const outcomes = await race((racer) => storage.rotate(`old ${racer}`, 'new', record({ data: `of ${racer}` }), 1))
    t.equal(count(outcomes, 'ok'), 1)
    t.equal(count(outcomes, 'exists'), RACERS - 1)
    for (let racer = 0; racer < RACERS; racer++) {
      const expected = outcomes[racer] === 'ok' ? null : record({ data: `of ${racer}` })
      t.equal(await storage.read(`old ${racer}`), expected)
    }
    t.equal(await storage.read('new'), record({ data: `of ${outcomes.indexOf('ok')}`, version: 2 }))
  }),

  scenario('two sessions rotated at once onto the keys of each other both stay', async ({ t, storage, record }) => {
    await storage.create('a', record({ data: 'of a' }))
    await storage.create('b', record({ data: 'of b' }))
    const outcomes = await Promise.all([
      storage.rotate('a', 'b', record({ data: 'of a' }), 1),
      storage.rotate('b', 'a', record({ data: 'of b' }), 1),
    ])
    t.equal(outcomes, ['exists', 'exists'])
    t.equal(await storage.read('a'), record({ data: 'of a' }))
    t.equal(await storage.read('b'), record({ data: 'of b' }))
  }),

  scenario('no update and no touch survives a delete that races with it', async (stage) => {
    const { t, storage, clock, record } = stage
    await eachOrder(async (key, inOrder) => {
      await storage.create(key, record())
      await inOrder(
        async () => {
          t.equal(await storage.delete(key), true)
          t.equal(await storage.read(key), null, 'when delete has answered')
        },
        () => storage.update(key, record({ data: 'late' }), 1),
        () => storage.touch(key, clock() + 2 * HOUR),
      )
      t.equal(await storage.read(key), null, 'when all have answered')
    })
  }),

  scenario('a delete and a rotation that race leave the new key or nothing, as they say', async (stage) => {
    const { t, storage, record } = stage
    await eachOrder(async (key, inOrder) => {
      await storage.create(key, record())
      let deleted = false
      let rotated = ''
      await inOrder(
        async () => {
          deleted = await storage.delete(key)
          t.equal(await storage.read(key), null, 'when delete has answered')
        },
        async () => {
          rotated = await storage.rotate(key, `${key} new`, record(), 1)
        },
      )
      t.equal(rotated, deleted ? 'gone' : 'ok')
      t.equal(await storage.read(key), null)
      t.equal(await storage.read(`${key} new`), deleted ? null : record({ version: 2 }))
    })
  }),

  scenario('an update and a rotation that race with one version are not both ok', async ({ t, storage, record }) => {
    await eachOrder(async (key, inOrder) => {
      await storage.create(key, record())
      const outcomes: string[] = []
      await inOrder(
        async () => {
          outcomes.push(`update ${await storage.update(key, record({ data: 'updated' }), 1)}`)
        },
        async () => {
          const outcome = await storage.rotate(key, `${key} new`, record({ data: 'rotated' }), 1)
          outcomes.push(`rotate ${outcome}`)
        },
      )
      const updated = outcomes.includes('update ok')
      t.ok(updated !== outcomes.includes('rotate ok'))
      t.equal(await storage.read(key), updated ? record({ data: 'updated', version: 2 }) : null)
      t.equal(await storage.read(`${key} new`), updated ? null : record({ data: 'rotated', version: 2 }))
    })
  }),

  scenario('a touch that races with an update never undoes it', async ({ t, storage, clock, record }) => {
    await eachOrder(async (key, inOrder) => {
      await storage.create(key, record())
      const later = clock() + 2 * HOUR
      await inOrder(
        async () => t.equal(await storage.update(key, record({ data: 'updated' }), 1), 'ok'),
        async () => t.equal(await storage.touch(key, later), true),
      )
      const found = await storage.read(key)
      t.equal({ ...found, expiresAt: 0 }, record({ data: 'updated', version: 2, expiresAt: 0 }))
      t.ok(found?.expiresAt === later || found?.expiresAt === record().expiresAt)
    })
  }),

  scenario('fifty increments at once, each read and written by compare-and-set, count fifty', async (stage) => {
    await stage.storage.create('key', stage.record({ data: '0' }))
    await Promise.all(Array.from({ length: 50 }, () => increment(stage)))
    stage.t.equal(await stage.storage.read('key'), stage.record({ data: '50', version: 51 }))
  }),
]

async function increment({ storage, record }: Stage): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const found = await storage.read('key')
    if (found === null) throw new Error('the session is gone')
    const data = String(Number(found.data) + 1)
    if ((await storage.update('key', record({ data }), found.version)) === 'ok') return
  }
  throw new Error('a thousand attempts failed')
}

/** Starts all before it awaits any. A synchronous error becomes a rejection. */
async function race<T>(act: (racer: number) => Awaitable<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: RACERS }, async (_, racer) => await act(racer)))
}

function count<T>(outcomes: readonly T[], wanted: T): number {
  return outcomes.filter((outcome) => outcome === wanted).length
}
