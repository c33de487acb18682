import test from 'ava'
import { autorun, flush, nonreactive } from 'koa-typed-sessions/client'
import type { Environment } from '../../../lib/client/environment.ts'
import { Browser } from '../_browser.ts'
import { calls, store } from '../_stage.ts'

interface Values {
  selected: string
  count: number
  player: { name: string; scores: number[] }
  when: Date
}

test.serial('of 10,000 rows that watch which one is selected, a change runs two, and nothing is left of them', (t) => {
  const session = store<{ selected: number }>(t, { initial: { selected: 0 } })
  const runs: number[] = []
  const rows = Array.from({ length: 10_000 }, (_, row) =>
    autorun(() => {
      session.equals('selected', row)
      runs.push(row)
    }),
  )
  t.is(runs.splice(0).length, 10_000)
  session.set('selected', 7)
  flush()
  t.deepEqual(runs.splice(0), [0, 7])
  session.set('selected', 9_999)
  flush()
  t.deepEqual(runs.splice(0), [7, 9_999])
  t.is(session.values.dependencies.size, 10_000)
  for (const row of rows) row.stop()
  t.is(session.values.dependencies.size, 0)
  session.set('selected', 1)
  flush()
  t.deepEqual(runs, [])
})

test.serial('reading where nothing runs keeps nothing', (t) => {
  const session = store<Record<string, unknown>>(t)
  for (let index = 0; index < 1_000; index++) {
    session.get(`key ${index}`)
    session.equals('selected', index)
    nonreactive(() => session.get(`key ${index}`))
  }
  t.is(session.values.dependencies.size, 0)
})

test.serial('a value that is set again, in whatever order of keys, changes nothing', (t) => {
  const session = store<Values>(t)
  session.set('player', { name: 'ada', scores: [1, 2] })
  const before = session.get('player')
  const all = session.all()
  let runs = 0
  autorun(() => {
    session.get('player')
    session.all()
    runs++
  })
  session.set('player', { scores: [1, 2], name: 'ada' })
  flush()
  t.is(runs, 1)
  t.is(session.get('player'), before)
  t.is(session.all(), all)
  t.is(session.getSnapshot(), all)
})

test.serial('values come back frozen, and what was set may change without them', (t) => {
  const session = store<Values>(t)
  const player = { name: 'ada', scores: [1] }
  session.set('player', player)
  player.scores.push(2)
  player.name = 'eve'
  t.deepEqual(session.get('player'), { name: 'ada', scores: [1] })
  t.throws(() => ((session.get('player') as { name: string }).name = 'eve'), { instanceOf: TypeError })
  t.throws(() => (session.get('player')!.scores as number[]).push(3), { instanceOf: TypeError })
  t.throws(() => ((session.all() as { count?: number }).count = 1), { instanceOf: TypeError })
  const when = new Date(1)
  session.set('when', when)
  when.setTime(2)
  t.is(session.get('when')!.getTime(), 1)
})

test.serial('equals takes whatever can be kept', (t) => {
  const session = store<Values>(t, { initial: { player: { name: 'ada', scores: [1] }, count: NaN, when: new Date(5) } })
  t.true(session.equals('player', { scores: [1], name: 'ada' }))
  t.false(session.equals('player', { name: 'ada', scores: [] }))
  t.true(session.equals('count', NaN))
  t.true(session.equals('when', new Date(5)))
  t.true(session.equals('selected', undefined))
  t.throws(() => session.equals('selected', (() => 1) as never), { instanceOf: TypeError })
})

test.serial('several values are one change, and none is set where one cannot be', (t) => {
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see([session.get('selected'), session.get('count')]))
  session.set({ selected: 'ada', count: 1 })
  flush()
  t.throws(() => session.set({ selected: 'eve', count: (() => 1) as never }), { instanceOf: TypeError })
  flush()
  t.deepEqual(seen, [
    [undefined, undefined],
    ['ada', 1],
  ])
})

test.serial('whoever cleans up at a change finds all of it made', (t) => {
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  autorun((computation) => {
    session.get('selected')
    computation.onInvalidate(() => see(session.getSnapshot()))
  })
  session.set({ selected: 'ada', count: 1 })
  t.deepEqual(seen, [{ selected: 'ada', count: 1 }])
})

test.serial('any name of a key is a key', (t) => {
  const session = store<Record<string, unknown>>(t)
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', '$', 'a"=b', '[object Object]']
  for (const name of names) {
    t.is(session.get(name), undefined, name)
    t.false(session.equals(name, 1))
    session.set(name, { is: name })
    t.deepEqual(session.get(name), { is: name })
  }
  t.deepEqual(Object.keys(session.all()).sort(), names.sort())
  t.deepEqual(Object.getOwnPropertyDescriptor(session.all(), '__proto__')?.value, { is: '__proto__' })
  t.is(({} as { is?: unknown }).is, undefined)
})

for (const [what, key] of [
  ['a number', 5],
  ['a symbol', Symbol('s')],
  ['undefined', undefined],
  ['a boolean', true],
  ['a function', () => 'a'],
] as const) {
  test.serial(`${what} is no key, and nothing is set with it or read`, async (t) => {
    const tab = new Browser().tab()
    const session = store<Record<string, unknown>>(t, { persist: 'tab', initial: { a: 1 } }, tab)
    const wrong = key as never
    for (const call of [
      () => session.set(wrong, 1),
      () => session.setDefault(wrong, 1),
      () => session.get(wrong),
      () => session.equals(wrong, 1),
      () => session.delete(wrong),
    ]) {
      t.throws(call, { instanceOf: TypeError })
    }
    t.deepEqual(session.all(), { a: 1 })
  })
}

for (const [what, values] of [
  ['null', null],
  ['an array', ['a']],
  ['a Map', new Map([['a', 1]])],
  ['a Date', new Date(0)],
  ['an instance of a class', new (class Point {})()],
  ['an object with a symbol for a key', { [Symbol('s')]: 1 }],
] as const) {
  test.serial(`several values are not set with ${what}`, (t) => {
    const session = store<Record<string, unknown>>(t, { initial: { b: 1 } })
    t.throws(() => session.set(values as never), { instanceOf: TypeError, message: /a plain object/ })
    t.throws(() => session.setDefault(values as never), { instanceOf: TypeError, message: /a plain object/ })
    if (values) t.throws(() => store<object>(t, { initial: values }), { instanceOf: TypeError })
    t.deepEqual(session.all(), { b: 1 })
  })
}

test.serial('a value whose getter throws, or sets something itself, leaves a store that is whole', (t) => {
  const session = store<Record<string, unknown>>(t, { initial: { a: 1 } })
  const throwing = {
    get name() {
      throw new Error('mine')
    },
  }
  t.throws(() => session.set({ b: 1, c: throwing }), { message: 'mine' })
  t.deepEqual(session.all(), { a: 1 })
  const setting = {
    get name() {
      session.set('a', 2)
      return 'ada'
    },
  }
  t.false(session.equals('a', setting))
  session.set('b', setting)
  t.deepEqual(session.all(), { a: 2, b: { name: 'ada' } })
})

test.serial('no two questions are mistaken for one', (t) => {
  const session = store<Record<string, unknown>>(t)
  let runs = 0
  autorun(() => {
    session.get('a"1')
    session.equals('a', '1')
    session.get('')
    runs++
  })
  session.set('a', 1)
  session.set('a"', 1)
  session.set('"a"1', 1)
  flush()
  t.is(runs, 1)
})

test.serial('a key of a function cannot be set, and the message says where in it', (t) => {
  const session = store<{ menu: unknown }>(t)
  t.throws(() => session.set('menu', { open: () => 1 }), { instanceOf: TypeError, message: /^open is a function/ })
  t.is(session.get('menu'), undefined)
})

test.serial('two stores of one name are refused in a page, until the first is destroyed', (t) => {
  const page = new Browser().tab()
  const first = store<Values>(t, { initial: { count: 1 } }, page, 'same')
  t.throws(() => store(t, {}, page, 'same'), { code: 'ERR_REACTIVE_EXISTS', message: /exists: reuse it/ })
  first.destroy()
  first.destroy()
  t.is(first.get('count'), undefined)
  const second = store<Values>(t, {}, page, 'same')
  first.destroy()
  t.throws(() => store(t, {}, page, 'same'))
  second.destroy()
})

test.serial('on a server each request may have a store of the same name', (t) => {
  const first = store<Values>(t, { initial: { count: 1 } }, undefined, 'same')
  const second = store<Values>(t, { initial: { count: 2 } }, undefined, 'same')
  t.deepEqual([first.get('count'), second.get('count')], [1, 2])
})

test.serial('a name on a server is not reserved, also not for a page that is there later', (t) => {
  const server = {} as Environment
  const first = store<Values>(t, { initial: { count: 1 }, persist: 'device' }, server, 'rendered')
  const second = store<Values>(t, {}, server, 'rendered')
  t.is(second.get('count'), undefined)
  first.set('count', 2)
  t.deepEqual(second.all(), {})
  const page = new Browser().tab()
  t.notThrows(() => store<Values>(t, {}, page, 'rendered'))
  first.destroy()
  t.throws(
    () => store<Values>(t, {}, page, 'rendered'),
    { code: 'ERR_REACTIVE_EXISTS', message: /exists: reuse it/ },
    'the page still has its own',
  )
})

test.serial('a store that could not be made leaves its name free', (t) => {
  const page = new Browser().tab()
  t.throws(() => store(t, { initial: { f: () => 1 } }, page, 'spoilt'), { instanceOf: TypeError })
  t.notThrows(() => store(t, {}, page, 'spoilt'))
})

test.serial('a listener is called at once, and after changes of its key, with the value', async (t) => {
  const session = store<Values>(t, { initial: { count: 1 } })
  const [seen, see] = calls<unknown>()
  const end = session.subscribe('count', see)
  session.set('selected', 'ada')
  session.set('count', 2)
  await Promise.resolve()
  end()
  session.set('count', 3)
  await Promise.resolve()
  t.deepEqual(seen, [1, 2])
})

test.serial('a listener of all is called with a snapshot that is the same while nothing changes', async (t) => {
  const session = store<Values>(t, { initial: { count: 1 } })
  const { subscribe, getSnapshot } = session
  const [seen, see] = calls<unknown>()
  t.teardown(subscribe(see))
  t.is(seen[0], getSnapshot())
  session.set('count', 2)
  session.delete('count')
  await Promise.resolve()
  t.deepEqual(seen, [{ count: 1 }, {}])
  t.is(seen[1], getSnapshot())
})

test.serial('a listener depends on nothing that it reads, and does not end with the autorun that it began in', (t) => {
  const session = store<Values>(t, { initial: { count: 1 } })
  const [seen, see] = calls<unknown>()
  const outer = autorun(() => {
    t.teardown(session.subscribe('count', (count) => see([count, session.get('selected')])))
  })
  session.set('selected', 'ada')
  flush()
  outer.stop()
  session.set('count', 2)
  flush()
  t.deepEqual(seen, [
    [1, undefined],
    [2, 'ada'],
  ])
})

test.serial('on a server the door does nothing by itself, and a store works', (t) => {
  const session = store<Values>(t, { persist: 'device' })
  session.set('count', 1)
  t.is(session.get('count'), 1)
})
