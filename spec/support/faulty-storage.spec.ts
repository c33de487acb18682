import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { storageScenarios } from 'koa-typed-sessions/testing'
import { faultyStorage, storageFault, type StorageFault } from './faulty-storage.ts'
import { assertions } from './assertions.ts'
import { HOUR, NOW, record } from './records.ts'

const clock = (): number => NOW

/** A storage whose first call of a verb meets a fault, and the engine behind it. */
function stage(verb: string, fault: StorageFault) {
  const engine = memoryStorage({ clock })
  const storage = faultyStorage(engine, (call) => (call.verb === verb && call.nth === 1 ? fault : undefined))
  return { engine, storage }
}

function signal(): { promise: Promise<void>; give: () => void } {
  let give: () => void = () => {}
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return { promise, give }
}

for (const scenario of storageScenarios()) {
  test(`without a fault it does as its engine does: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), (options) => faultyStorage(memoryStorage(options), () => undefined)))
}

test('without a fault what the engine answers at once is answered at once', (t) => {
  const { storage } = stage('delete', storageFault.errorBefore)
  t.is(storage.create('key', record()), true)
  t.deepEqual(storage.read('key'), record())
  t.is(storage.update('key', record(), 1), 'ok')
  t.is(storage.touch('key', NOW + 2 * HOUR), true)
  t.is(storage.rotate('key', 'new', record(), 2), 'ok')
})

test('an error before the effect leaves everything as it was, and comes once', (t) => {
  const { engine, storage } = stage('update', storageFault.errorBefore)
  engine.create('key', record())
  t.throws(() => storage.update('key', record({ data: 'second' }), 1), { message: /before/ })
  t.deepEqual(engine.read('key'), record())
  t.is(storage.update('key', record({ data: 'second' }), 1), 'ok')
})

for (const [verb, call] of [
  ['create', (key: ReturnType<typeof stage>['storage']) => key.create('new', record())],
  ['delete', (key: ReturnType<typeof stage>['storage']) => key.delete('key')],
  ['rotate', (key: ReturnType<typeof stage>['storage']) => key.rotate('key', 'new', record(), 1)],
] as const) {
  test(`an error after the effect of ${verb} loses the answer and not the effect`, (t) => {
    const { engine, storage } = stage(verb, storageFault.errorAfter)
    engine.create('key', record())
    t.throws(() => call(storage), { message: /after/ })
    t.is(engine.read('new') === null, verb === 'delete')
    t.is(engine.read('key') === null, verb !== 'create')
  })
}

test('a duplicate reaches the engine twice, and the second answer is given', (t) => {
  const { engine, storage } = stage('update', storageFault.duplicate)
  engine.create('key', record())
  t.is(storage.update('key', record({ data: 'second' }), 1), 'conflict')
  t.deepEqual(engine.read('key'), record({ data: 'second', version: 2 }))
})

test('a stale read gives the session as it was before it was last written', (t) => {
  const engine = memoryStorage({ clock })
  let stale = true
  const storage = faultyStorage(engine, ({ verb }) => (stale && verb === 'read' ? storageFault.stale : undefined))
  engine.create('foreign', record())
  t.deepEqual(storage.read('foreign'), record(), 'of what was written elsewhere nothing is known')

  storage.create('key', record())
  t.is(storage.read('key'), null)
  storage.update('key', record({ data: 'second' }), 1)
  t.deepEqual(storage.read('key'), record())
  storage.touch('key', NOW + 2 * HOUR)
  t.deepEqual(storage.read('key'), record({ data: 'second', version: 2 }))
  storage.rotate('key', 'new', record({ data: 'third' }), 2)
  t.deepEqual(storage.read('key'), record({ data: 'second', version: 2, expiresAt: NOW + 2 * HOUR }))
  t.is(storage.read('new'), null)
  storage.delete('new')
  t.deepEqual(storage.read('new'), record({ data: 'third', version: 3 }))
  t.is(storage.update('new', record(), 9), 'gone', 'what did not happen changes nothing')
  t.deepEqual(storage.read('new'), record({ data: 'third', version: 3 }))
  stale = false
  t.is(storage.read('new'), null)
})

test('a delayed call reaches the engine later, as it was made', async (t) => {
  const { promise, give } = signal()
  const { engine, storage } = stage('create', storageFault.delay(promise))
  const given = record()
  const created = storage.create('key', given)
  given.data = 'spoilt'
  t.is(engine.read('key'), null)
  give()
  t.is(await created, true)
  t.deepEqual(engine.read('key'), record())
})

test('a delayed answer comes after the effect', async (t) => {
  const { promise, give } = signal()
  const { engine, storage } = stage('delete', storageFault.delayAnswer(promise))
  engine.create('key', record())
  const deleted = storage.delete('key')
  t.is(engine.read('key'), null)
  give()
  t.is(await deleted, true)
})

test('faults are told what is called, and how often that verb was', async (t) => {
  const told: unknown[] = []
  const storage = faultyStorage(memoryStorage({ clock }), (call) => void told.push(call))
  await storage.create('key', record())
  await storage.read('key')
  await storage.read('other')
  await storage.rotate('key', 'new', record(), 1)
  t.deepEqual(told, [
    { verb: 'create', nth: 1, key: 'key', record: record() },
    { verb: 'read', nth: 1, key: 'key' },
    { verb: 'read', nth: 2, key: 'other' },
    { verb: 'rotate', nth: 1, key: 'key', to: 'new', record: record(), expected: 1 },
  ])
})

test('what a storage does not have, a faulty one has not either', (t) => {
  const methods = ['list', 'watch', 'sweep', 'countExpired', 'close'] as const
  const whole = faultyStorage(memoryStorage({ clock }), () => undefined)
  t.true(methods.every((method) => typeof whole[method] === 'function'))
  for (const missing of methods) {
    const { [missing]: _, ...rest } = whole
    const storage = faultyStorage(rest, () => undefined)
    t.deepEqual(
      methods.filter((method) => storage[method] === undefined),
      [missing],
    )
  }
})
