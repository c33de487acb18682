import test from 'ava'
import { memoryStorage, type Clock, type SessionStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { NEVER } from '../../lib/base/clock.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import { Generations } from '../../lib/trackers/generations.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { HOUR, NOW, record } from '../support/records.ts'

function unbounded(): SessionStorage {
  return memoryStorage({ maxSessions: Infinity, clock: () => NOW })
}

function generations(storage: SessionStorage, clock: Clock = () => NOW): Generations {
  const client = new StorageClient(storage, 'user', clock)
  return new Generations('user', client, (subject) => `key of ${subject}`, clock, pooledRandom())
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`a subject that never signed in has no generation, its first login begins one, and each revocation another (${where})`, async (t) => {
    const counted = generations(engine(t))
    t.is(await counted.current('ada', 'full'), 0)
    const first = await counted.begun('ada')
    t.true(first > 0 && first <= 2 ** 40)
    t.is(await counted.begun('ada'), first)
    for (const generation of [NOW, NOW + 1, NOW + 2]) {
      t.is(await counted.advance('ada'), generation)
      t.is(await counted.current('ada', 'full'), generation)
      t.is(await counted.current('ada', 'brief'), generation)
      t.is(await counted.begun('ada'), generation)
    }
    t.is(await counted.current('bob', 'full'), 0)
  })

  test(`revocations at once each begin a generation of their own (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const counted = generations(control)
    for (const [held, expected] of [
      ['create', [NOW + 1, NOW]],
      ['update', [NOW + 3, NOW + 2]],
    ] as const) {
      const writing = control.hold(held)
      const late = counted.advance('ada')
      await writing.reached
      const early = await counted.advance('ada')
      writing.open()
      t.deepEqual([await late, early], expected)
    }
    const all = await Promise.all(Array.from({ length: 10 }, () => counted.advance('bob')))
    t.is(new Set(all).size, 10)
  })

  test(`logins at once begin one generation, and one that comes behind a revocation takes over its (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const counted = generations(control)
    const [one, other] = await Promise.all([counted.begun('ada'), counted.begun('ada')])
    t.is(one, other)
    const writing = control.hold('create')
    const login = counted.begun('bob')
    await writing.reached
    const revoked = await counted.advance('bob')
    writing.open()
    t.is(await login, revoked)
  })

  test(`a generation is greater than the one before, whatever the clock says (${where})`, async (t) => {
    const clock = manualClock(NOW)
    const counted = generations(engine(t), clock)
    let last = await counted.begun('ada')
    for (const step of [0, 1, -1, -NOW, 0, NOW, -HOUR, HOUR, 365 * 24 * HOUR]) {
      clock.advance(step)
      const next = await counted.advance('ada')
      t.true(next > last, `${step} ms`)
      t.true(next >= clock(), `${step} ms`)
      last = next
    }
  })

  test(`what an earlier release has counted goes on to count (${where})`, async (t) => {
    const storage = engine(t)
    const old = record({ data: 'nonce of 16 char', version: 1, expiresAt: NEVER })
    await storage.create('key of ada', old)
    await storage.update('key of ada', { ...old, version: 2 }, 1)
    await storage.update('key of ada', { ...old, version: 3 }, 2)
    const counted = generations(storage)
    t.is(await counted.current('ada', 'full'), 3)
    t.is(await counted.begun('ada'), 3)
    t.is(await counted.advance('ada'), NOW)
  })
}

test('a first generation after a loss is never the one that was lost', async (t) => {
  const seen = new Set<number>()
  for (let loss = 0; loss < 1000; loss++) {
    const counted = generations(unbounded())
    seen.add(await counted.begun('ada'))
    if (loss === 0) seen.add(await counted.advance('ada'))
  }
  t.is(seen.size, 1001)
})

test('a record whose number is none counts as its version', async (t) => {
  for (const text of ['', '0', '-1', '1.5', 'NaN', 'Infinity', '1e300', '9007199254740993', 'x'.repeat(100)]) {
    const engine = unbounded()
    await engine.create('key of ada', record({ data: `nonce of 16 char${text}`, expiresAt: NEVER }))
    const counted = generations(engine)
    t.is(await counted.current('ada', 'full'), 1, text)
    t.is(await counted.advance('ada'), NOW, text)
  }
})

test('a generation never expires, belongs to nobody, and is another text each time', async (t) => {
  const engine = memoryStorage()
  const counted = generations(engine)
  const records: (SessionRecord | null)[] = []
  for (let count = 0; count < 2; count++) {
    await counted.advance('ada')
    records.push(await engine.read('key of ada'))
  }
  for (const each of records) {
    t.is(each?.expiresAt, NEVER)
    t.is(each?.subject, undefined)
  }
  t.not(records[0]?.data, records[1]?.data)
})

test('a storage in which others always come first is given up, with an error that says so', async (t) => {
  const engine = memoryStorage()
  let creates = 0
  const counted = generations(
    Object.assign(Object.create(engine) as SessionStorage, {
      read: (key: string) => engine.read(key),
      create: () => {
        creates++
        return false
      },
    }),
  )
  await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_CONFLICT', message: /'user' is being revoked/ })
  t.is(creates, 100)
})

test('a storage that is down is an error, not generation 0', async (t) => {
  const control = controlledStorage(memoryStorage())
  const counted = generations(control)
  await counted.advance('ada')
  for (const trouble of ['throws', 'rejects'] as const) {
    control.break(trouble, 'read')
    await t.throwsAsync(async () => counted.current('ada', 'full'), { code: 'ERR_SESSION_STORAGE' })
    await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_STORAGE' })
    control.mend()
    control.break(trouble, 'update')
    await t.throwsAsync(counted.advance('ada'), { code: 'ERR_SESSION_STORAGE' })
    control.mend()
  }
  t.is(await counted.current('ada', 'full'), NOW)
})
