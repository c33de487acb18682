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
import { calls, reported, store } from '../_stage.ts'

interface Values {
  a: number
  b: number
  on: boolean
}

test.serial('an autorun runs at once, and again in a microtask, once for however many changes', async (t) => {
  const session = store<Values>(t, { initial: { a: 1 } })
  const [seen, see] = calls<unknown>()
  autorun(() => see([session.get('a'), session.get('b')]))
  t.deepEqual(seen, [[1, undefined]])
  session.set('a', 2)
  session.set('b', 3)
  session.set('a', 4)
  t.is(seen.length, 1)
  await Promise.resolve()
  t.deepEqual(seen.slice(1), [[4, 3]])
})

test.serial('flush runs at once what waits', (t) => {
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.get('a')))
  session.set('a', 2)
  flush()
  t.deepEqual(seen, [undefined, 2])
})

test.serial('an autorun depends on what its last run has read, and on nothing before that', (t) => {
  const session = store<Values>(t, { initial: { on: true, a: 1 } })
  let runs = 0
  autorun(() => {
    runs++
    if (session.get('on')) session.get('a')
  })
  session.set('on', false)
  flush()
  session.set('a', 2)
  flush()
  t.is(runs, 2)
})

test.serial('what the first run throws is thrown to the caller, and there is no autorun', (t) => {
  const session = store<Values>(t)
  let runs = 0
  t.throws(
    () =>
      autorun(() => {
        runs++
        session.get('a')
        throw new Error('first')
      }),
    { message: 'first' },
  )
  session.set('a', 1)
  flush()
  t.is(runs, 1)
  t.is(session.values.dependencies.size, 0)
})

test.serial('an autorun that throws harms neither its siblings nor whoever made the change, and runs again', (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0 } })
  const [before, seeBefore] = calls<unknown>()
  const [after, seeAfter] = calls<unknown>()
  autorun(() => seeBefore(session.get('a')))
  autorun(() => {
    if (session.get('a') === 1) throw new Error('one')
  })
  autorun(() => seeAfter(session.get('a')))
  t.notThrows(() => session.set('a', 1))
  t.notThrows(flush)
  session.set('a', 2)
  flush()
  t.deepEqual(
    [before, after],
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  )
  t.deepEqual(errors, [new Error('one')])
})

test.serial('errors go to onError where there is one, and to reportError where that throws too', (t) => {
  const errors = reported(t)
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  const fails = () => {
    if (session.get('a')) throw new Error('mine')
  }
  autorun(fails, { onError: see })
  autorun(fails, {
    onError: () => {
      throw new Error('the handler')
    },
  })
  session.set('a', 1)
  flush()
  t.deepEqual(seen, [new Error('mine')])
  t.deepEqual(errors, [new Error('the handler')])
})

test.serial('a stopped autorun runs no more, and nothing is left of it', (t) => {
  const session = store<Values>(t)
  let runs = 0
  const computation = autorun(() => {
    runs++
    session.get('a')
    session.equals('b', 1)
    session.all()
  })
  t.is(session.values.dependencies.size, 3)
  session.set('a', 1)
  computation.stop()
  computation.stop()
  flush()
  t.is(runs, 1)
  t.is(session.values.dependencies.size, 0)
})

test.serial('an autorun inside another one stops when that one runs again, or stops', (t) => {
  const session = store<Values>(t, { initial: { a: 0, b: 0 } })
  let inner = 0
  const outer = autorun(() => {
    session.get('a')
    autorun(() => {
      session.get('b')
      inner++
    })
  })
  session.set('a', 1)
  flush()
  t.is(inner, 2)
  session.set('b', 1)
  flush()
  t.is(inner, 3)
  outer.stop()
  session.set('b', 2)
  flush()
  t.is(inner, 3)
  t.is(session.values.dependencies.size, 0)
})

test.serial('an autorun that is made inside nonreactive outlives the one around it', (t) => {
  const session = store<Values>(t)
  let inner = 0
  const outer = autorun(() => {
    nonreactive(() =>
      autorun(() => {
        session.get('b')
        inner++
      }),
    )
  })
  outer.stop()
  session.set('b', 2)
  flush()
  t.is(inner, 2)
})

test.serial('an autorun that sets what it reads runs until it is content', (t) => {
  const session = store<Values>(t, { initial: { a: 0 } })
  autorun(() => {
    const a = session.get('a') ?? 0
    if (a < 10) session.set('a', a + 1)
  })
  flush()
  t.is(session.get('a'), 10)
})

test.serial('autoruns that invalidate each other for ever are given up, and the page lives', (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0, b: 0 } })
  autorun(() => session.set('b', (session.get('a') ?? 0) + 1))
  autorun(() => session.set('a', (session.get('b') ?? 0) + 1))
  flush()
  t.is(errors.length, 1)
  t.regex(String(errors[0]), /^SessionClientError: autorun loop/)
})

test.serial('of autoruns in a circle one is stopped, and those that only look on go on', (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0, b: 0 } })
  const [seen, see] = calls<unknown>()
  const circle = [
    autorun(() => session.set('b', (session.get('a') ?? 0) + 1)),
    autorun(() => session.set('a', (session.get('b') ?? 0) + 1)),
  ]
  autorun(() => see(session.get('a')))
  flush()
  t.true(circle.some(({ stopped }) => stopped))
  t.is(errors.length, 1)
  t.is(seen.at(-1), session.get('a'))
  for (const computation of circle) computation.stop()
  session.set('a', -1)
  flush()
  t.is(seen.at(-1), -1)
})

test.serial('an afterFlush that asks for another one for ever is given up, and the page lives', (t) => {
  const errors = reported(t)
  let runs = 0
  afterFlush(function again() {
    if (++runs > 10_000) throw new Error('for ever')
    afterFlush(again)
  })
  flush()
  t.true(runs < 1_000)
  t.is(errors.length, 1)
  t.regex(String(errors[0]), /^SessionClientError: afterFlush loop/)
})

test.serial('flush inside an autorun, and inside a flush, is refused', (t) => {
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  t.throws(() => autorun(() => flush()), {
    code: 'ERR_REACTIVE_CONTEXT',
    message: /^flush\(\) inside an autorun or a flush/,
  })
  autorun(
    () => {
      if (session.get('a')) flush()
    },
    { onError: see },
  )
  session.set('a', 1)
  afterFlush(() => {
    try {
      flush()
    } catch (error) {
      see(error)
    }
  })
  flush()
  t.is(seen.length, 2)
})

test.serial('afterFlush calls once, after what waits has run, and what it sets is seen in the same flush', (t) => {
  const session = store<Values>(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.get('a')))
  session.set('a', 1)
  afterFlush(() => {
    see('after')
    session.set('a', 2)
  })
  flush()
  flush()
  t.deepEqual(seen, [undefined, 1, 'after', 2])
})

test.serial('afterFlush calls by itself, many at once, and one that throws keeps no other from it', async (t) => {
  const errors = reported(t)
  const [seen, see] = calls<number>()
  for (let index = 0; index < 500; index++) afterFlush(() => see(index))
  afterFlush(() => {
    throw new Error('after')
  })
  afterFlush(() => see(500))
  await Promise.resolve()
  t.is(seen.length, 501)
  t.deepEqual(errors, [new Error('after')])
})

test.serial('onInvalidate is called at the change, not in the flush, once, and outside of any autorun', (t) => {
  const session = store<Values>(t, { initial: { a: 0 } })
  const [seen, see] = calls<unknown>()
  const computation = autorun(() => {
    session.get('a')
    onInvalidate((mine) => see([mine === computation, currentComputation(), session.get('a')]))
  })
  session.set('a', 1)
  t.deepEqual(seen, [[true, undefined, 1]])
  session.set('a', 2)
  t.is(seen.length, 1)
  flush()
  computation.stop()
  t.is(seen.length, 2)
  t.throws(() => onInvalidate(() => {}), {
    code: 'ERR_REACTIVE_CONTEXT',
    message: /^onInvalidate\(\) outside an autorun/,
  })
})

test.serial('a computation tells its state, can be invalidated by hand, and tells of its stop', (t) => {
  const [seen, see] = calls<unknown>()
  const computation = autorun((mine) => {
    see([mine.firstRun, mine.invalidated, mine.stopped, currentComputation() === mine])
    mine.onStop(() => see('stopped'))
  })
  t.deepEqual(seen.splice(0), [[true, false, false, true]])
  computation.invalidate()
  t.true(computation.invalidated)
  computation.onInvalidate(() => see('invalidated already'))
  flush()
  t.deepEqual(seen.splice(0), ['invalidated already', [false, false, false, true]])
  computation.stop()
  t.deepEqual(seen.splice(0), ['stopped', 'stopped'])
  computation.onStop(() => see('stopped already'))
  t.deepEqual(seen, ['stopped already'])
  t.is(currentComputation(), undefined)
})

test.serial('an autorun that stops itself in its first run never runs again', (t) => {
  const session = store<Values>(t)
  let runs = 0
  autorun((computation) => {
    runs++
    session.get('a')
    computation.stop()
    session.get('b')
  })
  session.set({ a: 1, b: 1 })
  flush()
  t.is(runs, 1)
  t.is(session.values.dependencies.size, 0)
})

test.serial(
  'an async autorun depends on what it reads before its first await, and inside withComputation',
  async (t) => {
    const session = store<Values>(t, { initial: { a: 0, b: 0, on: false } })
    let runs = 0
    const computation = autorun(async (mine) => {
      runs++
      session.get('a')
      await Promise.resolve()
      session.get('on')
      t.is(
        withComputation(mine, () => session.get('b')),
        session.get('b'),
      )
    })
    await computation.firstRunPromise
    session.set('on', true)
    flush()
    t.is(runs, 1)
    session.set('b', 1)
    flush()
    t.is(runs, 2)
    session.set('a', 1)
    flush()
    t.is(runs, 3)
    computation.stop()
    await Promise.resolve()
    await Promise.resolve()
    t.is(session.values.dependencies.size, 0)
  },
)

test.serial('what an async autorun reads after its stop is not kept', async (t) => {
  const session = store<Values>(t)
  const computation = autorun(async (mine) => {
    await Promise.resolve()
    withComputation(mine, () => session.get('a'))
  })
  computation.stop()
  await computation.firstRunPromise
  t.is(session.values.dependencies.size, 0)
})

test.serial('what an async autorun rejects with is told, and it runs again at the next change', async (t) => {
  const session = store<Values>(t, { initial: { a: 0 } })
  const [seen, see] = calls<unknown>()
  let runs = 0
  const computation = autorun(
    async () => {
      runs++
      session.get('a')
      await Promise.resolve()
      throw new Error(`run ${runs}`)
    },
    { onError: see },
  )
  await t.throwsAsync(computation.firstRunPromise, { message: 'run 1' })
  session.set('a', 1)
  flush()
  await new Promise(setImmediate)
  t.deepEqual(seen, [new Error('run 1'), new Error('run 2')])
})
