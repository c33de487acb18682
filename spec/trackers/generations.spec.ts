import test from 'ava'
import { memoryStorage, type SessionRecord, type SessionStorage } from 'koa-typed-sessions'
import { NEVER } from '../../lib/base/clock.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import { Generations } from '../../lib/trackers/generations.ts'
import { StorageAccess } from '../../lib/trackers/storage-access.ts'
import { controlledStorage } from '../scenarios/_support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import { NOW } from '../support/records.ts'

const clock = (): number => NOW

function generations(storage: SessionStorage): Generations {
  const access = new StorageAccess('user', clock)
  return new Generations('user', storage, access, (subject) => `key of ${subject}`, clock, pooledRandom())
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`a subject of whom nothing was ever revoked is in generation 0, and each revocation begins the next (${where})`, async (t) => {
    const counted = generations(engine(t))
    t.is(await counted.current('ada', true), 0)
    for (const generation of [1, 2, 3]) {
      t.is(await counted.advance('ada'), generation)
      t.is(await counted.current('ada', true), generation)
      t.is(await counted.current('ada', false), generation)
    }
    t.is(await counted.current('bob', true), 0)
  })

  test(`revocations at once each begin a generation of their own (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const counted = generations(control.storage)
    for (const [held, expected] of [
      ['create', [2, 1]],
      ['update', [4, 3]],
    ] as const) {
      const writing = control.hold(held)
      const late = counted.advance('ada')
      await writing.reached
      const early = await counted.advance('ada')
      writing.open()
      t.deepEqual([await late, early], expected)
    }
    const all = await Promise.all(Array.from({ length: 10 }, () => counted.advance('bob')))
    t.deepEqual(
      all.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
  })
}

test('a generation never expires, belongs to nobody, and is another text each time', async (t) => {
  const engine = memoryStorage()
  const counted = generations(engine)
  const records: (SessionRecord | null)[] = []
  for (let count = 0; count < 2; count++) {
    await counted.advance('ada')
    records.push(await engine.read('key of ada'))
  }
  for (const record of records) {
    t.is(record?.expiresAt, NEVER)
    t.is(record?.subject, undefined)
  }
  t.not(records[0]?.data, records[1]?.data)
})

test('a storage in which others always come first is given up, with an error that says so', async (t) => {
  const engine = memoryStorage()
  let reads = 0
  const counted = generations(
    Object.assign(Object.create(engine) as SessionStorage, {
      read: (key: string) => {
        reads++
        return engine.read(key)
      },
      create: () => false,
    }),
  )
  await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_CONFLICT', message: /'user' is being revoked/ })
  t.is(reads, 100)
})

test('a storage that is down is an error, not generation 0', async (t) => {
  const control = controlledStorage(memoryStorage())
  const counted = generations(control.storage)
  await counted.advance('ada')
  for (const trouble of ['throws', 'rejects'] as const) {
    control.break(trouble, 'read')
    await t.throwsAsync(async () => counted.current('ada', true), { code: 'ERR_SESSION_STORAGE' })
    await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_STORAGE' })
    control.mend()
    control.break(trouble, 'update')
    await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_STORAGE' })
    control.mend()
  }
  t.is(await counted.current('ada', true), 1)
})
