import { effect, signal } from '@preact/signals-core'
import test from 'ava'
import { autorun, nonreactive } from 'koa-typed-sessions/client'
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
