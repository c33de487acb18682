import { inspect } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { SessionConfigError } from '../../lib/errors.ts'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { manualClock } from '../../lib/testing/index.ts'
import { HOUR, NOW, record } from '../support/records.ts'

test('every verb answers at once, without a promise', (t) => {
  const storage = memoryStorage({ clock: () => NOW })
  t.is(storage.create('key', record()), true)
  t.deepEqual(storage.read('key'), record())
  t.is(storage.update('key', record(), 1), 'ok')
  t.is(storage.touch('key', NOW + 2 * HOUR), true)
  t.is(storage.rotate('key', 'new', record(), 2), 'ok')
  t.is(storage.delete('new'), true)
  t.is(storage.sweep?.(), 0)
})

test('who watches is told of changes, renewals and ends of his keys, and of nothing else, until he leaves', async (t) => {
  const storage = memoryStorage({ maxSessions: 4, clock: () => NOW })
  for (const key of ['a', 'b', 'c']) storage.create(key, record())
  const told: string[] = []
  const leave = await storage.watch!(['a', 'b'], (key, what) => void told.push(`${key} ${what}`))
  const next = async (): Promise<string[]> => {
    await Promise.resolve()
    return told.splice(0)
  }
  storage.update('a', record(), 1)
  t.deepEqual(told, [], 'in the middle of no verb')
  t.deepEqual(await next(), ['a changed'])
  storage.touch('a', NOW + 2 * HOUR)
  t.deepEqual(await next(), ['a changed'])
  storage.touch('a', NOW)
  storage.update('a', record(), 1)
  storage.update('c', record(), 1)
  storage.delete('c')
  t.deepEqual(await next(), [], 'nothing of these has changed')
  storage.rotate('a', 'new', record(), 2)
  storage.delete('b')
  t.deepEqual(await next(), ['a gone', 'b gone'])
  storage.create('b', record())
  storage.delete('b')
  await leave()
  t.deepEqual(await next(), [], 'who has left is told nothing, not even what was on its way')
})

test('who watches is told when his session has expired, or had to make room', async (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ maxSessions: 2, clock })
  storage.create('a', record({ expiresAt: NOW + 2 * HOUR }))
  storage.create('b', record())
  const told: string[] = []
  await storage.watch!(['a', 'b'], (key, what) => void told.push(`${key} ${what}`))
  clock.advance(HOUR)
  t.is(storage.read('b'), null)
  storage.create('c', record({ expiresAt: NOW + 2 * HOUR }))
  storage.create('d', record({ expiresAt: NOW + 2 * HOUR }))
  await Promise.resolve()
  t.deepEqual(told, ['b gone', 'a gone'])
  await storage.close!()
})

test('when it is full, the session that was used least recently goes', (t) => {
  const storage = memoryStorage({ maxSessions: 4, clock: () => NOW })
  for (const key of ['a', 'b', 'c', 'd']) storage.create(key, record())
  storage.read('a')
  storage.update('b', record(), 1)
  storage.touch('c', NOW + 2 * HOUR)
  storage.create('e', record())
  t.is(storage.read('d'), null)
  storage.create('f', record())
  t.is(storage.read('a'), null)
  t.truthy(storage.read('b'))
  t.truthy(storage.read('c'))
})

test('when it is full, an expired session goes before a live one', (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ maxSessions: 20, clock })
  storage.create('oldest', record({ expiresAt: NOW + 2 * HOUR }))
  for (let index = 0; index < 18; index++) storage.create(`live ${index}`, record({ expiresAt: NOW + 2 * HOUR }))
  storage.create('short', record())
  clock.advance(HOUR)
  storage.create('new', record({ expiresAt: NOW + 2 * HOUR }))
  t.truthy(storage.read('oldest'))
  for (let index = 0; index < 18; index++) t.truthy(storage.read(`live ${index}`))
})

test('visitors, however many, do not drive out those who are signed in', (t) => {
  const storage = memoryStorage({ maxSessions: 100, clock: () => NOW })
  for (let index = 0; index < 90; index++) storage.create(`user ${index}`, record({ subject: `user ${index}` }))
  for (let index = 0; index < 10_000; index++) t.true(storage.create(`visitor ${index}`, record()))
  for (let index = 0; index < 90; index++) t.truthy(storage.read(`user ${index}`))
  t.truthy(storage.read('visitor 9999'))
  t.truthy(storage.read('visitor 9990'))
  t.is(storage.read('visitor 9989'), null)
})

test('where all are signed in, visitors have one place, and a user who comes takes it', (t) => {
  const storage = memoryStorage({ maxSessions: 10, clock: () => NOW })
  const users = (): number =>
    Array.from({ length: 12 }, (_, index) => storage.read(`user ${index}`)).filter(Boolean).length
  for (let index = 0; index < 10; index++) storage.create(`user ${index}`, record({ subject: 'ada' }))
  for (let index = 0; index < 100; index++) storage.create(`visitor ${index}`, record())
  t.is(users(), 9)
  t.is(storage.read('user 0'), null, 'the one that was used least recently')
  storage.create('user 10', record({ subject: 'ada' }))
  t.is(users(), 10)
  storage.create('user 11', record({ subject: 'ada' }))
  t.is(users(), 10)
  t.is(storage.read('user 1'), null)
})

test('a visitor who signs in stays, and a user who is nobody any more goes first, whichever way they became so', (t) => {
  const storage = memoryStorage({ maxSessions: 4, clock: () => NOW })
  storage.create('updated', record())
  storage.create('rotated', record())
  storage.create('out', record({ subject: 'bob' }))
  storage.create('moved out', record({ subject: 'bob' }))
  t.is(storage.update('updated', record({ subject: 'ada' }), 1), 'ok')
  t.is(storage.rotate('rotated', 'new', record({ subject: 'ada' }), 1), 'ok')
  t.is(storage.update('out', record(), 1), 'ok')
  t.is(storage.rotate('moved out', 'moved', record(), 1), 'ok')
  storage.touch('out', NOW + 2 * HOUR)
  storage.touch('moved', NOW + 2 * HOUR)
  for (let index = 0; index < 10; index++) storage.create(`visitor ${index}`, record())
  for (const key of ['updated', 'new']) t.truthy(storage.read(key), key)
  for (const key of ['out', 'moved']) t.is(storage.read(key), null, key)
})

test('however many there are, no live session goes while an expired one is there', (t) => {
  for (const place of [0, 1, 500, 998, 999]) {
    const clock = manualClock(NOW)
    const storage = memoryStorage({ maxSessions: 1000, clock })
    for (let index = 0; index < 1000; index++) {
      storage.create(`${index}`, record({ expiresAt: NOW + (index === place ? 1 : 9) * HOUR }))
    }
    storage.touch('5', NOW + 10 * HOUR)
    clock.advance(HOUR)
    storage.create('new', record({ expiresAt: NOW + 9 * HOUR }))
    for (let index = 0; index < 1000; index++)
      if (index !== place) t.truthy(storage.read(`${index}`), `${place}: ${index}`)
    t.is(storage.countExpired?.(), 0)
  }
})

test('an expired session of a user goes before a visitor who is there', (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ maxSessions: 2, clock })
  storage.create('visitor', record({ expiresAt: NOW + 2 * HOUR }))
  storage.create('user', record({ subject: 'ada' }))
  clock.advance(HOUR)
  t.false(storage.touch('user', NOW + 3 * HOUR), 'it cannot be touched back to life')
  storage.create('new', record({ expiresAt: NOW + 2 * HOUR }))
  t.truthy(storage.read('visitor'))
})

test('a full storage of a hundred thousand is as quick to create in as an empty one, by a wide margin', (t) => {
  const most = 100_000
  const storage = memoryStorage({ maxSessions: most, clock: () => NOW })
  const fill = (round: number): number => {
    const start = process.cpuUsage().user
    for (let index = 0; index < most; index++)
      storage.create(`${round} ${index}`, record({ expiresAt: NOW + HOUR + index }))
    return process.cpuUsage().user - start
  }
  const [growing, full] = [fill(1), fill(2)]
  t.true(full < 20 * growing, `${growing} µs, then ${full} µs`)
})

test('a taken key costs no other session its place', (t) => {
  const storage = memoryStorage({ maxSessions: 2, clock: () => NOW })
  storage.create('a', record())
  storage.create('b', record())
  t.is(storage.create('b', record()), false)
  t.truthy(storage.read('a'))
})

test('a rotation in a full storage costs no other session its place', (t) => {
  const storage = memoryStorage({ maxSessions: 2, clock: () => NOW })
  storage.create('a', record())
  storage.create('b', record())
  t.is(storage.rotate('b', 'c', record(), 1), 'ok')
  t.truthy(storage.read('a'))
  t.truthy(storage.read('c'))
})

test('a session that had to go is no longer listed', async (t) => {
  const storage = memoryStorage({ maxSessions: 1, clock: () => NOW })
  storage.create('a', record({ subject: 'ada' }))
  storage.create('b', record({ subject: 'ada' }))
  t.deepEqual(await keysOf(storage, 'ada'), ['b'])
})

test('it behaves as a plain list in order of use does, whatever is done to it', (t) => {
  const anyKey = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const act = fc.oneof(
    fc.tuple(fc.constantFrom('create' as const, 'read' as const, 'update' as const, 'touch' as const), anyKey),
    fc.tuple(fc.constant('delete' as const), anyKey),
    fc.tuple(fc.constant('rotate' as const), anyKey, anyKey),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const storage = memoryStorage({ maxSessions: 4, clock: () => NOW })
      let used: { key: string; version: number }[] = []
      for (const [verb, key, to = ''] of acts) {
        const known = used.find((session) => session.key === key)
        const others = used.filter((session) => session !== known)
        if (verb === 'create') {
          t.is(storage.create(key, record()), known === undefined)
          if (known === undefined) used = [...used.slice(-3), { key, version: 1 }]
        } else if (verb === 'delete') {
          t.is(storage.delete(key), known !== undefined)
          used = others
        } else if (verb === 'rotate') {
          const taken = used.some((session) => session.key === to)
          const outcome = known === undefined ? 'gone' : taken ? 'exists' : 'ok'
          t.is(storage.rotate(key, to, record(), known?.version ?? 1), outcome)
          if (known && outcome === 'ok') used = [...others, { key: to, version: known.version + 1 }]
        } else {
          if (verb === 'update') t.is(storage.update(key, record(), known?.version ?? 1), known ? 'ok' : 'gone')
          if (verb === 'touch') t.is(storage.touch(key, NOW), known !== undefined)
          if (verb === 'read') t.deepEqual(storage.read(key), known ? record({ version: known.version }) : null)
          if (known) used = [...others, { key, version: known.version + (verb === 'update' ? 1 : 0) }]
        }
      }
      const alive = ['a', 'b', 'c', 'd', 'e', 'f'].filter((each) => storage.read(each) !== null)
      t.deepEqual(alive, used.map((session) => session.key).sort())
    }),
  )
})

test('expired sessions go by and by as new ones are created', (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ clock })
  for (let index = 0; index < 40; index++) storage.create(`short ${index}`, record())
  clock.advance(HOUR)
  for (let index = 0; index < 20; index++) storage.create(`new ${index}`, record({ expiresAt: NOW + 2 * HOUR }))
  t.is(storage.sweep?.(), 0)
})

test('an expired session stays gone when the clock is set back', (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ clock })
  storage.create('key', record())
  clock.advance(HOUR)
  t.is(storage.read('key'), null)
  clock.advance(-HOUR)
  t.is(storage.read('key'), null)
})

test('sweep removes a thousand sessions unless told otherwise', async (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ clock })
  for (let index = 0; index < 3500; index++) storage.create(`key ${index}`, record())
  clock.advance(HOUR)
  t.is(await storage.sweep?.(), 1000)
  t.is(await storage.sweep?.(0), 0)
  t.is(await storage.sweep?.(Number.NaN), 0)
  t.is(await storage.sweep?.(Infinity), 2500)
  t.is(await storage.sweep?.(), 0)
})

test('a sweep of many sessions lets others have their turn, and does not mind what they do', async (t) => {
  const clock = manualClock(NOW)
  const storage = memoryStorage({ clock })
  const isShort = (index: number): boolean => index % 20 === 0
  for (let index = 0; index < 60_000; index++) {
    storage.create(`key ${index}`, record({ expiresAt: NOW + (isShort(index) ? 1 : 2) * HOUR }))
  }
  clock.advance(HOUR)
  const swept = storage.sweep?.(Infinity)
  t.true(swept instanceof Promise)
  const other = new Promise((resolve) => {
    setImmediate(() => {
      for (let index = 1; index < 20; index++) storage.delete(`key ${index}`)
      resolve(storage.create('new', record({ expiresAt: NOW + 2 * HOUR })))
    })
  })
  t.is(await Promise.race([swept, other]), true)
  t.is(await swept, 3000)
  t.truthy(storage.read('key 59999'))
  t.truthy(storage.read('new'))
})

test('a text that was put together, and one with half a character in it, come back exactly', (t) => {
  const storage = memoryStorage({ clock: () => NOW })
  const data = ['nonce', JSON.stringify({ a: 'ä😀' }), '\uD83D', '\uDE00\uDE00'].reduce((text, part) => text + part, '')
  storage.create('key', record({ data }))
  t.is((storage.read('key') as { data: string }).data, data)
})

test('nothing that it holds is shown when it is printed', (t) => {
  const storage = memoryStorage({ clock: () => NOW })
  storage.create('secret key', record({ data: 'secret data', subject: 'secret subject', identity: 'secret identity' }))
  t.notRegex(inspect(storage, { depth: 9, showHidden: true }), /secret/)
  t.notRegex(JSON.stringify(storage), /secret/)
})

for (const maxSessions of [0, -1, 1.5, Number.NaN, '10' as unknown as number]) {
  test(`it refuses to hold ${maxSessions} sessions (${typeof maxSessions})`, (t) => {
    t.throws(() => memoryStorage({ maxSessions }), { instanceOf: SessionConfigError, message: /10_000/ })
  })
}

test('an option that does not exist is refused, with those that do', (t) => {
  const options = { max: 10 } as object
  t.throws(() => memoryStorage(options), { instanceOf: SessionConfigError, message: /'max'.*maxSessions, clock/ })
})

async function keysOf(storage: SessionStorage, subject: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of storage.list?.(subject) ?? []) keys.push(key)
  return keys
}
