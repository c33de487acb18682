import assert from 'node:assert/strict'
import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { storageScenarios, type CreateStorage, type StorageCapabilities } from 'koa-typed-sessions/testing'
import { slowStorage } from '../support/slow-storage.ts'
import { BROKEN, RightStorage } from './_broken-storages.ts'

/** The titles of the scenarios that a storage does not pass. */
async function failed(create: CreateStorage, capabilities: StorageCapabilities = {}): Promise<string[]> {
  const t = { equal: assert.deepStrictEqual, ok: assert.ok }
  const titles: string[] = []
  for (const { title, run } of storageScenarios(capabilities)) {
    try {
      await run(t, create)
    } catch {
      titles.push(title)
    }
  }
  return titles
}

test('the suite is green for a storage that does all right, so that it is the fault that makes it red', async (t) => {
  t.deepEqual(await failed((options) => new RightStorage(options)), [])
  t.deepEqual(await failed(({ clock }) => slowStorage(memoryStorage({ clock }))), [])
})

for (const [what, { caughtBy, create }] of Object.entries(BROKEN)) {
  test(`the suite is red for a storage ${what}`, async (t) => {
    const titles = await failed(create)
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
  t.true(titles.includes('list never gives an expired session'))
  t.true(titles.includes('a storage with nothing in it can be swept'))
  t.deepEqual(await failed(create, { list: false, sweep: false }), [])
})

test('every scenario has a title of its own and a guarantee that it belongs to', (t) => {
  const scenarios = storageScenarios()
  t.is(new Set(scenarios.map(({ title }) => title)).size, scenarios.length)
  t.true(scenarios.every(({ guarantee }) => guarantee.length > 0))
})
