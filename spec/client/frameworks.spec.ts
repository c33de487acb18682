import { effect, signal } from '@preact/signals-core'
import test from 'ava'
import { autorun, nonreactive } from 'koa-typed-sessions/client'
import { MirrorConnection } from '../../lib/client/mirror/mirror-connection.ts'
import type { Environment } from '../../lib/client/environment.ts'
import { calls, store } from './_stage.ts'

// What README shows for each framework, by the contract that the framework has with a store.

interface Values {
  name: string
  selected: number
}

test.serial('React: subscribe tells of changes, and the snapshot is one object until there is one', async (t) => {
  const session = store<Values>(t, { initial: { name: 'ada' } })
  const { subscribe, getSnapshot } = session
  const seen: unknown[] = []
  // `useSyncExternalStore`: what it is given is called, and the snapshot decides whether there is something to render.
  let rendered = getSnapshot()
  const end = subscribe(() => {
    if (Object.is(rendered, getSnapshot())) return
    rendered = getSnapshot()
    seen.push(rendered)
  })
  t.deepEqual(seen, [])
  session.set('name', 'ada')
  await Promise.resolve()
  t.deepEqual(seen, [])
  session.set('name', 'grace')
  await Promise.resolve()
  t.deepEqual(seen, [{ name: 'grace' }])
  end()
})

test.serial('React: of many rows those render whose own answer has changed', async (t) => {
  const session = store<Values>(t, { initial: { selected: 0 } })
  const [rendered, render] = calls<number>()
  for (let row = 0; row < 100; row++) {
    const computation = autorun(() => {
      session.equals('selected', row)
      nonreactive(() => render(row))
    })
    t.teardown(() => computation.stop())
  }
  rendered.length = 0
  session.set('selected', 42)
  await Promise.resolve()
  t.deepEqual(rendered, [0, 42])
})

test.serial('Preact: a signal follows a store', async (t) => {
  const session = store<Values>(t, { initial: { name: 'ada' } })
  const shown = signal(session.getSnapshot())
  const end = session.subscribe((values) => {
    shown.value = values
  })
  const [seen, see] = calls<unknown>()
  const dispose = effect(() => see(shown.value.name))
  session.set('name', 'grace')
  await Promise.resolve()
  t.deepEqual(seen, ['ada', 'grace'])
  end()
  dispose()
})

test.serial('Svelte: subscribe calls at once with the value, and gives what ends it', async (t) => {
  const session = store<Values>(t, { initial: { name: 'ada' } })
  const [seen, see] = calls<unknown>()
  const end = session.subscribe(see)
  t.deepEqual(seen, [{ name: 'ada' }])
  end()
  session.set('name', 'grace')
  await Promise.resolve()
  t.is(seen.length, 1)
})

/** `get` of `svelte/store`, and what Svelte does for `$session` in a component: both pass a second function. */
function get<V>(readable: { subscribe(this: void, run: (value: V) => void, invalidate?: () => void): () => void }): V {
  const values: V[] = []
  const end = readable.subscribe(
    (value) => values.push(value),
    () => {},
  )
  end()
  return values[0]!
}

test.serial(
  'Svelte: subscribe takes the second function that Svelte passes, which is not mistaken for a key',
  async (t) => {
    const session = store<Values>(t, { initial: { name: 'ada' } })
    t.deepEqual(get(session), { name: 'ada' })
    const [seen, see] = calls<unknown>()
    const { subscribe } = session
    const end = subscribe(see, () => t.fail('it need not be called, and never instead of the listener'))
    session.set('name', 'grace')
    await Promise.resolve()
    end()
    end()
    session.set('name', 'eve')
    await Promise.resolve()
    t.deepEqual(seen, [{ name: 'ada' }, { name: 'grace' }])
  },
)

test.serial('Svelte: a mirror is a store, too', (t) => {
  const mirror = new MirrorConnection<Values>('/session', {}, { Date } as unknown as Environment)
  t.is(get(mirror), undefined)
})

test.serial('a listener that is none is refused, for all and for a key', (t) => {
  const session = store<Values>(t)
  for (const args of [[], [{}], ['name'], ['name', 'name'], [undefined, () => {}], [Symbol('s'), () => {}]]) {
    t.throws(() => Reflect.apply(session.subscribe, undefined, args), { instanceOf: TypeError }, String(args.length))
  }
})

test.serial('a listener that throws at once is thrown to the caller, and is not called again', async (t) => {
  const session = store<Values>(t, { initial: { name: 'ada' } })
  let runs = 0
  const fails = () => {
    runs++
    throw new Error('at once')
  }
  t.throws(() => session.subscribe(fails), { message: 'at once' })
  session.set('name', 'grace')
  await Promise.resolve()
  t.is(runs, 1)
})

test.serial('Vue: a shallow reference is given a new object at each change, and none without one', async (t) => {
  const session = store<Values>(t, { initial: { name: 'ada' } })
  const shown = { value: session.getSnapshot() }
  const end = session.subscribe((values) => {
    shown.value = values
  })
  const before = shown.value
  session.set('name', 'ada')
  await Promise.resolve()
  t.is(shown.value, before)
  session.set('name', 'grace')
  await Promise.resolve()
  t.not(shown.value, before)
  end()
})
