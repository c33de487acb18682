import {
  afterFlush,
  autorun,
  currentComputation,
  flush,
  nonreactive,
  onInvalidate,
  withComputation,
  type Computation,
} from 'koa-typed-sessions/client'
import { Dependency, type Cases } from './_case.ts'

/** Notes what happens, in its order. */
function notes(): [add: (what: string) => void, take: () => string] {
  let text = ''
  return [
    (what) => void (text += what),
    () => {
      const all = text
      text = ''
      return all
    },
  ]
}

const turn = () => new Promise((resolve) => setTimeout(resolve))

/** What Meteor's `tracker_tests.js` asks for, by the name of the test there. */
export const cases: Cases = {
  run(t) {
    const dependency = new Dependency()
    let runs = 0
    const first = autorun(() => {
      dependency.depend()
      runs++
    })
    const expect = (expected: number) => t.is(runs, expected)
    expect(1)
    flush()
    expect(1)
    for (const expected of [2, 3]) {
      dependency.changed()
      expect(expected - 1)
      flush()
      expect(expected)
    }
    dependency.changed()
    first.stop()
    flush()
    dependency.changed()
    flush()
    expect(3)

    autorun((computation) => {
      dependency.depend()
      if (++runs === 6) computation.stop()
    })
    expect(4)
    for (const expected of [5, 6, 6]) {
      dependency.changed()
      flush()
      expect(expected)
    }
    t.throws(() => autorun(undefined as never))
    t.throws(() => autorun({} as never))
  },

  'nested run'(t) {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const
    const [a, b, c, d, e, f] = names.map(() => new Dependency()) as [
      Dependency,
      Dependency,
      Dependency,
      Dependency,
      Dependency,
      Dependency,
    ]
    const [add, take] = notes()
    const nest = (dependency: Dependency, name: string, inside: () => void = () => {}) =>
      autorun(() => {
        dependency.depend()
        add(name)
        inside()
      })
    nest(a, 'a', () => {
      nest(b, 'b', () => {
        nest(c, 'c', () => {
          const fourth = nest(d, 'd', () => {
            nest(e, 'e', () => void nest(f, 'f'))
            onInvalidate(() => fourth.stop())
          })
        })
      })
      onInvalidate((first) => first.stop())
    })
    const change = (dependency: Dependency, expected: string) => {
      dependency.changed()
      flush()
      t.is(take(), expected)
    }
    const dependents = (expected: string) =>
      t.is(names.filter((_, index) => [a, b, c, d, e, f][index]!.hasDependents).join(''), expected)

    t.is(take(), 'abcdef')
    dependents('abcdef')
    b.changed()
    t.is(take(), '')
    flush()
    t.is(take(), 'bcdef')
    change(c, 'cdef')
    change(e, 'ef')
    change(f, 'f')
    change(d, '')
    change(e, '')
    change(f, '')
    dependents('abc')
    change(c, 'cdef')
    change(e, 'ef')
    change(f, 'f')
    change(b, 'bcdef')
    change(e, 'ef')
    change(f, 'f')
    dependents('abcdef')
    a.changed()
    for (const dependency of [f, e, d, c, b, a]) change(dependency, '')
    dependents('')
  },

  flush(t) {
    const [add, take] = notes()
    const once = autorun((computation) => {
      add('a')
      if (computation.firstRun) computation.invalidate()
    })
    t.is(take(), 'a')
    flush()
    t.is(take(), 'a')
    flush()
    once.stop()
    flush()
    t.is(take(), '')

    const cleaned = autorun((computation) => {
      add('a')
      if (computation.firstRun) computation.invalidate()
      onInvalidate(() => add('*'))
    })
    t.is(take(), 'a*')
    flush()
    t.is(take(), 'a')
    cleaned.stop()
    t.is(take(), '*')
    flush()
    t.is(take(), '')

    const third = autorun((computation) => {
      add('a')
      if (computation.firstRun) computation.invalidate()
      afterFlush(() => add(currentComputation() ? '1' : '0'))
    })
    afterFlush(() => add('c'))
    const fourth = autorun(() => add('b'))
    flush()
    t.is(take(), 'aba0c0')
    third.stop()
    fourth.stop()
    flush()

    afterFlush((...args: unknown[]) => {
      add('ran')
      t.is(args.length, 0)
      t.throws(flush)
    })
    flush()
    t.is(take(), 'ran')
    t.throws(() => autorun(() => flush()))
    t.throws(() =>
      autorun(() => {
        autorun(() => {})
        flush()
      }),
    )
  },

  lifecycle(t) {
    t.is(currentComputation(), undefined)
    let runs = 0
    let isFirst = true
    let shouldStop = false
    let ids = 0
    const seen: number[] = []
    const callback = () => {
      const id = ++ids
      return () => void seen.push(id)
    }
    const outer = autorun((computation) => {
      t.is(currentComputation(), computation)
      t.deepEqual([computation.stopped, computation.invalidated, computation.firstRun], [false, false, isFirst])
      onInvalidate(callback())
      afterFlush(callback())
      autorun((inner) => {
        inner.stop()
        computation.onInvalidate(callback())
        onInvalidate(callback())
        afterFlush(callback())
      })
      runs++
      if (shouldStop) computation.stop()
    })
    isFirst = false
    t.is(runs, 1)
    t.deepEqual(seen, [4])
    outer.invalidate()
    t.deepEqual([runs, outer.invalidated, outer.stopped], [1, true, false])
    t.deepEqual(seen, [4, 1, 3])
    flush()
    t.deepEqual([runs, outer.invalidated], [2, false])
    t.deepEqual(seen, [4, 1, 3, 9, 2, 5, 7, 10])

    seen.length = 0
    shouldStop = true
    outer.invalidate()
    t.deepEqual(seen, [6, 8])
    flush()
    t.deepEqual(seen, [6, 8, 14, 11, 13, 12, 15])
  },

  onInvalidate(t) {
    const [add, take] = notes()
    const first = autorun(() => add('*'))
    const note =
      (what: string, of: Computation = first) =>
      (computation: Computation) => {
        t.is(currentComputation(), undefined)
        t.is(computation, of)
        add(what)
      }
    first.onStop(note('s'))
    first.onInvalidate(note('a'))
    first.onInvalidate(note('b'))
    t.is(take(), '*')
    autorun((mine) => {
      onInvalidate(note('z', mine))
      mine.stop()
      t.is(take(), 'z')
      first.invalidate()
    })
    t.is(take(), 'ab')
    first.onInvalidate(note('c'))
    first.onInvalidate(note('d'))
    t.is(take(), 'cd')
    flush()
    t.is(take(), '*')

    // Each callback of `afterFlush` finds everything settled that the one before has set off.
    const later =
      (what: string, then: string, more: () => void = () => {}) =>
      () => {
        add(what)
        first.onInvalidate(note(then))
        first.invalidate()
        more()
      }
    first.onInvalidate(note('a'))
    first.onInvalidate(note('b'))
    afterFlush(later('x', 'c', () => afterFlush(later('y', 'd'))))
    afterFlush(later('z', 'e'))
    t.is(take(), '')
    flush()
    t.is(take(), 'xabc*ze*yd*')

    first.onInvalidate(note('m'))
    flush()
    t.is(take(), '')
    first.stop()
    t.is(take(), 'ms')
    flush()
    first.onStop(note('S'))
    t.is(take(), 'S')
    t.throws(() => onInvalidate(() => {}))
  },

  'invalidate at flush time'(t) {
    const [add, take] = notes()
    afterFlush(() => add('C'))
    const first = autorun((computation) => {
      if (computation.firstRun) return
      add('A')
      second.invalidate()
      computation.stop()
    })
    const second = autorun((computation) => {
      if (computation.firstRun) return
      add('B')
      computation.stop()
    })
    first.invalidate()
    flush()
    t.is(take(), 'ABC')
  },

  /** There is no option that has `flush` throw: the error is reported, or told to `onError`. */
  throwFirstError(t) {
    const dependency = new Dependency()
    const computation = autorun(({ firstRun }) => {
      dependency.depend()
      if (!firstRun) throw new Error('foo')
    })
    for (const _ of [1, 2]) {
      dependency.changed()
      flush()
    }
    computation.stop()
    t.deepEqual(t.errors.map(String), ['Error: foo', 'Error: foo'])
  },

  /** An autorun that does nothing but run again is stopped here, where Meteor has it run for ever. */
  async 'no infinite recomputation'(t) {
    let hasRerun = false
    const computation = autorun(({ firstRun, invalidate }) => {
      if (!firstRun) hasRerun = true
      invalidate.call(currentComputation()!)
    })
    t.is(hasRerun, false)
    await turn()
    t.is(hasRerun, true)
    t.is(computation.stopped, true)
    t.is(t.errors.length, 1)
    await new Promise<void>((resolve) => afterFlush(resolve))
  },

  'flush finishes'(t) {
    let runs = 0
    autorun((computation) => {
      if (++runs < 2_000) computation.invalidate()
    })
    t.is(runs, 1)
    flush()
    t.is(runs, 2_000)
    t.deepEqual(t.errors, [])
  },

  'autorun, onError option'(t) {
    const dependency = new Dependency()
    const told: unknown[] = []
    autorun(
      ({ firstRun }) => {
        dependency.depend()
        if (!firstRun) throw new Error('foo')
      },
      { onError: (error) => told.push(error) },
    )
    dependency.changed()
    flush()
    t.deepEqual(told.map(String), ['Error: foo'])
    t.deepEqual(t.errors, [])
  },

  nonreactive(t) {
    const dependency = new Dependency()
    let runs = 0
    autorun(() => {
      runs++
      t.is(
        nonreactive(() => {
          dependency.depend()
          return 42
        }),
        42,
      )
    })
    dependency.changed()
    flush()
    t.is(runs, 1)
  },

  async 'async function - basics'(t) {
    const computation = autorun(async (mine) => {
      const inside = () => t.deepEqual([currentComputation() === mine, mine.firstRun], [true, false])
      t.deepEqual([currentComputation() === mine, mine.firstRun], [true, true])
      const value = await Promise.resolve().then(() =>
        withComputation(mine, () => {
          inside()
          return 123
        }),
      )
      t.is(value, 123)
      withComputation(mine, inside)
      await turn()
      withComputation(mine, inside)
      try {
        await Promise.reject(new Error('example'))
      } catch (error) {
        withComputation(mine, inside)
        t.is(String(error), 'Error: example')
      }
    })
    t.is(currentComputation(), undefined)
    await computation.firstRunPromise
  },

  async 'async function - interleaved'(t) {
    let count = 0
    const all = Array.from({ length: 100 }, (_, index) =>
      autorun(async (mine) => {
        t.is(currentComputation(), mine)
        for (let wait = index % 7; wait > 0; wait--) await turn()
        count++
        withComputation(mine, () => t.is(currentComputation(), mine))
        await undefined
        t.is(currentComputation(), undefined)
      }),
    )
    await Promise.all(all.map(({ firstRunPromise }) => firstRunPromise))
    t.is(count, 100)
  },

  async 'async function - parallel'(t) {
    let count = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const dependency = new Dependency()
    for (let index = 0; index < 100; index++) {
      autorun(async (mine) => {
        count++
        withComputation(mine, () => dependency.depend())
        await held
        count--
      })
    }
    t.is(count, 100)
    dependency.changed()
    await turn()
    t.is(count, 200)
    release()
    await turn()
    t.is(count, 0)
  },

  async 'async function - stepped'(t) {
    let count = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    for (let index = 0; index < 100; index++) {
      autorun(async (mine) => {
        t.is(currentComputation(), mine)
        await held
        count++
        withComputation(mine, () => t.is(currentComputation(), mine))
      })
    }
    t.is(count, 0)
    release()
    await turn()
    t.is(count, 100)
  },

  async 'async function - synchronize'(t) {
    let counter = 0
    const addAndDouble = (from: number) =>
      autorun(async () => {
        t.is(counter, from)
        counter++
        await turn()
        t.is(counter, from + 1)
        counter *= 2
      })
    await addAndDouble(0).firstRunPromise
    await addAndDouble(2).firstRunPromise
    t.is(counter, 6)
  },

  /** `flush` of one computation is not there: that of all is. */
  'computation - #flush'(t) {
    const dependency = new Dependency()
    const runs = [0, 0]
    const all = runs.map((_, index) =>
      autorun(() => {
        dependency.depend()
        runs[index]!++
      }),
    )
    dependency.changed()
    t.is('flush' in all[0]!, false)
    flush()
    t.deepEqual(runs, [2, 2])
  },

  /** `run` of one computation is not there: `invalidate` and `flush` are. */
  'computation - #run'(t) {
    const [first, second] = [new Dependency(), new Dependency()]
    let runs = 0
    const computation = autorun(() => {
      first.depend()
      runs++
      if (runs >= 2 && runs < 4) second.depend()
    })
    t.is('run' in computation, false)
    computation.invalidate()
    flush()
    const change = (dependency: Dependency, expected: number) => {
      dependency.changed()
      flush()
      t.is(runs, expected)
    }
    t.is(runs, 2)
    change(first, 3)
    change(second, 4)
    change(second, 4)
    change(first, 5)
  },
}
