import { inspect } from 'node:util'
import test from 'ava'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { SessionConfigError } from '../../lib/errors.ts'
import { type CachedStorageOptions, cachedStorage } from '../../lib/storages/cached.ts'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { type ManualClock, manualClock } from '../../lib/testing/index.ts'
import { type HeldCall, heldStorage } from '../support/held-storage.ts'
import { HOUR, NOW, record } from '../support/records.ts'

/** A cache over an engine that another process writes to as well. `asked` counts the reads that reach the engine. */
function overEngine(options: CachedStorageOptions = {}): {
  cached: SessionStorage
  engine: SessionStorage
  clock: ManualClock
  asked: string[]
} {
  const clock = manualClock(NOW)
  const engine = memoryStorage({ clock })
  const asked: string[] = []
  const read = (key: string) => (asked.push(key), engine.read(key))
  const counting = { ...bound(engine), read }
  return { cached: cachedStorage(counting, { clock, ...options }), engine, clock, asked }
}

function bound(engine: SessionStorage): SessionStorage {
  return {
    create: (key, value) => engine.create(key, value),
    read: (key) => engine.read(key),
    update: (key, value, expected) => engine.update(key, value, expected),
    touch: (key, expiresAt) => engine.touch(key, expiresAt),
    delete: (key) => engine.delete(key),
    rotate: (from, to, value, expected) => engine.rotate(from, to, value, expected),
  }
}

/** A cache over an engine in whose hands each call waits until the test lets it go on. */
function overHeld(options: CachedStorageOptions = {}): {
  cached: SessionStorage
  engine: SessionStorage
  clock: ManualClock
  calls: HeldCall[]
} {
  const clock = manualClock(NOW)
  const engine = memoryStorage({ clock })
  const { storage, calls } = heldStorage(engine)
  return { cached: cachedStorage(storage, { clock, ...options }), engine, clock, calls }
}

function finish(call: HeldCall | undefined): void {
  call?.apply()
  call?.answer()
}

test('a session is read from the engine once, and again when maxAge is over', (t) => {
  const { cached, engine, clock, asked } = overEngine()
  engine.create('key', record())
  for (let read = 0; read < 3; read++) t.deepEqual(cached.read('key'), record())
  clock.advance(999)
  t.deepEqual(cached.read('key'), record())
  t.is(asked.length, 1)
  clock.advance(1)
  t.deepEqual(cached.read('key'), record())
  t.is(asked.length, 2)
})

test('what was destroyed or changed elsewhere is not served past maxAge', (t) => {
  const { cached, engine, clock } = overEngine({ maxAge: '5s' })
  engine.create('destroyed', record())
  engine.create('changed', record())
  cached.read('destroyed')
  cached.read('changed')
  engine.delete('destroyed')
  engine.update('changed', record({ data: 'second' }), 1)
  clock.advance(5000)
  t.is(cached.read('destroyed'), null)
  t.deepEqual(cached.read('changed'), record({ data: 'second', version: 2 }))
})

test('being served again and again makes a session no younger, and neither does a touch', (t) => {
  const { cached, engine, clock } = overEngine()
  engine.create('key', record())
  cached.read('key')
  engine.update('key', record({ data: 'second' }), 1)
  for (let step = 0; step < 9; step++) {
    clock.advance(100)
    cached.read('key')
    cached.touch('key', NOW + HOUR + step)
  }
  clock.advance(100)
  t.like(cached.read('key'), { data: 'second' })
})

test('changing the record that was read changes nothing that is remembered', (t) => {
  const { cached, engine, asked } = overEngine()
  engine.create('key', record())
  Object.assign(cached.read('key') ?? {}, { data: 'spoilt' })
  Object.assign(cached.read('key') ?? {}, { data: 'spoilt' })
  t.deepEqual(cached.read('key'), record())
  t.is(asked.length, 1)
})

test('that there is no session is never remembered', (t) => {
  const { cached, engine } = overEngine()
  t.is(cached.read('key'), null)
  engine.create('key', record())
  t.deepEqual(cached.read('key'), record())
})

test('a session that has expired here but was touched elsewhere is found', (t) => {
  const { cached, engine, clock } = overEngine({ maxAge: '3h' })
  engine.create('key', record())
  cached.read('key')
  engine.touch('key', NOW + 2 * HOUR)
  clock.advance(HOUR)
  t.deepEqual(cached.read('key'), record({ expiresAt: NOW + 2 * HOUR }))
})

test('a session is never served from its expiry on', (t) => {
  const { cached, engine, clock } = overEngine({ maxAge: '3h' })
  engine.create('key', record())
  clock.advance(HOUR - 1)
  t.truthy(cached.read('key'))
  clock.advance(1)
  t.is(cached.read('key'), null)
})

test('what this process wrote is read without asking the engine', (t) => {
  const { cached, asked } = overEngine()
  cached.create('a', record({ version: 5 }))
  t.deepEqual(cached.read('a'), record())
  cached.update('a', record({ data: 'second' }), 1)
  t.deepEqual(cached.read('a'), record({ data: 'second', version: 2 }))
  cached.touch('a', NOW + 2 * HOUR)
  t.deepEqual(cached.read('a'), record({ data: 'second', version: 2, expiresAt: NOW + 2 * HOUR }))
  cached.rotate('a', 'b', record({ data: 'third' }), 2)
  t.deepEqual(cached.read('b'), record({ data: 'third', version: 3 }))
  t.deepEqual(asked, [])
})

test('a conflict makes the next read ask the engine', (t) => {
  const { cached, engine } = overEngine()
  engine.create('key', record())
  cached.read('key')
  engine.update('key', record({ data: 'from elsewhere' }), 1)
  t.is(cached.update('key', record(), 1), 'conflict')
  t.deepEqual(cached.read('key'), record({ data: 'from elsewhere', version: 2 }))
})

test('a touch that finds the session gone makes the next read see that too', (t) => {
  const { cached, engine } = overEngine()
  engine.create('key', record())
  cached.read('key')
  engine.delete('key')
  t.is(cached.touch('key', NOW + 2 * HOUR), false)
  t.is(cached.read('key'), null)
})

test('the least recently used session is forgotten when there are too many', (t) => {
  const { cached, engine, asked } = overEngine({ maxSessions: 2 })
  for (const key of ['a', 'b', 'c']) engine.create(key, record())
  for (const key of ['a', 'b', 'a', 'c', 'a', 'c', 'b']) cached.read(key)
  t.deepEqual(asked, ['a', 'b', 'c', 'b'])
})

test('with a maxAge of 0 every read asks the engine', (t) => {
  const { cached, engine, asked } = overEngine({ maxAge: 0 })
  engine.create('key', record())
  cached.read('key')
  cached.read('key')
  t.is(asked.length, 2)
})

test('nothing is served when the clock was set back before it was read', (t) => {
  const { cached, engine, clock, asked } = overEngine()
  engine.create('key', record())
  cached.read('key')
  clock.advance(-1)
  cached.read('key')
  t.is(asked.length, 2)
})

test('over an asynchronous engine, what is remembered is read at once', async (t) => {
  const { cached, calls } = overHeld()
  const created = cached.create('key', record())
  finish(calls[0])
  await created
  t.deepEqual(cached.read('key'), record())
})

test('reads of one session at one time become one, and each gets a record of its own', async (t) => {
  const { cached, engine, calls } = overHeld()
  engine.create('key', record())
  const reads = [cached.read('key'), cached.read('key'), cached.read('key')]
  t.is(calls.length, 1)
  finish(calls[0])
  const records = await Promise.all(reads)
  t.deepEqual(records, [record(), record(), record()])
  t.is(new Set(records).size, 3)
  Object.assign(records[0] ?? {}, { data: 'spoilt' })
  t.deepEqual(cached.read('key'), record())
})

test('a failure reaches all who wait for it, and is not remembered', async (t) => {
  const { cached, engine, calls } = overHeld()
  engine.create('key', record())
  const failure = new Error('engine')
  const reads = [cached.read('key'), cached.read('key')]
  calls[0]?.fail(failure)
  for (const read of reads) t.is(await t.throwsAsync(async () => await read), failure)
  const again = cached.read('key')
  finish(calls[1])
  t.deepEqual(await again, record())
})

test('nobody waits for a read that was begun longer ago than maxAge', async (t) => {
  const { cached, engine, clock, calls } = overHeld()
  engine.create('key', record())
  const stuck = cached.read('key')
  calls[0]?.apply()
  clock.advance(1000)
  engine.delete('key')
  const late = cached.read('key')
  t.is(calls.length, 2)
  finish(calls[1])
  t.is(await late, null)
  calls[0]?.answer()
  await stuck
  void cached.read('key')
  t.is(calls.length, 3, 'what the stuck read found is not remembered')
})

test('a read that took longer than maxAge is not remembered', async (t) => {
  const { cached, engine, clock, calls } = overHeld()
  engine.create('key', record())
  const read = cached.read('key')
  clock.advance(1000)
  finish(calls[0])
  await read
  void cached.read('key')
  t.is(calls.length, 2)
})

test('while the engine hangs, no more reads are remembered than sessions, and none longer than maxAge', async (t) => {
  const { cached, engine, clock, calls } = overHeld({ maxSessions: 2 })
  engine.create('a', record())
  const reads = ['a', 'b', 'c', 'c', 'b'].map((key) => cached.read(key))
  t.is(calls.length, 3, 'two are joined')
  reads.push(cached.read('a'))
  t.is(calls.length, 4, 'the first was let go of')
  calls[0]?.apply()
  engine.update('a', record({ data: 'second' }), 1)
  finish(calls[3])
  calls[0]?.answer()
  t.is((await reads[5])?.data, 'second')
  t.is((await reads[0])?.data, 'first')
  t.is((await cached.read('a'))?.data, 'second', 'its late answer is not remembered')
  clock.advance(1000)
  reads.push(cached.read('d'))
  clock.advance(-500)
  reads.push(cached.read('c'))
  t.is(calls.length, 6, 'what was too old stays forgotten')
  for (const call of calls) finish(call)
  await Promise.all(reads)
})

test('while the engine hangs, no more writes are remembered than sessions, and one that was forgotten does not fill', async (t) => {
  const { cached, engine, calls } = overHeld({ maxSessions: 2 })
  const writes = ['a', 'b', 'c'].map((key) => cached.create(key, record()))
  for (const call of calls) finish(call)
  t.deepEqual(await Promise.all(writes), [true, true, true])
  t.truthy(engine.read('a'))
  calls.length = 0
  t.truthy(cached.read('c'))
  t.truthy(cached.read('b'))
  t.is(calls.length, 0)
  const read = cached.read('a')
  t.is(calls.length, 1, 'it asks')
  finish(calls[0])
  t.deepEqual(await read, record())
})

test('what is answered after close is neither remembered nor watched', async (t) => {
  const clock = manualClock(NOW)
  const engine = memoryStorage({ clock })
  engine.create('read', record())
  const watched: string[] = []
  const { storage, calls } = heldStorage(engine)
  const watch: NonNullable<SessionStorage['watch']> = async (keys) => {
    watched.push(...keys)
    return async () => {}
  }
  const cached = cachedStorage(Object.assign(storage, { watch }), { clock })
  const [read, written] = [cached.read('read'), cached.create('written', record())]
  await cached.close?.()
  for (const call of calls) finish(call)
  t.deepEqual(await read, record())
  t.true(await written)
  t.deepEqual(watched, [])
})

test('a read that fails is let go of, and those who joined it are told', async (t) => {
  const { cached, calls } = overHeld()
  const reads = [cached.read('key'), cached.read('key')] as Promise<unknown>[]
  t.is(calls.length, 1)
  calls[0]?.fail(new Error('down'))
  for (const read of reads) await t.throwsAsync(read, { message: 'down' })
  const again = cached.read('key')
  t.is(calls.length, 2)
  finish(calls[1])
  t.is(await again, null)
})

test('a write whose outcome is unknown makes the next read ask the engine', async (t) => {
  const { cached, engine, calls } = overHeld()
  engine.create('key', record())
  const writes = [
    () => cached.update('key', record(), 1),
    () => cached.touch('key', NOW + 2 * HOUR),
    () => cached.delete('key'),
    () => cached.rotate('key', 'new', record(), 1),
  ]
  for (const write of writes) {
    const read = cached.read('key')
    finish(calls.at(-1))
    await read
    const written = write()
    calls.at(-1)?.fail(new Error('answer lost'))
    await t.throwsAsync(async () => await written, { message: 'answer lost' })
    const before = calls.length
    const again = cached.read('key')
    t.is(calls.length, before + 1)
    finish(calls.at(-1))
    await again
  }
})

test('an engine that throws at once is passed on, and what was known is forgotten', (t) => {
  const { engine, clock } = overEngine()
  const failure = new Error('engine')
  const broken = {
    ...bound(engine),
    update: () => {
      throw failure
    },
  }
  const cached = cachedStorage(broken, { clock })
  cached.create('key', record())
  engine.update('key', record({ data: 'done all the same' }), 1)
  t.is(
    t.throws(() => cached.update('key', record(), 1)),
    failure,
  )
  t.like(cached.read('key'), { data: 'done all the same' })
})

test('a read that was under way during a delete never brings the session back', async (t) => {
  const { cached, engine, calls } = overHeld()
  engine.create('key', record())
  const read = cached.read('key')
  calls[0]?.apply()
  const deleted = cached.delete('key')
  finish(calls[1])
  t.is(await deleted, true)
  calls[0]?.answer()
  t.deepEqual(await read, record())
  const after = cached.read('key')
  t.is(calls.length, 3)
  finish(calls[2])
  t.is(await after, null)
})

test('from the moment at which a write begins, nothing is served that was known before', async (t) => {
  const { cached, engine, calls } = overHeld()
  engine.create('key', record())
  const read = cached.read('key')
  finish(calls[0])
  await read
  const deleted = cached.delete('key')
  const meanwhile = cached.read('key')
  t.deepEqual(
    calls.map((call) => call.verb),
    ['read', 'delete', 'read'],
  )
  finish(calls[1])
  finish(calls[2])
  t.is(await deleted, true)
  t.is(await meanwhile, null)
})

test('an answer that comes at once is not replaced by an older one that comes later', async (t) => {
  const { engine, clock } = overEngine()
  let answer: () => void = () => {}
  const late = new Promise<ReturnType<typeof record>>((resolve) => (answer = () => resolve(record({ data: 'older' }))))
  const answers = [late, record({ data: 'newer' })]
  const cached = cachedStorage({ ...bound(engine), read: () => answers.shift() ?? null }, { clock, maxAge: '1m' })
  const first = cached.read('key')
  clock.advance(60_000)
  t.deepEqual(cached.read('key'), record({ data: 'newer' }))
  answer()
  await first
  t.deepEqual(cached.read('key'), record({ data: 'newer' }))
})

/*
 * Every way in which a read and two writes of one session can be interleaved, each of them being begun, done by the
 * engine and answered. When all is over, what the cache serves is what the engine has.
 */
const writes = {
  update: (storage: SessionStorage) => storage.update('key', record({ data: 'updated', subject: 'ada' }), 1),
  shorten: (storage: SessionStorage) => storage.update('key', record({ expiresAt: NOW + HOUR / 2 }), 1),
  touch: (storage: SessionStorage) => storage.touch('key', NOW + 2 * HOUR),
  delete: (storage: SessionStorage) => storage.delete('key'),
  create: (storage: SessionStorage) => storage.create('key', record({ data: 'created' })),
  'rotate away': (storage: SessionStorage) => storage.rotate('key', 'new', record({ data: 'rotated' }), 1),
  'rotate in': (storage: SessionStorage) => storage.rotate('other', 'key', record({ data: 'rotated in' }), 1),
}

for (const [first, firstWrite] of Object.entries(writes)) {
  for (const [second, secondWrite] of Object.entries(writes)) {
    test(`however a read, ${first} and ${second} cross, what is served in the end is true`, async (t) => {
      const acts = [(storage: SessionStorage) => storage.read('key'), firstWrite, secondWrite]
      let orders = 0
      for (const order of interleavings(acts.length, 3)) {
        orders++
        const { cached, engine, calls } = overHeld()
        engine.create('key', record())
        engine.create('other', record())
        const callOf: (HeldCall | undefined)[] = []
        const stepsDone = acts.map(() => 0)
        for (const act of order) {
          const step = (stepsDone[act] ?? 0) + 1
          stepsDone[act] = step
          if (step === 1) {
            const before = calls.length
            void acts[act]?.(cached)
            callOf[act] = calls[before]
          } else if (step === 2) callOf[act]?.apply()
          else {
            callOf[act]?.answer()
            await settled(3)
          }
        }
        for (const key of ['key', 'new', 'other']) {
          const served = cached.read(key)
          if (!(served instanceof Promise)) t.deepEqual(served, engine.read(key), order.join())
        }
      }
      t.is(orders, 1680)
    })
  }
}

/** A cache that is told of what happens in the engine. `watched` counts who watches each key. */
function overWatched(options: CachedStorageOptions = {}) {
  const { engine, clock } = overEngine()
  const asked: string[] = []
  const watched = new Map<string, number>()
  let refuses = false
  const storage: SessionStorage = {
    ...bound(engine),
    read: (key) => (asked.push(key), engine.read(key)),
    async watch([key = ''], listener) {
      if (refuses) throw new Error('no connection')
      const leave = await engine.watch!([key], listener)
      watched.set(key, (watched.get(key) ?? 0) + 1)
      return async () => {
        watched.set(key, watched.get(key)! - 1)
        await leave()
      }
    },
  }
  const refuse = (yes: boolean): void => void (refuses = yes)
  return { cached: cachedStorage(storage, { clock, ...options }), engine, clock, asked, watched, refuse }
}

test('where the storage tells, what another process destroys is served no longer than its message takes', async (t) => {
  const { cached, engine, asked } = overWatched({ maxAge: '1h' })
  engine.create('key', record())
  for (let read = 0; read < 3; read++) {
    t.truthy(await cached.read('key'))
    await settled(9)
  }
  t.is(asked.length, 2, 'what was read before the watch stood is asked for once more')
  engine.update('key', record({ data: 'second' }), 1)
  await settled(1)
  t.is((await cached.read('key'))?.data, 'second')
  t.truthy(await cached.read('key'))
  t.is(asked.length, 3)
  engine.delete('key')
  await settled(1)
  t.is(await cached.read('key'), null)
})

test('what changes between a read and the watch of it is not served once the watch stands', async (t) => {
  const { cached, engine } = overWatched({ maxAge: '1h' })
  engine.create('key', record())
  t.truthy(await cached.read('key'))
  // Nobody watches yet.
  engine.delete('key')
  await settled(9)
  t.is(await cached.read('key'), null)
})

test('who watches through the cache reads what he was told of, also where he came before the cache', async (t) => {
  const { cached, engine } = overWatched({ maxAge: '1h' })
  engine.create('key', record())
  const read: unknown[] = []
  await cached.watch!(['key'], (key) => read.push(cached.read(key)))
  t.truthy(await cached.read('key'))
  await settled(9)
  t.truthy(await cached.read('key'))
  engine.update('key', record({ data: 'second' }), 1)
  await settled(9)
  t.deepEqual(read, [record({ data: 'second', version: 2 })])
})

test('what changes between a read and the watch of another is not served to him once his watch stands', async (t) => {
  const { cached, engine, refuse } = overWatched({ maxAge: '1h' })
  refuse(true)
  engine.create('key', record())
  t.truthy(await cached.read('key'))
  await settled(9)
  engine.update('key', record({ data: 'second' }), 1)
  refuse(false)
  await cached.watch!(['key'], () => {})
  t.is((await cached.read('key'))?.data, 'second')
})

test('no more sessions are watched than are remembered, none that is gone, and none after close', async (t) => {
  const { cached, engine, watched } = overWatched({ maxSessions: 2 })
  for (const key of ['a', 'b', 'c']) {
    engine.create(key, record())
    await cached.read(key)
    await settled(9)
  }
  t.deepEqual(Object.fromEntries(watched), { a: 0, b: 1, c: 1 })
  engine.delete('b')
  await settled(9)
  t.deepEqual(Object.fromEntries(watched), { a: 0, b: 0, c: 1 })
  await cached.close!()
  await settled(9)
  t.deepEqual(Object.fromEntries(watched), { a: 0, b: 0, c: 0 })
})

test('where watching fails, maxAge holds, and the next fill tries again', async (t) => {
  const { cached, engine, clock, watched, refuse } = overWatched()
  refuse(true)
  engine.create('key', record())
  t.truthy(await cached.read('key'))
  await settled(9)
  engine.update('key', record({ data: 'second' }), 1)
  t.is((await cached.read('key'))?.data, 'first')
  refuse(false)
  clock.advance(1000)
  t.is((await cached.read('key'))?.data, 'second')
  await settled(9)
  t.is(watched.get('key'), 1)
})

test('it lists, watches, sweeps and counts exactly where the storage does, and closes it', async (t) => {
  const { engine, clock } = overEngine()
  const without = cachedStorage(bound(engine), { clock })
  const { list, watch, sweep, countExpired } = without
  t.deepEqual([list, watch, sweep, countExpired], [undefined, undefined, undefined, undefined])
  await t.notThrowsAsync(async () => without.close?.())
  const closed: string[] = []
  const withAll = cachedStorage({
    ...bound(engine),
    list: (subject) => engine.list!(subject),
    sweep: (limit) => engine.sweep!(limit),
    countExpired: () => engine.countExpired!(),
    watch: async (keys) => async () => void closed.push(...keys),
    close: () => void closed.push('storage'),
  })
  t.is(await withAll.sweep?.(), 0)
  t.is(await withAll.countExpired?.(), 0)
  await withAll.create('key', record({ subject: 'ada' }))
  for await (const { key } of withAll.list?.('ada') ?? []) t.is(key, 'key')
  await (
    await withAll.watch?.(['another key'], () => {})
  )?.()
  t.deepEqual(closed, ['another key'])
  await withAll.close?.()
  t.true(closed.includes('storage'))
})

test('nothing that it holds is shown when it is printed', (t) => {
  const { engine, clock } = overEngine()
  const cached = cachedStorage(engine, { clock })
  cached.create('secret key', record({ data: 'secret data' }))
  t.notRegex(inspect(cached, { depth: 9, showHidden: true }), /secret/)
})

for (const options of [{ maxAge: -1 }, { maxAge: '1 second' as '1s' }, { maxSessions: 0 }, { ttl: 1 } as object]) {
  test(`${JSON.stringify(options)} is refused`, (t) => {
    t.throws(() => cachedStorage(memoryStorage(), options), {
      instanceOf: SessionConfigError,
      message: /cachedStorage/,
    })
  })
}

/** All orders of `steps` steps each of that many acts, in which the steps of each act come one after the other. */
function* interleavings(acts: number, steps: number): Generator<number[]> {
  const left = Array.from({ length: acts }, () => steps)
  const order: number[] = []
  function* next(): Generator<number[]> {
    if (order.length === acts * steps) yield [...order]
    for (let act = 0; act < acts; act++) {
      const remaining = left[act] ?? 0
      if (remaining === 0) continue
      left[act] = remaining - 1
      order.push(act)
      yield* next()
      order.pop()
      left[act] = remaining
    }
  }
  yield* next()
}

async function settled(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}
