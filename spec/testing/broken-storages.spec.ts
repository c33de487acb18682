import assert from 'node:assert/strict'
import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { storageScenarios, type CreateStorage, type StorageCapabilities } from 'koa-typed-sessions/testing'
import { slowStorage } from '../support/slow-storage.ts'
import { BROKEN_EXPIRY } from './_broken-expiry.ts'
import { BROKEN_RECORDS } from './_broken-records.ts'
import { BROKEN_SETS } from './_broken-sets.ts'
import { BROKEN } from './_broken-storages.ts'
import { RightStorage } from './_right-storage.ts'

/** The titles of the scenarios that a storage does not pass. They are played at once. */
async function failed(create: CreateStorage, capabilities: StorageCapabilities = {}): Promise<string[]> {
  const t = { equal: assert.deepStrictEqual, ok: assert.ok }
  const scenarios = storageScenarios(capabilities)
  const results = await Promise.allSettled(scenarios.map(({ run }) => run(t, create)))
  return scenarios.filter((_, index) => results[index]?.status === 'rejected').map(({ title }) => title)
}

const caught = new Set<string>()

test.serial(
  'the suite is green for a storage that does all right, so that it is the fault that makes it red',
  async (t) => {
    t.deepEqual(await failed((options) => new RightStorage(options)), [])
    t.deepEqual(await failed(({ clock }) => slowStorage(memoryStorage({ clock }))), [])
  },
)

for (const [what, { caughtBy, create }] of Object.entries({
  ...BROKEN,
  ...BROKEN_EXPIRY,
  ...BROKEN_RECORDS,
  ...BROKEN_SETS,
})) {
  test.serial(`the suite is red for a storage ${what}`, async (t) => {
    const titles = await failed(create)
    t.true(titles.includes(caughtBy), `failed: ${titles.join('; ')}`)
    for (const title of titles) caught.add(title)
  })
}

test.serial('there is no scenario that some broken storage does not turn red', (t) => {
  const titles = storageScenarios().map(({ title }) => title)
  t.deepEqual(
    titles.filter((title) => !caught.has(title)),
    [],
  )
})

test('in real time the suite is green for a storage that does all right', async (t) => {
  const capabilities = { clock: false }
  t.deepEqual(await failed((options) => new RightStorage(options), capabilities), [])
  t.deepEqual(await failed(({ clock }) => slowStorage(memoryStorage({ clock })), capabilities), [])
})

for (const [what, { caughtBy, exact, create }] of Object.entries(BROKEN_EXPIRY)) {
  if (exact) continue
  test(`in real time the suite is red for a storage ${what}`, async (t) => {
    const titles = await failed(create, { clock: false })
    t.true(titles.includes(caughtBy), `failed: ${titles.join('; ')}`)
  })
}

test('a storage that has no list and no sweep is red, unless it says so', async (t) => {
  const create: CreateStorage = ({ clock }) => {
    const storage = slowStorage(memoryStorage({ clock }))
    delete storage.list
    delete storage.sweep
    return storage
  }
  const titles = await failed(create)
  t.true(titles.includes('list never returns an expired session'))
  t.true(titles.includes('an empty storage can be swept'))
  t.deepEqual(await failed(create, { list: false, sweep: false }), [])
})

test('every scenario has a title of its own and a guarantee that it belongs to', (t) => {
  const scenarios = storageScenarios()
  t.is(new Set(scenarios.map(({ title }) => title)).size, scenarios.length)
  t.true(scenarios.every(({ guarantee }) => guarantee.length > 0))
})
