import { autorun, flush, ReactiveSession } from 'koa-typed-sessions/client'
import { dict, type Cases } from './_case.ts'

type Dict = ReturnType<typeof dict>

/** What four autoruns see of a dict in which `foo` is `bar`. */
function watch(session: Dict): () => unknown[] {
  const seen: unknown[] = []
  autorun(() => void (seen[0] = session.get('foo')))
  autorun(() => void (seen[1] = session.equals('foo', 'bar')))
  autorun(() => void (seen[2] = session.equals('foo', undefined)))
  autorun(() => void (seen[3] = session.all()))
  return () => seen
}

/** What Meteor's `reactive-dict-tests.js` asks for, by the name of the test there. */
export const cases: Cases = {
  'set to undefined'(t) {
    const session = dict()
    session.set('foo', undefined)
    t.deepEqual(Object.keys(session.all()), ['foo'])
    session.setDefault('foo', 'bar')
    t.is(session.get('foo'), undefined)
  },

  /** The name comes first and is required, and `initial` is an option. */
  'initialize with data'(t) {
    const now = new Date()
    t.is((dict({ now }).get('now') as Date).getTime(), now.getTime())
    const named = new ReactiveSession<{ foo: string }>('initialize with data', { initial: { foo: 'bar' } })
    t.is(named.get('foo'), 'bar')
    named.destroy()
  },

  setDefault(t) {
    const defaults = { A: 'default', B: 'default', C: 'default', D: undefined }
    const expected = { A: 'blah', B: undefined, C: 'default', D: undefined }
    const one = dict({ A: 'blah', B: undefined })
    for (const [key, value] of Object.entries(defaults)) one.setDefault(key, value)
    t.deepEqual(one.all(), expected)
    const several = dict({ A: 'blah', B: undefined })
    several.setDefault(defaults)
    t.deepEqual(several.all(), expected)
  },

  'all() works'(t) {
    const session = dict()
    let all: unknown
    autorun(() => void (all = session.all()))
    t.deepEqual(all, {})
    session.set('foo', 'bar')
    flush()
    t.deepEqual(all, { foo: 'bar' })
    session.set('blah', undefined)
    flush()
    t.deepEqual(all, { foo: 'bar', blah: undefined })
  },

  'clear() works'(t) {
    const session = dict({ foo: 'bar' })
    session.clear()
    session.set('foo', 'bar')
    const seen = watch(session)
    t.deepEqual(seen(), ['bar', true, false, { foo: 'bar' }])
    session.clear()
    flush()
    t.deepEqual(seen(), [undefined, false, true, {}])
  },

  'delete(key) works'(t) {
    const session = dict({ foo: 'bar', bar: 'foo', baz: 123 })
    t.is(session.delete('baz'), true)
    t.is(session.delete('baz'), false)
    const seen = watch(session)
    t.deepEqual(seen(), ['bar', true, false, { foo: 'bar', bar: 'foo' }])
    t.is(session.delete('foo'), true)
    flush()
    t.deepEqual(seen(), [undefined, false, true, { bar: 'foo' }])
    t.is(session.delete('barfoobar'), false)
  },

  'destroy works'(t) {
    const session = new ReactiveSession<Record<string, unknown>>('test')
    // As in Meteor, two of one name are refused in a page, and not on a server.
    if ('document' in globalThis) t.throws(() => new ReactiveSession('test'))
    else new ReactiveSession('test').destroy()
    session.set('foo', 'bar')
    const seen = watch(session)
    t.deepEqual(seen(), ['bar', true, false, { foo: 'bar' }])
    session.destroy()
    flush()
    t.deepEqual(seen(), [undefined, false, true, {}])
    new ReactiveSession('test').destroy()
  },
}
