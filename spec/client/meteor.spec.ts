import test from 'ava'
import {
  afterFlush,
  autorun,
  currentComputation,
  flush,
  nonreactive,
  onInvalidate,
  withComputation,
} from 'koa-typed-sessions/client'
import { Browser } from './_browser.ts'
import { calls, reported, store } from './_stage.ts'

// One test per row of README's table: what Meteor's `Session` and `Tracker` do, and what is done here.

type Any = Record<string, unknown>

test.serial('`Session.set(key, value)`: what changes runs its watchers, what is equal runs none', (t) => {
  const session = store<Any>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.get('a')))
  for (const value of [1, 1, '1', undefined, null]) {
    session.set('a', value)
    flush()
  }
  t.deepEqual(seen, [undefined, 1, '1', undefined, null])
})

test.serial('`Session.set(key, value)`: what would be lost is refused, where Meteor loses it', (t) => {
  const session = store<Any>(t)
  for (const value of [() => 1, Symbol('s'), /x/, new (class Point {})(), { f: () => 1 }]) {
    t.throws(() => session.set('a', value), { instanceOf: TypeError })
  }
  t.deepEqual(session.all(), {})
  session.set('a', [undefined, new Map([[1, new Set([2n])]]), -0, Infinity])
  t.deepEqual((session.get('a') as unknown[])[0], undefined)
  t.true((session.get('a') as [0, Map<number, Set<bigint>>])[1].get(1)!.has(2n))
  t.true(Object.is((session.get('a') as unknown[])[2], -0))
})

test.serial('`Session.set(object)`: sets each key; here as one change, or none', (t) => {
  const session = store<Any>(t)
  const [seen, see] = calls<unknown>()
  autorun((computation) => {
    session.get('a')
    computation.onInvalidate(() => see(session.getSnapshot()))
  })
  session.set({ a: 1, b: 2 })
  t.deepEqual(seen, [{ a: 1, b: 2 }])
  t.throws(() => session.set({ a: 5, b: Symbol('s') }))
  t.is(session.get('a'), 1)
  t.throws(() => session.set(null as never), { instanceOf: TypeError })
})

test.serial('`Session.set(key)`: undefined is a value, and the key is there', (t) => {
  const session = store<Any>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.all()))
  autorun(() => see(['get', session.get('a')]))
  session.set('a', undefined)
  flush()
  t.deepEqual(seen, [{}, ['get', undefined], { a: undefined }])
})

test.serial('`Session.setDefault`: sets what is not there; undefined and null are there', (t) => {
  const session = store<Any>(t)
  session.set({ a: undefined, b: null })
  session.setDefault({ a: 1, b: 1, c: 1 })
  session.setDefault('c', 2)
  session.setDefault('d', 2)
  t.deepEqual(session.all(), { a: undefined, b: null, c: 1, d: 2 })
})

test.serial('`Session.get`: mutating what it gives changes nothing; here it is frozen, and one object', (t) => {
  const session = store<Any>(t, { initial: { a: { list: [1] } } })
  const first = session.get('a') as { list: number[] }
  t.throws(() => first.list.push(2), { instanceOf: TypeError })
  t.is(session.get('a'), first)
  t.is(session.get('unknown'), undefined)
})

test.serial('`Session.equals`: runs again when the value becomes that one or was it, and else never', (t) => {
  const session = store<Any>(t, { initial: { a: 'b' } })
  const [seen, see] = calls<unknown>()
  for (const value of ['b', 'c', 'd']) autorun(() => see([value, session.equals('a', value)]))
  seen.length = 0
  session.set('a', 'c')
  flush()
  t.deepEqual(seen.splice(0), [
    ['b', false],
    ['c', true],
  ])
})

test.serial('`Session.equals`: it is decided when it is set, so there and back again runs', (t) => {
  const session = store<Any>(t, { initial: { a: 'b' } })
  const [seen, see] = calls<unknown>()
  for (const value of ['b', 'c', 'd']) autorun(() => see([value, session.equals('a', value)]))
  seen.length = 0
  session.set('a', 'c')
  session.set('a', 'b')
  flush()
  t.deepEqual(seen, [
    ['b', true],
    ['c', false],
  ])
})

test.serial('`Session.equals`: takes whatever can be kept, where Meteor takes scalars', (t) => {
  const session = store<Any>(t, { initial: { a: { x: [1, new Date(5)] } } })
  t.true(session.equals('a', { x: [1, new Date(5)] }))
  t.false(session.equals('a', { x: [1, new Date(6)] }))
  t.throws(() => session.equals('a', () => 1), { instanceOf: TypeError })
})

test.serial('equality: the order of keys does not matter, where in Meteor it runs watchers', (t) => {
  const session = store<Any>(t, { initial: { a: { x: 1, y: 2 } } })
  let runs = 0
  autorun(() => {
    session.get('a')
    runs++
  })
  session.set('a', { y: 2, x: 1 })
  flush()
  t.is(runs, 1)
  t.true(session.equals('a', { y: 2, x: 1 }))
})

test.serial('equality: NaN is NaN, 1 is not "1", {} is not { a: undefined }; here -0 is not 0', (t) => {
  const session = store<Any>(t)
  const isEqual = (a: unknown, b: unknown) => {
    session.set('a', a)
    return session.equals('a', b)
  }
  t.true(isEqual(NaN, NaN))
  t.false(isEqual(1, '1'))
  t.false(isEqual({}, { a: undefined }))
  t.false(isEqual(undefined, 'undefined'))
  t.false(isEqual(-0, 0))
  t.false(isEqual([], {}))
})

test.serial('`Session.all`: an object of all values, undefined ones too; here frozen, and one object', (t) => {
  const session = store<Any>(t, { initial: { a: undefined, b: 1 } })
  t.deepEqual(session.all(), { a: undefined, b: 1 })
  t.is(session.all(), session.all())
})

test.serial('`Session.delete`: says whether it was there, and runs the watchers of the value and of undefined', (t) => {
  const session = store<Any>(t, { initial: { a: 1 } })
  const [seen, see] = calls<unknown>()
  autorun(() => see(['get', session.get('a')]))
  autorun(() => see(['undefined', session.equals('a', undefined)]))
  autorun(() => see(['2', session.equals('a', 2)]))
  seen.length = 0
  t.true(session.delete('a'))
  t.false(session.delete('a'))
  flush()
  t.deepEqual(seen, [
    ['get', undefined],
    ['undefined', true],
  ])
})

test.serial(
  '`Session.delete`: of an undefined value runs only those who read all, where Meteor runs the others too',
  (t) => {
    const session = store<Any>(t, { initial: { a: undefined } })
    const [seen, see] = calls<unknown>()
    autorun(() => see(['get', session.get('a')]))
    autorun(() => see(session.all()))
    seen.length = 0
    session.delete('a')
    flush()
    t.deepEqual(seen, [{}])
  },
)

test.serial('`Session.clear`: deletes all; here it changes nothing where there is nothing', (t) => {
  const session = store<Any>(t, { initial: { a: 1, b: 2 } })
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.all()))
  session.clear()
  flush()
  session.clear()
  flush()
  t.deepEqual(seen, [{ a: 1, b: 2 }, {}])
})

test.serial('`ReactiveDict.destroy`: clears, and gives the name free; two of one name are refused', (t) => {
  const page = new Browser().tab()
  const session = store<Any>(t, { initial: { a: 1 } }, page, 'dict')
  t.throws(() => store(t, {}, page, 'dict'))
  session.destroy()
  t.deepEqual(session.all(), {})
  t.notThrows(() => store(t, {}, page, 'dict'))
})

test.serial('keys: any name is one, where in Meteor some throw', (t) => {
  const session = store<Any>(t)
  for (const key of ['constructor', 'toString', '__proto__']) {
    t.is(session.get(key), undefined)
    session.set(key, 1)
    t.true(session.equals(key, 1))
    t.true(session.delete(key))
  }
})

test.serial('memory: nothing is kept of keys that were read, where Meteor keeps a dependency for ever', (t) => {
  const session = store<Any>(t)
  const computation = autorun(() => {
    for (let index = 0; index < 1_000; index++) session.get(`${index}`)
  })
  t.is(session.values.dependencies.size, 1_000)
  computation.stop()
  t.is(session.values.dependencies.size, 0)
})

test.serial('reload: values survive it in their tab; here any reload, and key by key', async (t) => {
  const tab = new Browser().tab()
  const before = store<Any>(t, {}, tab, 'migrated')
  before.set('a', { x: new Date(1) })
  await tab.dispatch('pagehide')
  before.destroy()
  const after = store<Any>(t, { initial: { a: 0, b: 'new in this release' } }, tab, 'migrated')
  t.deepEqual([(after.get('a') as { x: Date }).x.getTime(), after.get('b')], [1, 'new in this release'])
})

test.serial('`Tracker.autorun`: runs at once; throws what the first run throws; later ones harm nobody', (t) => {
  const errors = reported(t)
  const session = store<Any>(t)
  t.throws(
    () =>
      autorun(() => {
        throw new Error('first')
      }),
    { message: 'first' },
  )
  let others = 0
  autorun(() => {
    if (session.get('a')) throw new Error('later')
  })
  autorun(() => {
    session.get('a')
    others++
  })
  session.set('a', 1)
  flush()
  t.is(others, 2)
  t.deepEqual(errors, [new Error('later')])
})

test.serial('`Tracker.autorun`: inner ones stop when the outer one runs again', (t) => {
  const session = store<Any>(t)
  let inner = 0
  autorun(() => {
    session.get('outer')
    autorun(() => {
      session.get('inner')
      inner++
    })
  })
  session.set('outer', 1)
  flush()
  session.set('inner', 1)
  flush()
  t.is(inner, 3)
})

test.serial(
  '`Tracker.flush`: runs now what waits, and throws inside an autorun; by itself it comes in a microtask',
  async (t) => {
    const session = store<Any>(t)
    const [seen, see] = calls<unknown>()
    autorun(() => see(session.get('a')))
    session.set('a', 1)
    flush()
    session.set('a', 2)
    await Promise.resolve()
    t.deepEqual(seen, [undefined, 1, 2])
    t.throws(() => autorun(() => flush()))
  },
)

test.serial('`Tracker.afterFlush`: once, after what waits', (t) => {
  const session = store<Any>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.get('a')))
  afterFlush(() => see('after'))
  session.set('a', 1)
  flush()
  session.set('a', 2)
  flush()
  t.deepEqual(seen, [undefined, 1, 'after', 2])
})

test.serial('`Tracker.nonreactive`: reads without depending', (t) => {
  const session = store<Any>(t)
  let runs = 0
  autorun(() => {
    nonreactive(() => session.get('a'))
    runs++
  })
  session.set('a', 1)
  flush()
  t.is(runs, 1)
})

test.serial(
  '`Tracker.onInvalidate`: at the change, not in the flush; `Tracker.active` is currentComputation() !== undefined',
  (t) => {
    const session = store<Any>(t)
    const [seen, see] = calls<unknown>()
    autorun(() => {
      session.get('a')
      see(currentComputation() !== undefined)
      onInvalidate(() => see('invalidated'))
    })
    session.set('a', 1)
    t.deepEqual(seen, [true, 'invalidated'])
    t.is(currentComputation(), undefined)
  },
)

test.serial('`Tracker.withComputation`: an async autorun depends on what it reads after an await', async (t) => {
  const session = store<Any>(t)
  let runs = 0
  const computation = autorun(async (mine) => {
    runs++
    await Promise.resolve()
    withComputation(mine, () => session.get('a'))
  })
  await computation.firstRunPromise
  session.set('a', 1)
  flush()
  t.is(runs, 2)
})

test.serial('`Tracker.Computation`: stop, stopped, invalidate, invalidated, firstRun, onInvalidate, onStop', (t) => {
  const [seen, see] = calls<unknown>()
  const computation = autorun(({ firstRun }) => see(firstRun))
  computation.onInvalidate(() => see('invalidated'))
  computation.onStop(() => see('stopped'))
  computation.invalidate()
  t.true(computation.invalidated)
  flush()
  computation.stop()
  t.true(computation.stopped)
  t.deepEqual(seen, [true, 'invalidated', false, 'stopped'])
})
