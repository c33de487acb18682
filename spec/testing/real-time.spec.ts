import assert from 'node:assert/strict'
import { mock } from 'node:test'
import test from 'ava'
import type { SessionStorage } from 'koa-typed-sessions'
import { storageScenarios } from 'koa-typed-sessions/testing'
import { RightStorage } from './_right-storage.ts'

const expectations = { equal: assert.deepStrictEqual, ok: assert.ok }
const scenarios = storageScenarios({ clock: false })

test.beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.now() }))
test.afterEach.always(() => mock.timers.reset())

/** A storage so slow that a deadline that is near has passed when `create` has answered. */
function tooSlow(closed: () => void): SessionStorage {
  const right = new RightStorage({ clock: () => Date.now() })
  const create: SessionStorage['create'] = (key, record) => {
    const created = right.create(key, record)
    if (record.expiresAt - Date.now() < 60_000) mock.timers.setTime(record.expiresAt + 1)
    return created
  }
  return Object.assign(Object.create(right) as SessionStorage, { create, close: closed })
}

for (const title of ['read finds a session that is about to expire', 'list never returns an expired session']) {
  test.serial(
    `"${title}" is played again with more time, on another storage, where the deadline passed too early`,
    async (t) => {
      let created = 0
      let closed = 0
      await scenarios
        .find((scenario) => scenario.title === title)!
        .run(expectations, ({ clock }) => {
          if (++created < 2) return tooSlow(() => closed++)
          // The second time nothing is in the way.
          mock.timers.reset()
          return Object.assign(new RightStorage({ clock }), { close: () => void closed++ })
        })
      t.deepEqual([created, closed], [2, 2])
    },
  )
}

test.serial('a storage that is always too slow is told so, and not that it has broken a promise', async (t) => {
  const told = await Promise.all(
    scenarios.map(({ run }) => run(expectations, () => tooSlow(() => {})).then(() => undefined, String)),
  )
  const errors = told.filter((error) => error !== undefined)
  t.true(errors.length > 10)
  for (const error of errors) t.regex(error, /too slow: .* took more than 19200 ms/)
})

test.serial('a storage with a clock of its own is given the clock of the machine', async (t) => {
  await scenarios[0]!.run(expectations, ({ clock }) => {
    t.is(clock(), Date.now())
    mock.timers.tick(5)
    t.is(clock(), Date.now())
    return new RightStorage({ clock })
  })
})
