import test from 'ava'
import type { SessionRecord, SessionStorage } from 'koa-typed-sessions/contracts'
import type { Awaitable } from '../../lib/base/awaitable.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'

type Read = () => Awaitable<SessionRecord | null>

const down = new Error('the engine is down')
const good: Read = () => null

const TROUBLES: Readonly<Record<string, Read>> = {
  throws: () => {
    throw down
  },
  rejects: () => Promise.reject(down),
}

/** A client whose reads run the function that they are given. */
function stage(limit = 1000) {
  const clock = manualClock()
  let now = good
  const storage = { read: () => now() } as unknown as SessionStorage
  const client = new StorageClient(storage, 'user', clock, { brief: 1000, full: limit })
  const read = (patience: 'brief' | 'full') => (operation: Read) => {
    now = operation
    return client.read('a', patience)
  }
  return { clock, brief: read('brief'), full: read('full') }
}

for (const [what, operation] of Object.entries(TROUBLES)) {
  test(`after three times in a row that a storage ${what}, brief reads fail at once for a second, and others do not`, async (t) => {
    const { clock, brief, full } = stage()
    let asked = 0
    const counted: Read = () => {
      asked++
      return null
    }
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => brief(operation))
    await t.throwsAsync(async () => full(operation), { message: /'user' failed$/ })
    await t.throwsAsync(async () => brief(counted), { code: 'ERR_SESSION_STORAGE', message: /a moment ago/ })
    t.is(asked, 0)
    clock.advance(999)
    await t.throwsAsync(async () => brief(counted), { message: /a moment ago/ })
    clock.advance(1)
    t.is(brief(counted), null)
    t.is(asked, 1)
  })

  test(`any success between failures of a storage that ${what} restarts the count`, async (t) => {
    const { brief, full } = stage()
    for (const succeed of [() => brief(good), () => full(good), () => full(async () => null)]) {
      for (let failure = 0; failure < 2; failure++) await t.throwsAsync(async () => brief(operation))
      t.is(await succeed(), null)
      for (let failure = 0; failure < 2; failure++) await t.throwsAsync(async () => brief(operation))
      t.is(brief(good), null)
    }
  })

  test(`after a storage that ${what} brief reads go on if the clock was set back`, async (t) => {
    const { clock, brief } = stage()
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => brief(operation))
    clock.advance(-3_600_000)
    t.is(brief(good), null)
  })

  test(`a full read of a storage that ${what} pauses no brief reads`, async (t) => {
    const { brief, full } = stage()
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => full(operation))
    t.is(brief(good), null)
  })

  test(`after the pause of a storage that ${what}, one read at a time is let through`, async (t) => {
    const { clock, brief } = stage()
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => brief(operation))
    clock.advance(1000)
    let answer: (record: null) => void = () => {}
    const trying = brief(() => new Promise((resolve) => (answer = resolve)))
    await t.throwsAsync(async () => brief(good), { message: /a moment ago/ })
    answer(null)
    t.is(await trying, null)
    t.is(brief(good), null)
  })

  test(`a failure after the pause of a storage that ${what} starts another pause`, async (t) => {
    const { clock, brief } = stage()
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => brief(operation))
    clock.advance(1000)
    await t.throwsAsync(async () => brief(operation), { message: /'user' failed$/ })
    await t.throwsAsync(async () => brief(good), { message: /a moment ago/ })
    clock.advance(1000)
    t.is(brief(good), null)
  })
}

test('a read that fails while the storage answers others does not count', async (t) => {
  const { brief } = stage()
  for (let failure = 0; failure < 5; failure++) {
    let fail: (error: Error) => void = () => {}
    const hanging = brief(() => new Promise((_, reject) => (fail = reject))) as Promise<unknown>
    t.is(brief(good), null)
    fail(down)
    await t.throwsAsync(hanging, { code: 'ERR_SESSION_STORAGE' })
  }
  t.is(brief(good), null)
})

test('an answer after the limit is no success', async (t) => {
  const { brief, full } = stage(1)
  let answer: (record: null) => void = () => {}
  const late: Read = () => new Promise((resolve) => (answer = resolve))
  for (let failure = 0; failure < 2; failure++) await t.throwsAsync(async () => brief(() => Promise.reject(down)))
  await t.throwsAsync(async () => full(late))
  answer(null)
  await Promise.resolve()
  await t.throwsAsync(async () => brief(() => Promise.reject(down)))
  await t.throwsAsync(async () => brief(good), { message: /a moment ago/ })
})
