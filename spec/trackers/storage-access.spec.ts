import test from 'ava'
import { isSessionError } from 'koa-typed-sessions'
import { StorageAccess } from '../../lib/trackers/storage-access.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'

const down = new Error('the engine is down, and its password is in this message')

const TROUBLES: Readonly<Record<string, () => never | Promise<never>>> = {
  throws: () => {
    throw down
  },
  rejects: () => Promise.reject(down),
}

test('what a storage answers at once is there at once, and what takes time is a promise', async (t) => {
  const access = new StorageAccess('user', manualClock())
  for (const call of [access.run.bind(access), access.brief.bind(access)]) {
    t.is(
      call(() => 1),
      1,
    )
    const later = call(() => Promise.resolve(1))
    t.true(later instanceof Promise)
    t.is(await later, 1)
  }
})

for (const [what, operation] of Object.entries(TROUBLES)) {
  test(`a storage that ${what} is one error, which names the session and keeps the cause to itself`, async (t) => {
    const access = new StorageAccess('user', manualClock())
    for (const call of [() => access.run(operation), () => access.brief(operation)]) {
      const error = await t.throwsAsync(async () => call(), { code: 'ERR_SESSION_STORAGE' })
      t.true(isSessionError(error))
      t.like(error.cause, { message: down.message })
      t.regex(error?.message ?? '', /'user'/)
      t.notRegex(error?.message ?? '', /password/)
    }
  })

  test(`after three times in a row that a storage ${what}, brief calls fail at once for a second, and others do not`, async (t) => {
    const clock = manualClock()
    const access = new StorageAccess('user', clock)
    let asked = 0
    const good = (): number => ++asked
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => access.brief(operation))
    await t.throwsAsync(async () => access.brief(good), { code: 'ERR_SESSION_STORAGE', message: /a moment ago/ })
    t.is(asked, 0)
    clock.advance(999)
    await t.throwsAsync(async () => access.brief(good), { message: /a moment ago/ })
    clock.advance(1)
    t.is(access.brief(good), 1)
  })

  test(`any success between failures of a storage that ${what} begins the count anew`, async (t) => {
    const access = new StorageAccess('user', manualClock())
    const good = (): number => 1
    for (const succeed of [() => access.brief(good), () => access.run(good), () => access.run(async () => 1)]) {
      for (let failure = 0; failure < 2; failure++) await t.throwsAsync(async () => access.brief(operation))
      t.is(await succeed(), 1)
      for (let failure = 0; failure < 2; failure++) await t.throwsAsync(async () => access.brief(operation))
      t.is(access.brief(good), 1)
    }
  })

  test(`after a storage that ${what} brief calls go on where the clock was set back`, async (t) => {
    const clock = manualClock()
    const access = new StorageAccess('user', clock)
    for (let failure = 0; failure < 3; failure++) await t.throwsAsync(async () => access.brief(operation))
    clock.advance(-3_600_000)
    t.is(
      access.brief(() => 1),
      1,
    )
  })

  test(`a storage that ${what} where the app waits for it does not make others fail`, async (t) => {
    const access = new StorageAccess('user', manualClock())
    await t.throwsAsync(async () => access.run(operation))
    t.is(
      access.brief(() => 1),
      1,
    )
  })
}

test('a storage that does not answer is an error within the limit, and what it says later is nobody’s', async (t) => {
  const access = new StorageAccess('user', manualClock())
  let answer: (value: number) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const slow = new Promise<number>((resolve) => (answer = resolve))
  const broken = new Promise<number>((_, reject) => (fail = reject))
  for (const operation of [slow, broken]) {
    const error = await t.throwsAsync(async () => access.run(() => operation, 1), {
      code: 'ERR_SESSION_STORAGE',
      message: /'user' did not answer within 1 ms/,
    })
    t.is(error?.cause, undefined)
  }
  answer(1)
  fail(down)
  await t.throwsAsync(broken)
})

test('an operation that fails while the storage answers others is none of a row', async (t) => {
  const access = new StorageAccess('user', manualClock())
  for (let failure = 0; failure < 5; failure++) {
    let fail: (error: Error) => void = () => {}
    const hanging = access.brief(() => new Promise((_, reject) => (fail = reject))) as Promise<unknown>
    t.is(
      access.brief(() => 1),
      1,
    )
    fail(down)
    await t.throwsAsync(hanging, { code: 'ERR_SESSION_STORAGE' })
  }
  t.is(
    access.brief(() => 1),
    1,
  )
})

test('an answer that comes past the limit is no success', async (t) => {
  const access = new StorageAccess('user', manualClock())
  const answers: (() => void)[] = []
  const late = (): Promise<number> => new Promise((resolve) => answers.push(() => resolve(1)))
  for (let failure = 0; failure < 2; failure++)
    await t.throwsAsync(async () => access.brief(() => Promise.reject(down)))
  await t.throwsAsync(async () => access.run(late, 1))
  answers.forEach((answer) => answer())
  await Promise.resolve()
  await t.throwsAsync(async () => access.brief(() => Promise.reject(down)))
  await t.throwsAsync(async () => access.brief(() => 1), { message: /a moment ago/ })
})
