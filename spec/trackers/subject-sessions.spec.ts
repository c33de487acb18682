import test from 'ava'
import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { pooledRandom } from '../../lib/base/random.ts'
import { StorageKeys } from '../../lib/trackers/session-keys.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'
import { StoredSubjectSessions } from '../../lib/trackers/subject-sessions.ts'
import { Twins } from '../../lib/trackers/twins.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import { NOW, record } from '../support/records.ts'

const clock = (): number => NOW

function rowsOf(engine: SessionStorage): StoredSubjectSessions {
  const storage = new StorageClient(engine, 'user', clock)
  const keys = new StorageKeys('user', 'cookie', 'own')
  const twins = new Twins({ storage, keys, clock, random: pooledRandom() })
  return new StoredSubjectSessions('user', storage.list!, twins)
}

const ada = (identity: string): SessionRecord => record({ identity, subject: 'ada' })
const all = (): boolean => true

async function keysOf(rows: StoredSubjectSessions, subject: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of rows.list(subject)) keys.push(key)
  return keys.toSorted()
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`the rows that are meant end, are counted as sessions, and the others stay (${where})`, async (t) => {
    const storage = engine(t, clock)
    const rows = rowsOf(storage)
    await storage.create('a', ada('one'))
    await storage.create('b', ada('one'))
    await storage.create('c', ada('two'))
    await storage.create('d', record({ identity: 'three', subject: 'bob' }))
    t.deepEqual(await keysOf(rows, 'ada'), ['a', 'b', 'c'])
    t.is(await rows.end('ada', ({ identity }) => identity === 'one'), 1)
    t.deepEqual(await keysOf(rows, 'ada'), ['c'])
    t.is(await rows.end('ada', all), 1)
    t.is(await rows.end('ada', all), 0)
    t.deepEqual(await keysOf(rows, 'bob'), ['d'])
  })

  test(`a row that goes to another key, at whatever step of a look, is found (${where})`, async (t) => {
    for (let step = 0; step < 8; step++) {
      const storage = engine(t, clock)
      for (const key of ['a', 'b', 'c', 'd']) await storage.create(key, ada(key))
      let steps = 0
      const moving = Object.assign(Object.create(storage) as SessionStorage, {
        delete: (key: string) => storage.delete(key),
        async *list(subject: string) {
          for await (const row of storage.list!(subject)) {
            yield row
            if (steps++ === step) await storage.rotate('c', 'moved', ada('c'), 1)
          }
        },
      })
      await rowsOf(moving).end('ada', ({ identity }) => identity === 'c')
      t.deepEqual(await keysOf(rowsOf(storage), 'ada'), ['a', 'b', 'd'], `step ${step}`)
    }
  })
}

test('a storage that lists what it has deleted is broken, and says so instead of being asked for ever', async (t) => {
  let looks = 0
  const broken = Object.assign(Object.create(memoryStorage()) as SessionStorage, {
    delete: () => true,
    async *list() {
      looks++
      yield { key: 'a', record: ada('one') }
    },
  })
  await t.throwsAsync(rowsOf(broken).end('ada', all), {
    code: 'ERR_SESSION_STORAGE',
    message: /'user' lists what it has deleted/,
  })
  t.is(looks, 100)
})

test('a storage that breaks while it lists, or deletes, is an error of the storage', async (t) => {
  for (const verb of ['list', 'delete'] as const) {
    for (const trouble of ['throws', 'rejects'] as const) {
      const control = controlledStorage(memoryStorage({ clock }))
      await control.create('a', ada('one'))
      control.break(trouble, verb)
      await t.throwsAsync(rowsOf(control).end('ada', all), { code: 'ERR_SESSION_STORAGE' }, `${verb} ${trouble}`)
    }
  }
})

test('a list that is left before its end lets go of what the storage has opened', async (t) => {
  for (const leave of ['break', 'throw'] as const) {
    const engine = memoryStorage({ clock })
    for (const key of ['a', 'b']) await engine.create(key, ada(key))
    let closed = false
    const storage = Object.assign(Object.create(engine) as SessionStorage, {
      async *list(subject: string) {
        try {
          yield* engine.list!(subject)
        } finally {
          closed = true
        }
      },
    })
    const leaving = async (): Promise<void> => {
      for await (const _ of rowsOf(storage).list('ada')) {
        if (leave === 'throw') throw new Error('enough')
        break
      }
    }
    await leaving().catch(() => undefined)
    t.true(closed, leave)
  }
})
