import test from 'ava'
import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { interleavings } from './interleavings.ts'
import { NOW, record } from './records.ts'

const engine = (): SessionStorage => memoryStorage({ clock: () => NOW })

function signal(): { promise: Promise<void>; give: () => void } {
  let give: () => void = () => {}
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return { promise, give }
}

/** Adds one to a counter: by compare-and-set where that is `safe`. */
async function increment(storage: SessionStorage, safe: boolean): Promise<void> {
  for (;;) {
    const { data, version } = (await storage.read('key')) as SessionRecord
    const next = record({ data: String(Number(data) + 1) })
    if (!safe) {
      await storage.delete('key')
      await storage.create('key', next)
      return
    }
    if ((await storage.update('key', next, version)) === 'ok') return
  }
}

test('requests are played in every order of their calls, and in each once', async (t) => {
  const orders: string[] = []
  const { count, complete } = await interleavings(async ({ scheduled, together, order }) => {
    const storage = scheduled(engine())
    await together(
      async () => {
        await storage.read('key')
        await storage.delete('key')
      },
      async () => {
        await storage.create('key', record())
        await storage.touch('key', NOW)
      },
    )
    orders.push(order.join(', '))
  })
  t.deepEqual({ count, complete }, { count: 6, complete: true })
  t.deepEqual(orders.toSorted(), [
    '1 read, 1 delete, 2 create, 2 touch',
    '1 read, 2 create, 1 delete, 2 touch',
    '1 read, 2 create, 2 touch, 1 delete',
    '2 create, 1 read, 1 delete, 2 touch',
    '2 create, 1 read, 2 touch, 1 delete',
    '2 create, 2 touch, 1 read, 1 delete',
  ])
})

test('an answer may be late where that is asked for', async (t) => {
  const orders: string[] = []
  await interleavings(
    async ({ scheduled, together, order }) => {
      const storage = scheduled(engine())
      await together(
        () => storage.read('key'),
        () => storage.delete('key'),
      )
      orders.push(order.join(', '))
    },
    { lateAnswers: true },
  )
  t.deepEqual(orders.toSorted(), [
    '1 read, 1 is answered, 2 delete, 2 is answered',
    '1 read, 2 delete, 1 is answered, 2 is answered',
    '1 read, 2 delete, 2 is answered, 1 is answered',
    '2 delete, 1 read, 1 is answered, 2 is answered',
    '2 delete, 1 read, 2 is answered, 1 is answered',
    '2 delete, 2 is answered, 1 read, 1 is answered',
  ])
})

test('an increment by compare-and-set counts in every order', async (t) => {
  const { count, complete } = await interleavings(async ({ scheduled, together }) => {
    const storage = scheduled(engine())
    await storage.create('key', record({ data: '0' }))
    await together(
      () => increment(storage, true),
      () => increment(storage, true),
    )
    t.is((await storage.read('key'))?.data, '2')
  })
  t.deepEqual({ count, complete }, { count: 6, complete: true })
})

test('an increment without it is found out, and the error says in which order', async (t) => {
  const error = await t.throwsAsync(
    interleavings(async ({ scheduled, together }) => {
      const storage = scheduled(engine())
      await storage.create('key', record({ data: '0' }))
      await together(
        () => increment(storage, false),
        () => increment(storage, false),
      )
      const found = await storage.read('key')
      if (found?.data !== '2') throw new Error(`counted ${found?.data}`)
    }),
  )
  t.regex(error?.message ?? '', /^counted \w+ \(in the order: 1 read, /)
  t.true(error?.cause instanceof Error)
})

test('what came of each request is given, in their order', async (t) => {
  await interleavings(async ({ scheduled, together }) => {
    const storage = scheduled(engine())
    const [one, other] = await together(
      () => {
        throw new Error('no')
      },
      async () => await storage.delete('key'),
    )
    t.is(one?.status, 'rejected')
    t.deepEqual(other, { status: 'fulfilled', value: false })
  })
})

test('a request may wait for another one, and for a timer', async (t) => {
  const { count, complete } = await interleavings(async ({ scheduled, together }) => {
    const storage = scheduled(engine())
    const deleted = signal()
    const results = await together(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        await storage.delete('key')
        deleted.give()
      },
      async () => {
        await deleted.promise
        return await storage.create('key', record())
      },
    )
    t.deepEqual(results[1], { status: 'fulfilled', value: true })
  })
  t.deepEqual({ count, complete }, { count: 1, complete: true })
})

test('where there are more orders than are wanted, half of them are drawn by lot, the same ones each time', async (t) => {
  async function orders(seed: number): Promise<string[]> {
    const played: string[] = []
    const { count, complete } = await interleavings(
      async ({ scheduled, together, order }) => {
        const storage = scheduled(engine())
        await storage.create('key', record({ data: '0' }))
        await together(
          () => increment(storage, true),
          () => increment(storage, true),
          () => increment(storage, true),
        )
        t.is((await storage.read('key'))?.data, '3')
        played.push(order.join())
      },
      { limit: 40, seed },
    )
    t.deepEqual({ count, complete }, { count: 40, complete: false })
    return played
  }
  const some = await orders(1)
  t.deepEqual(await orders(1), some)
  const others = await orders(2)
  t.deepEqual(others.slice(0, 20), some.slice(0, 20))
  t.notDeepEqual(others.slice(20), some.slice(20))
  t.true(some.slice(20).some((order) => order.startsWith('3')))
})

test('a storage that is asked outside of a race answers at once', async (t) => {
  await interleavings(async ({ scheduled, order }) => {
    t.is(scheduled(engine()).create('key', record()), true)
    t.deepEqual(order, [])
  })
})
