import type { SessionStorage } from '../../../contracts/storage.ts'
import { recordedStorage } from '../history.ts'
import { isLinearizable } from '../linearizability.ts'
import { seededRandom } from '../seeded-random.ts'
import { HOUR, scenario, type Stage, type StorageScenario } from './stage.ts'

const ROUNDS = 12
const CLIENTS = 4
const CALLS = 5

type Verb = 'create' | 'read' | 'update' | 'touch' | 'delete' | 'rotate'

/** Mixtures of calls, in different proportions. */
const mixtures: Readonly<Record<string, readonly Verb[]>> = {
  'reads, updates and touches': ['read', 'update', 'update', 'touch'],
  'updates, deletes and creates': ['read', 'update', 'delete', 'create'],
  'calls of all six methods': ['create', 'read', 'update', 'touch', 'delete', 'rotate'],
}

export const linearizable: readonly StorageScenario[] = Object.entries(mixtures).map(([what, verbs]) =>
  scenario(`concurrent ${what} on one key return what sequential calls would`, async (stage) => {
    const draw = seededRandom(ROUNDS)
    for (let round = 0; round < ROUNDS; round++) {
      const { storage, history } = recordedStorage(stage.storage)
      const key = `key ${round}`
      await storage.create(key, stage.record({ data: 'created' }))
      await Promise.all(
        Array.from({ length: CLIENTS }, async (_, client) => {
          for (let call = 0; call < CALLS; call++) {
            const drawn = verbs[Math.floor(draw() * verbs.length)] as Verb
            // Only one client creates: with two at once, a storage may refuse one before the other has created the session.
            const verb = drawn === 'create' && client > 0 ? 'read' : drawn
            await calls[verb]({ ...stage, storage, key, name: `${client}.${call}`, draw })
          }
        }),
      )
      await storage.read(key)
      const told = history().map(({ call: { verb }, answer }) => `${verb}: ${JSON.stringify(answer)}`)
      stage.t.ok(isLinearizable(history()), told.join('; '))
    }
  }),
)

interface Call extends Stage {
  readonly storage: SessionStorage
  readonly key: string
  /** Different for each call. */
  readonly name: string
  draw(): number
}

const calls: Readonly<Record<Verb, (call: Call) => Promise<unknown>>> = {
  create: async ({ storage, key, name, record }) => await storage.create(key, record({ data: name })),
  read: async ({ storage, key }) => await storage.read(key),
  touch: async ({ storage, key, clock, draw }) => await storage.touch(key, clock() + HOUR + Math.floor(draw() * HOUR)),
  delete: async ({ storage, key }) => await storage.delete(key),

  async update({ storage, key, name, record }) {
    const found = await storage.read(key)
    await storage.update(key, record({ data: name }), found?.version ?? 1)
  },

  // To a new key, so that no other call interferes.
  async rotate({ storage, key, name, record }) {
    const found = await storage.read(key)
    const to = `${key} ${name}`
    await storage.rotate(key, to, record({ data: name }), found?.version ?? 1)
    await storage.read(to)
  },
}
