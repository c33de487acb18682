import { setTimeout as sleep } from 'node:timers/promises'
import { NEVER } from '../../../base/clock.ts'
import { DAY, HOUR, scenario, type Stage, type StorageScenario } from './stage.ts'

// An overflown 32-bit timer fires after 1 ms.
const OVERFLOW_WAIT = 20

const deadlines = {
  'in 25 days, beyond a 32-bit timer': 25 * DAY,
  'in 30 days': 30 * DAY,
  'in 100 years': 36_525 * DAY,
}

/** The results of each method before and after the session under `key` has expired. */
interface Verb {
  act(stage: Stage): unknown
  readonly alive: unknown
  readonly gone: unknown
}

const verbs: Readonly<Record<string, Verb>> = {
  read: { act: async ({ storage }) => (await storage.read('key')) !== null, alive: true, gone: false },
  update: { act: ({ storage, record }) => storage.update('key', record(), 1), alive: 'ok', gone: 'gone' },
  touch: { act: ({ storage, clock }) => storage.touch('key', clock() + DAY), alive: true, gone: false },
  delete: { act: ({ storage }) => storage.delete('key'), alive: true, gone: false },
  rotate: { act: ({ storage, record }) => storage.rotate('key', 'new', record(), 1), alive: 'ok', gone: 'gone' },
}

export const expiring: readonly StorageScenario[] = [
  ...Object.entries(verbs).flatMap(([name, verb]) => [
    scenario(`${name} finds a session that is about to expire`, async (stage) => {
      const expiresAt = stage.soon()
      await stage.storage.create('key', stage.record({ expiresAt }))
      stage.t.equal(await stage.before(expiresAt, () => verb.act(stage)), verb.alive)
    }),
    scenario(
      `${name} finds no session at the instant of its expiry`,
      async (stage) => {
        await stage.storage.create('key', stage.record())
        stage.clock.advance(HOUR)
        await expectGone(stage, verb)
      },
      'clock',
    ),
    scenario(`${name} finds no session after the instant of its expiry`, async (stage) => {
      const expiresAt = stage.soon()
      await stage.storage.create('key', stage.record({ expiresAt }))
      await stage.after(expiresAt + 1)
      await expectGone(stage, verb)
    }),
  ]),

  scenario('an expired session stands in the way of no rotation', async ({ t, storage, soon, after, record }) => {
    const expired = record({ data: 'expired', identity: 'other', expiresAt: soon() })
    await storage.create('new', expired)
    await after(expired.expiresAt)
    await storage.create('key', record())
    t.equal(await storage.rotate('key', 'new', record(), 1), 'ok')
    t.equal(await storage.read('key'), null)
    t.equal(await storage.read('new'), record({ version: 2 }))
  }),

  scenario(
    'a clock that goes back neither ends a session nor moves its deadline',
    async ({ t, storage, clock, record }) => {
      const given = record()
      await storage.create('key', given)
      clock.advance(-HOUR)
      t.equal(await storage.read('key'), given)
      t.equal(await storage.update('key', { ...given, data: 'second' }, 1), 'ok')
      clock.advance(2 * HOUR - 1)
      t.equal(await storage.read('key'), { ...given, data: 'second', version: 2 })
      clock.advance(1)
      t.equal(await storage.read('key'), null)
    },
    'clock',
  ),

  scenario('an update to a deadline that has passed ends the session', async ({ t, storage, clock, record }) => {
    await storage.create('key', record())
    t.equal(await storage.update('key', record({ expiresAt: clock() - HOUR }), 1), 'ok')
    t.equal(await storage.read('key'), null)
    t.equal(await storage.touch('key', clock() + HOUR), false)
  }),

  ...Object.entries(deadlines).map(([when, lifetime]) =>
    scenario(
      `a session that expires ${when} lives until then`,
      async ({ t, storage, clock, record }) => {
        const far = record({ expiresAt: clock() + lifetime })
        await storage.create('key', far)
        await sleep(OVERFLOW_WAIT)
        t.equal(await storage.read('key'), far)
        clock.advance(lifetime - 1)
        t.equal(await storage.read('key'), far)
        clock.advance(1)
        t.equal(await storage.read('key'), null)
      },
      'clock',
    ),
  ),

  ...Object.entries({ ...deadlines, 'that never comes': NEVER }).map(([when, lifetime]) =>
    scenario(`a deadline ${when} is kept exactly`, async ({ t, storage, clock, record }) => {
      const expiresAt = Math.min(clock() + lifetime, NEVER)
      await storage.create('created', record({ expiresAt }))
      await storage.create('touched', record())
      await storage.touch('touched', expiresAt)
      await storage.create('updated', record())
      await storage.update('updated', record({ expiresAt }), 1)
      await sleep(OVERFLOW_WAIT)
      t.equal(await storage.read('created'), record({ expiresAt }))
      t.equal(await storage.read('touched'), record({ expiresAt }))
      t.equal(await storage.read('updated'), record({ expiresAt, version: 2 }))
    }),
  ),
]

async function expectGone(stage: Stage, { act, gone }: Verb): Promise<void> {
  stage.t.equal(await act(stage), gone)
  stage.t.equal(await stage.storage.read('key'), null)
  stage.t.equal(await stage.storage.read('new'), null)
}
