import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import test from 'ava'
import { memoryStorage, type SessionStorage, type SweepEvent } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { Sweeper } from '../../lib/mount/sweeper.ts'

const MINUTE = 60_000

/** A storage that has so many expired rows, and remembers the limits that it was swept with. */
function dusty(rows: number): { storage: SessionStorage; limits: (number | undefined)[] } {
  const limits: (number | undefined)[] = []
  let left = rows
  const storage = Object.assign(memoryStorage(), {
    sweep(limit?: number) {
      limits.push(limit)
      const removed = Math.min(left, limit ?? left)
      left -= removed
      return removed
    },
  })
  return { storage, limits }
}

const named = (storages: readonly SessionStorage[]): Map<SessionStorage, string> =>
  new Map(storages.map((storage) => [storage, 'user']))

const fail = (error: unknown): never => {
  throw error
}

/** Lets what was begun in the background end. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test.serial(
  'a storage is swept by itself within ten minutes, and then again ten minutes later, give or take half of it',
  async (t) => {
    const clock = manualClock()
    const { storage, limits } = dusty(10)
    const sweeper = new Sweeper(named([storage]), clock)
    clock.advance(10 * MINUTE)
    sweeper.sweepIfDue(fail)
    await settled()
    t.deepEqual(limits, [1000])
    clock.advance(5 * MINUTE - 1)
    sweeper.sweepIfDue(fail)
    t.is(limits.length, 1)
    clock.advance(10 * MINUTE + 1)
    sweeper.sweepIfDue(fail)
    t.is(limits.length, 2)
  },
)

test.serial(
  'where more has expired than a batch takes, the next batch comes a second later, and whoever watches is told',
  async (t) => {
    const told: SweepEvent[] = []
    const listener = (message: unknown): void => void told.push(message as SweepEvent)
    subscribe('koa-typed-sessions:swept', listener)
    t.teardown(() => unsubscribe('koa-typed-sessions:swept', listener))
    const clock = manualClock()
    const { storage } = dusty(1500)
    const sweeper = new Sweeper(named([storage]), clock)
    clock.advance(10 * MINUTE)
    sweeper.sweepIfDue(fail)
    await settled()
    clock.advance(1000)
    sweeper.sweepIfDue(fail)
    await settled()
    t.deepEqual(told, [
      { removed: 1000, waiting: true },
      { removed: 500, waiting: false },
    ])
  },
)

test.serial('one sweep at a time, and one that fails is told and does not end the sweeping', async (t) => {
  const clock = manualClock()
  const errors: unknown[] = []
  let sweeps = 0
  let fails = (): void => {}
  const storage = Object.assign(memoryStorage(), {
    sweep: () =>
      new Promise<number>((_, reject) => {
        sweeps++
        fails = () => reject(new Error('disk'))
      }),
  })
  const sweeper = new Sweeper(named([storage]), clock)
  clock.advance(10 * MINUTE)
  sweeper.sweepIfDue((error) => errors.push(error))
  clock.advance(60 * MINUTE)
  sweeper.sweepIfDue((error) => errors.push(error))
  t.is(sweeps, 1)
  fails()
  await settled()
  t.like(errors[0], { code: 'ERR_SESSION_STORAGE', session: 'user' })
  t.is((errors[0] as Error).cause instanceof Error, true)
  sweeper.sweepIfDue((error) => errors.push(error))
  t.is(sweeps, 2)
})

test('a storage that cannot be swept, or counted, is an error of that storage, and the others are swept', async (t) => {
  const broken = Object.assign(memoryStorage(), {
    sweep: () => Promise.reject(new Error('disk')),
    countExpired: () => {
      throw new Error('disk')
    },
  })
  const { storage, limits } = dusty(3)
  const sweeper = new Sweeper(named([broken, storage]), manualClock())
  await t.throwsAsync(sweeper.sweep(), { code: 'ERR_SESSION_STORAGE', message: /'user'/ })
  t.is(limits.length, 1)
  await t.throwsAsync(sweeper.countExpired(), { code: 'ERR_SESSION_STORAGE', message: /'user'/ })
})

test.serial('by hand all storages are swept at once, those that can', async (t) => {
  const one = dusty(3)
  const other = dusty(4)
  const none = { ...memoryStorage() }
  t.is(await new Sweeper(named([one.storage, other.storage, none]), manualClock()).sweep(), 7)
  t.deepEqual(one.limits, [undefined])
})

test('how many expired rows wait is told of all storages together, of those that can tell', async (t) => {
  const clock = manualClock()
  const storages = [memoryStorage({ clock }), memoryStorage({ clock }), dusty(7).storage]
  Object.assign(storages[2]!, { countExpired: undefined })
  const record = { data: '', version: 1, createdAt: 0, expiresAt: clock() + MINUTE, identity: '' }
  for (const storage of storages) for (const key of ['a', 'b']) await storage.create(key, record)
  const sweeper = new Sweeper(named(storages), clock)
  t.is(await sweeper.countExpired(), 0)
  clock.advance(MINUTE)
  t.is(await sweeper.countExpired(), 4)
  await sweeper.sweep()
  t.is(await sweeper.countExpired(), 0)
})
