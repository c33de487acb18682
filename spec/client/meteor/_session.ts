import { autorun, flush } from 'koa-typed-sessions/client'
import { dict, type Cases, type Check } from './_case.ts'

type Session = ReturnType<typeof dict>

/** Sets the value of one key, and asks for those that it equals and that it does not. */
function equality(t: Check, session: Session, value: unknown, equal: readonly unknown[], others: readonly unknown[]) {
  session.set('key', value)
  t.deepEqual(session.get('key'), value)
  for (const each of equal) t.is(session.equals('key', each), true, String(each))
  for (const each of others) t.is(session.equals('key', each), false, String(each))
}

/** Counts the runs of an autorun that asks this. */
function counting(t: Check, ask: () => unknown): (expected: number) => void {
  let runs = 0
  autorun(() => {
    runs++
    ask()
  })
  return (expected) => t.is(runs, expected)
}

/** What Meteor's `session_tests.js` asks for, by the name of the test there. */
export const cases: Cases = {
  setDefault(t) {
    const session = dict()
    session.setDefault('def', 'argyle')
    t.is(session.get('def'), 'argyle')
    session.set('def', 'noodle')
    t.is(session.get('def'), 'noodle')
    session.set('nondef', 'potato')
    session.setDefault('nondef', 'eggs')
    t.is(session.get('nondef'), 'potato')
  },

  'get/set/equals types'(t) {
    const session = dict()
    t.is(session.get('u'), undefined)
    t.is(session.equals('u', undefined), true)
    for (const other of [null, 0, '']) t.is(session.equals('u', other), false)
    equality(t, session, undefined, [undefined], [null, 0, '', 'undefined', 'null'])
    equality(t, session, null, [null], [undefined, 0, '', 'undefined', 'null'])
    equality(t, session, true, [true], [false, 1, 'true'])
    equality(t, session, false, [false], [true, 1, 'false'])
    equality(t, session, 0, [0], [false, '0', 1])
    equality(t, session, 'true', ['true'], [true])
    // `equals` takes arrays and objects, where Meteor throws.
    const [list, object] = [[1, 2, { a: 1, b: [5, 6] }], { a: 1, b: [5, 6] }]
    equality(t, session, list, [[1, 2, { b: [5, 6], a: 1 }]], [1, '[1,2,{"a":1,"b":[5,6]}]', [1, 2]])
    equality(t, session, object, [{ b: [5, 6], a: 1 }], [1, '{"a":1,"b":[5,6]}', { a: 1 }])
    session.set('date', new Date(1234))
    t.is((session.get('date') as Date).getTime(), 1234)
    t.is(session.equals('date', new Date(3455)), false)
    t.is(session.equals('date', new Date(1234)), true)
    // An instance of a class, as an ObjectID is one, is refused: it would not come back as one.
    class ObjectID {
      text = 'ffffffffffffffffffffffff'
    }
    t.throws(() => session.set('oid', new ObjectID()))
    t.throws(() => session.equals('oid', new ObjectID()))
  },

  /** Mutating what `get` gives throws, where in Meteor it changes a copy. */
  'objects are cloned'(t) {
    const session = dict({ list: [1, 2, 3], object: { a: 1, b: 2 } })
    t.throws(() => ((session.get('list') as number[])[1] = 42))
    t.deepEqual(session.get('list'), [1, 2, 3])
    t.throws(() => ((session.get('object') as { a: number }).a = 43))
    t.deepEqual(session.get('object'), { a: 1, b: 2 })
  },

  'context invalidation for get'(t) {
    const session = dict()
    const expect = counting(t, () => session.get('x'))
    expect(1)
    session.set('x', 1)
    expect(1)
    flush()
    expect(2)
    session.set('x', 1)
    flush()
    expect(2)
    session.set('x', '1')
    flush()
    expect(3)
  },

  'context invalidation for equals'(t) {
    const session = dict()
    const expect = counting(t, () => session.equals('x', 5))
    const set = (value: unknown, before: number, after: number) => {
      session.set('x', value)
      expect(before)
      flush()
      expect(after)
    }
    expect(1)
    set(1, 1, 1)
    set(5, 1, 2)
    set(5, 2, 2)
    set('5', 2, 3)
    set(5, 3, 4)
  },

  'context invalidation for equals with undefined'(t) {
    const session = dict()
    const expect = counting(t, () => session.equals('y', undefined))
    const set = (value: unknown, after: number) => {
      session.set('y', value)
      flush()
      expect(after)
    }
    expect(1)
    set(undefined, 1)
    set(5, 2)
    set(3, 2)
    set('undefined', 2)
    set(undefined, 3)
  },

  'parse an object of key/value pairs'(t) {
    const session = dict()
    session.set({ fruit: 'apple', vegetable: 'potato' })
    t.deepEqual([session.get('fruit'), session.get('vegetable')], ['apple', 'potato'])
  },

  'get/equals reactiveness'(t) {
    const session = dict({ foo: 'bar' })
    const seen: unknown[] = []
    autorun(() => void seen.push(session.get('foo')))
    autorun(() => void seen.push(session.equals('foo', 'bar')))
    flush()
    t.deepEqual(seen.splice(0), ['bar', true])
    session.set('foo', 'baz')
    flush()
    t.deepEqual(seen, ['baz', false])
  },
}
