import test, { type ExecutionContext } from 'ava'
import {
  afterFlush,
  autorun,
  flush,
  nonreactive,
  SessionClientError,
  type Computation,
} from 'koa-typed-sessions/client'
import { reported, store } from '../_stage.ts'

type Values = Record<string, number>

/** Ends with the test, whatever the test shows. */
function running(t: ExecutionContext, f: (computation: Computation) => unknown): Computation {
  const computation = autorun(f)
  t.teardown(() => computation.stop())
  return computation
}

/** After so many turns of the page: timers, input and rendering have had theirs. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve))
}

/** Once it holds; the test fails where it never does. */
async function until(t: ExecutionContext, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !holds(); turn++) await turns(1)
  t.true(holds(), 'it never came to that')
}

for (const length of [300, 10_000]) {
  test.serial(`a chain of ${length} autoruns, each of which sets what the next one reads, settles in a flush`, (t) => {
    const errors = reported(t)
    const session = store<Values>(t)
    let runs = 0
    for (let link = 0; link < length; link++) {
      running(t, () => {
        runs++
        const value = session.get(`${link}`)
        if (value !== undefined) session.set(`${link + 1}`, value)
      })
    }
    runs = 0
    session.set('0', 7)
    flush()
    t.is(session.get(`${length}`), 7)
    t.is(runs, length)
    t.deepEqual(errors, [])
  })

  test.serial(`a chain of ${length} autoruns settles by itself, in one microtask`, async (t) => {
    const errors = reported(t)
    const session = store<Values>(t)
    for (let link = 0; link < length; link++) {
      running(t, () => {
        const value = session.get(`${link}`)
        if (value !== undefined) session.set(`${link + 1}`, value)
      })
    }
    session.set('0', 7)
    await Promise.resolve()
    t.is(session.get(`${length}`), 7)
    t.deepEqual(errors, [])
  })
}

test.serial('an autorun that runs after each link of a long chain is not stopped', (t) => {
  const errors = reported(t)
  const session = store<Values>(t)
  let seen = 0
  const watching = running(t, () => {
    session.get('last')
    seen++
  })
  for (let link = 0; link < 12_000; link++) {
    running(t, () => {
      const value = session.get(`${link}`)
      if (value !== undefined) session.set({ [`${link + 1}`]: value, last: link })
    })
  }
  session.set('0', 7)
  flush()
  t.is(session.get('12000'), 7)
  t.true(seen > 5_000)
  t.false(watching.stopped)
  t.deepEqual(errors, [])
})

test.serial('a chain that begins with autoruns that ran in a circle until they were content settles', (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0, b: 0 } })
  running(t, () => {
    const a = session.get('a') ?? 0
    if (a > 0 && a < 50) session.set('b', a + 1)
    if (a === 50) session.set('0', 1)
  })
  running(t, () => {
    const b = session.get('b') ?? 0
    if (b > 0) session.set('a', b)
  })
  for (let link = 0; link < 10_000; link++) {
    running(t, () => {
      const value = session.get(`${link}`)
      if (value !== undefined) session.set(`${link + 1}`, value)
    })
  }
  session.set('a', 1)
  flush()
  t.is(session.get('10000'), 1)
  t.deepEqual(errors, [])
})

type Session = ReturnType<typeof store<Values>>

const next = (session: Session, key: string) =>
  nonreactive(() => session.set(key, (session.getSnapshot()[key] ?? 0) + 1))

/** What makes a real loop on the key `a`, and its autoruns. */
const loops: Record<string, (t: ExecutionContext, session: Session) => Computation[]> = {
  'an autorun that sets its own key': (t, session) => [
    running(t, function mine() {
      session.get('a')
      next(session, 'a')
    }),
  ],
  'two autoruns that set each other’s keys': (t, session) => [
    running(t, () => {
      session.get('a')
      next(session, 'b')
    }),
    running(t, () => {
      session.get('b')
      next(session, 'a')
    }),
  ],
  'an autorun that sets its own key in a microtask': (t, session) => [
    running(t, () => {
      session.get('a')
      queueMicrotask(() => next(session, 'a'))
    }),
  ],
  'an autorun that sets its own key in the continuation of a promise': (t, session) => [
    running(t, () => {
      session.get('a')
      void Promise.resolve().then(() => Promise.resolve().then(() => next(session, 'a')))
    }),
  ],
  'an async autorun that sets its own key after an await': (t, session) => [
    running(t, async () => {
      session.get('a')
      await Promise.resolve()
      await undefined
      next(session, 'a')
    }),
  ],
  'an autorun that sets its own key in afterFlush': (t, session) => [
    running(t, () => {
      session.get('a')
      afterFlush(() => next(session, 'a'))
    }),
  ],
  'an autorun that sets its own key in a microtask of afterFlush': (t, session) => [
    running(t, () => {
      session.get('a')
      afterFlush(() => queueMicrotask(() => next(session, 'a')))
    }),
  ],
  'two autoruns that set each other’s keys in microtasks': (t, session) => [
    running(t, () => {
      session.get('a')
      queueMicrotask(() => next(session, 'b'))
    }),
    running(t, async () => {
      session.get('b')
      await undefined
      next(session, 'a')
    }),
  ],
  'an autorun that makes another one each time, which sets what the first reads': (t, session) => [
    running(t, () => {
      session.get('a')
      autorun(() => {
        next(session, 'a')
      })
    }),
  ],
  'an autorun that runs because of one that it makes anew each time': (t, session) => [
    running(t, () => {
      session.get('a')
      autorun(({ firstRun }) => {
        session.get('b')
        if (!firstRun) next(session, 'a')
      })
      next(session, 'b')
    }),
  ],
  'an autorun in a ring of thirty': (t, session) =>
    Array.from({ length: 30 }, (_, link) =>
      running(t, () => {
        session.get(link === 0 ? 'a' : `ring ${link}`)
        next(session, link === 29 ? 'a' : `ring ${link + 1}`)
      }),
    ),
  'two loops at a time': (t, session) => [
    running(t, () => {
      session.get('a')
      queueMicrotask(() => next(session, 'a'))
    }),
    running(t, () => {
      session.get('b')
      queueMicrotask(() => next(session, 'b'))
    }),
  ],
  'a listener that sets what it listens to': (t, session) => {
    t.teardown(session.subscribe('a', () => next(session, 'a')))
    return []
  },
}

for (const [what, begin] of Object.entries(loops)) {
  test.serial(`${what} is stopped, and the page, other autoruns and their work live on`, async (t) => {
    const errors = reported(t)
    const session = store<Values>(t, { initial: { a: 0, b: 0 } })
    const others = store<Values>(t, { initial: { c: 0 } })
    const [watched, derived, other]: unknown[][] = [[], [], []]
    const innocent = [
      running(t, () => watched!.push(session.get('a'))),
      // One that sets something itself at each turn of the loop, and one that reads that.
      running(t, () => {
        const a = session.get('a') ?? 0
        session.set('twice', a * 2)
      }),
      running(t, () => derived!.push(session.get('twice'))),
      running(t, () => other!.push(others.get('c'))),
    ]
    const looping = begin(t, session)
    others.set('c', 1)
    let isPageAlive = false
    setTimeout(() => (isPageAlive = true))
    const expected = what.startsWith('two loops') ? 2 : 1
    await until(t, () => errors.length >= expected)
    t.true(isPageAlive)

    // A callback that the last run has left may still come.
    await turns(5)
    const { a } = session.getSnapshot()
    await turns(20)
    t.is(session.getSnapshot()['a'], a, 'it is over')
    t.is(errors.length, expected)
    t.regex(String(errors[0]), /^SessionClientError: autorun loop: .*"(a|b|ring \d+)".*nonreactive/)
    t.true(looping.length === 0 || looping.some(({ stopped }) => stopped))
    t.true(innocent.every(({ stopped }) => !stopped))
    t.is(watched!.at(-1), a)
    t.is(derived!.at(-1), a! * 2)
    t.deepEqual(other, [0, 1])

    session.set('a', -1)
    others.set('c', 2)
    await turns(1)
    t.is(watched!.at(-1), -1)
    t.is(derived!.at(-1), -2)
    t.deepEqual(other, [0, 1, 2])
  })
}

test.serial('a circle that has come to rest is none, also where each autorun runs in a task of its own', async (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0, b: 0, start: 0 } })
  // So many changes from outside in microtasks that the page is given its turns.
  for (let index = 0; index < 1_500; index++) {
    session.set('start', index)
    afterFlush(() => {})
    await undefined
  }
  const computations = [
    running(t, () => {
      const a = session.get('a') ?? 0
      if (a > 0 && a < 40) session.set('b', a + 1)
      if (a === 40) session.set('0', 1)
    }),
    running(t, () => {
      const b = session.get('b') ?? 0
      if (b > 0) session.set('a', b)
    }),
    ...Array.from({ length: 1_000 }, (_, link) =>
      running(t, () => {
        const value = session.get(`${link}`)
        if (value !== undefined) session.set(`${link + 1}`, value)
      }),
    ),
  ]
  session.set('a', 1)
  await until(t, () => session.getSnapshot()['1000'] === 1)
  t.true(computations.every(({ stopped }) => !stopped))
  t.deepEqual(errors, [])
})

test.serial('the autorun of a loop is named, with its keys, to its own onError', (t) => {
  const errors: unknown[] = []
  const session = store<Values>(t, { initial: { total: 0 } })
  const computation = autorun(
    function addUp() {
      session.set('total', (session.get('total') ?? 0) + 1)
    },
    { onError: (error) => errors.push(error) },
  )
  flush()
  t.true(computation.stopped)
  t.is(errors.length, 1)
  t.regex(String(errors[0]), /'addUp' reruns itself through "total"/)
  t.true(errors[0] instanceof SessionClientError && errors[0].code === 'ERR_REACTIVE_LOOP')
})

test.serial('a loop that sets values shows none of them in its error', (t) => {
  const errors = reported(t)
  const session = store<{ a: string }>(t, { initial: { a: 'secret' } })
  running(t, () => {
    session.equals('a', 'secret')
    session.set('a', 'other')
    session.set('a', 'secret')
  })
  flush()
  t.is(errors.length, 1)
  t.notRegex(String(errors[0]), /secret|other/)
})

test.serial('an autorun that is run by a timer of its own is no loop: the page has its turns', async (t) => {
  const errors = reported(t)
  const session = store<Values>(t, { initial: { a: 0 } })
  const computation = running(t, () => {
    session.get('a')
    setImmediate(() => computation.stopped || next(session, 'a'))
  })
  await until(t, () => session.getSnapshot()['a']! > 1_500)
  t.false(computation.stopped)
  t.deepEqual(errors, [])
})

test.serial(
  'a thousand changes that come in microtasks from outside stop no autorun, and the last one is seen',
  async (t) => {
    const errors = reported(t)
    const session = store<Values>(t, { initial: { a: 0 } })
    const seen: unknown[] = []
    const computation = running(t, () => seen.push(session.get('a')))
    for (let index = 1; index <= 5_000; index++) {
      session.set('a', index)
      await undefined
    }
    await turns(5)
    t.is(seen.at(-1), 5_000)
    t.false(computation.stopped)
    t.deepEqual(errors, [])
    session.set('a', -1)
    await Promise.resolve()
    t.is(seen.at(-1), -1, 'and changes are told in a microtask again')
  },
)

test.serial('afterFlush for ever, in a callback or in a microtask of one, leaves the page alive', async (t) => {
  const errors = reported(t)
  let isOver = false
  let calls = 0
  afterFlush(function again() {
    calls++
    if (!isOver) queueMicrotask(() => afterFlush(again))
  })
  await turns(3)
  t.true(calls > 3)
  isOver = true
  await turns(3)
  const before = calls
  await turns(3)
  t.is(calls, before)

  const [innocent]: number[][] = [[]]
  afterFlush(function again() {
    afterFlush(again)
  })
  for (let index = 0; index < 3; index++) afterFlush(() => afterFlush(() => innocent!.push(index)))
  flush()
  t.deepEqual(innocent, [0, 1, 2])
  t.is(errors.length, 1)
  t.regex(String(errors[0]), /afterFlush loop/)
})
