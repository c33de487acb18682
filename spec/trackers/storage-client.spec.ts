import test from 'ava'
import { isSessionError } from 'koa-typed-sessions'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { SessionStorageError } from '../../lib/errors.ts'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'

type Verb = 'create' | 'read' | 'update' | 'delete' | 'rotate'

/** A client of a storage that has the given methods only. */
function clientOf(storage: Partial<SessionStorage>, limits?: { brief: number; full: number }): StorageClient {
  return new StorageClient(storage as SessionStorage, 'user', manualClock(), limits)
}

function record(data: string, version = 1): SessionRecord {
  return { data, version, createdAt: 1, expiresAt: Date.now() + 60_000, identity: 'i' }
}

/** A storage, one of whose verbs fails so many times: before it has an effect, or after it. */
function failing(
  inner: SessionStorage,
  verb: Verb,
  when: 'before' | 'after',
  times: number,
  also: () => unknown = () => undefined,
) {
  const calls: Verb[] = []
  let left = times
  const storage = new Proxy(inner, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        calls.push(name as Verb)
        if (name !== verb || left === 0) return method.apply(target, given)
        left--
        if (when === 'after') {
          method.apply(target, given)
          also()
        }
        throw new Error('connection reset')
      }
    },
  })
  return { client: clientOf(storage), calls }
}

test('a read that failed is tried once more, and not twice', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const once = failing(inner, 'read', 'before', 1)
  t.like(await once.client.read('a'), { data: 'one' })
  const twice = failing(inner, 'read', 'before', 2)
  t.throws(() => twice.client.read('a'), { instanceOf: SessionStorageError })
  t.deepEqual(twice.calls, ['read', 'read'])
})

for (const when of ['before', 'after'] as const) {
  test(`a session that was created, with the answer lost ${when} the effect, is created once`, async (t) => {
    const inner = memoryStorage()
    const { client } = failing(inner, 'create', when, 1)
    t.true(await client.create('a', record('one')))
    t.like(await inner.read('a'), { data: 'one', version: 1 })
  })

  test(`an update with the answer lost ${when} the effect is done once`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { client } = failing(inner, 'update', when, 1)
    t.is(await client.update('a', record('two', 2), 1), 'ok')
    t.like(await inner.read('a'), { data: 'two', version: 2 })
  })

  test(`a rotation with the answer lost ${when} the effect is done once`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { client } = failing(inner, 'rotate', when, 1)
    t.is(await client.rotate('a', 'b', record('two', 2), 1), 'ok')
    t.like(await inner.read('b'), { data: 'two', version: 2 })
    t.is(await inner.read('a'), null)
  })

  test(`a session that was deleted, with the answer lost ${when} the effect, is gone`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { client } = failing(inner, 'delete', when, 1)
    await client.delete('a')
    t.is(await inner.read('a'), null)
  })
}

test('a write that a driver has repeated is still one’s own', async (t) => {
  const inner = memoryStorage()
  const repeating = new Proxy(inner, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        method.apply(target, given)
        return method.apply(target, given)
      }
    },
  })
  const client = clientOf(repeating)
  t.is(client.create('a', record('one')), true)
  t.is(client.update('a', record('two', 2), 1), 'ok')
  t.is(client.rotate('a', 'b', record('three', 3), 2), 'ok')
  t.like(await inner.read('b'), { data: 'three', version: 3 })
})

test('a write of another request is a conflict, and a missing session is gone', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const client = clientOf(inner)
  t.is(client.update('a', record('three', 3), 2), 'conflict')
  t.is(client.rotate('a', 'b', record('three', 3), 2), 'conflict')
  t.is(client.update('b', record('two', 2), 1), 'gone')
  t.is(client.rotate('b', 'c', record('two', 2), 1), 'gone')
})

test('a key that somebody else has taken is told from one’s own', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('another')) // by somebody else
  const { client } = failing(inner, 'create', 'before', 1)
  t.is(await client.create('a', record('one')), false)
})

test('an update on which another one stands already is not done again: nobody can tell what became of it', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const { client } = failing(inner, 'update', 'after', 1, () => inner.update('a', record('three', 3), 2))
  t.throws(() => client.update('a', record('two', 2), 1), { instanceOf: SessionStorageError })
  t.like(await inner.read('a'), { data: 'three', version: 3 })
})

test('an update of a session that was destroyed meanwhile is gone', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const { client } = failing(inner, 'update', 'after', 1, () => inner.delete('a'))
  t.is(await client.update('a', record('two', 2), 1), 'gone')
})

test('what took too long is not tried again', async (t) => {
  let calls = 0
  const client = clientOf({ delete: () => new Promise<boolean>(() => void calls++) })
  await t.throwsAsync(client.delete('a') as Promise<boolean>, { instanceOf: SessionStorageError, message: /5000 ms/ })
  t.is(calls, 1)
})

const down = new Error('the engine is down, and its password is in this message')

const TROUBLES: Readonly<Record<string, () => never | Promise<never>>> = {
  throws: () => {
    throw down
  },
  rejects: () => Promise.reject(down),
}

/** How each verb of a storage is asked. */
const VERBS: Readonly<Record<string, (client: StorageClient) => unknown>> = {
  read: (client) => client.read('a'),
  'read (brief)': (client) => client.read('a', 'brief'),
  create: (client) => client.create('a', record('one')),
  update: (client) => client.update('a', record('two', 2), 1),
  rotate: (client) => client.rotate('a', 'b', record('three', 3), 2),
  touch: (client) => client.touch('b', Date.now() + 120_000),
  delete: (client) => client.delete('b'),
  take: (client) => client.take('b'),
  sweep: (client) => client.sweep?.(),
  countExpired: (client) => client.countExpired?.(),
}

test('what a storage answers at once is there at once, and what takes time is a promise', async (t) => {
  const inner = memoryStorage()
  const later = new Proxy(inner, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown
      return async (...given: unknown[]) => method.apply(target, given)
    },
  })
  const [now, then] = [clientOf(memoryStorage()), clientOf(later)]
  for (const [verb, ask] of Object.entries(VERBS)) {
    const known = ask(now)
    t.false(known instanceof Promise, verb)
    const promised = ask(then)
    t.true(promised instanceof Promise, verb)
    t.deepEqual(await promised, known, verb)
  }
})

for (const [what, operation] of Object.entries(TROUBLES)) {
  test(`a storage that ${what} is one error, which names the session and keeps the cause to itself`, async (t) => {
    const client = clientOf(new Proxy(memoryStorage(), { get: () => operation }))
    for (const [verb, ask] of Object.entries(VERBS)) {
      const error = await t.throwsAsync(async () => ask(client), { code: 'ERR_SESSION_STORAGE' }, verb)
      t.true(isSessionError(error))
      t.like(error.cause, { message: down.message })
      t.is(error?.message, "the storage of session 'user' failed")
    }
    const steps = { next: async () => operation(), [Symbol.asyncIterator]: () => steps }
    const listing = clientOf({ list: () => steps }).list!('ada')[Symbol.asyncIterator]()
    await t.throwsAsync(listing.next(), { code: 'ERR_SESSION_STORAGE' })
    await t.throwsAsync(
      client.watch!(['a'], () => {}),
      { code: 'ERR_SESSION_STORAGE' },
    )
  })

  test(`a ticket's row is taken with one attempt, and a renewal is tried once, if the storage ${what}`, async (t) => {
    let calls = 0
    const fail = (): never | Promise<never> => {
      calls++
      return operation()
    }
    const client = clientOf({ delete: fail, touch: fail })
    await t.throwsAsync(async () => client.take('a'))
    t.is(calls, 1)
    await t.throwsAsync(async () => client.touch('a', 1))
    t.is(calls, 2)
    await t.throwsAsync(async () => client.delete('a'))
    t.is(calls, 4)
  })
}

test('a storage that does not answer is an error within the limit, and its later answer changes nothing', async (t) => {
  let answer: (value: null) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const slow = new Promise<null>((resolve) => (answer = resolve))
  const broken = new Promise<null>((_, reject) => (fail = reject))
  for (const [patience, ms] of [
    ['brief', 1],
    ['full', 2],
  ] as const) {
    for (const operation of [slow, broken]) {
      const client = clientOf({ read: () => operation }, { brief: 1, full: 2 })
      const error = await t.throwsAsync(async () => client.read('a', patience), {
        code: 'ERR_SESSION_STORAGE',
        message: `the storage of session 'user' did not answer within ${ms} ms`,
      })
      t.is(error?.cause, undefined)
    }
  }
  answer(null)
  fail(down)
  await t.throwsAsync(broken)
})

test('a client can what its storage can', (t) => {
  const { create, read, update, touch, delete: remove, rotate } = memoryStorage()
  const plain = clientOf({ create, read, update, touch, delete: remove, rotate })
  for (const method of ['list', 'watch', 'sweep', 'countExpired'] as const) {
    t.is(plain[method], undefined, method)
    t.is(typeof clientOf(memoryStorage())[method], 'function', method)
  }
})

test('a sweep may take as long as it takes', async (t) => {
  const answers: ((count: number) => void)[] = []
  const later = (): Promise<number> => new Promise((resolve) => answers.push(resolve))
  const hanging = (): Promise<null> => new Promise(() => {})
  const client = clientOf({ sweep: later, countExpired: later, read: hanging }, { brief: 1, full: 2 })
  const counts = [client.sweep?.(10), client.countExpired?.()]
  await t.throwsAsync(async () => client.read('a'), { message: /within 2 ms/ })
  for (const answer of answers) answer(7)
  t.deepEqual(await Promise.all(counts), [7, 7])
})

test('a list that throws at once is an error of the storage', async (t) => {
  const fail = (): never => {
    throw down
  }
  const listing = clientOf({ list: fail }).list!('ada')[Symbol.asyncIterator]()
  await t.throwsAsync(listing.next(), { code: 'ERR_SESSION_STORAGE' })
})

test('a list that hangs is an error within the limit', async (t) => {
  const client = clientOf(
    {
      async *list() {
        yield { key: 'a', record: record('one') }
        await new Promise(() => {})
      },
    },
    { brief: 1, full: 2 },
  )
  const keys: string[] = []
  const list = async (): Promise<void> => {
    for await (const { key } of client.list!('ada')) keys.push(key)
  }
  await t.throwsAsync(list, { code: 'ERR_SESSION_STORAGE', message: /within 2 ms/ })
  t.deepEqual(keys, ['a'])
})

/** A storage whose watch starts when it is told to, and can send messages. */
function watchable() {
  let start: () => void = () => {}
  let ended = 0
  let send: (key: string, what: 'changed' | 'gone') => void = () => {}
  const started = new Promise<void>((resolve) => (start = resolve))
  const storage: Partial<SessionStorage> = {
    async watch(_, listener) {
      send = listener
      await started
      return async () => void ended++
    },
  }
  return {
    storage,
    start,
    send: (key: string, what: 'changed' | 'gone') => send(key, what),
    ended: () => ended,
  }
}

test('a watch passes on messages about its keys, until it is ended', async (t) => {
  const { storage, start, send, ended } = watchable()
  const told: string[] = []
  const watching = clientOf(storage).watch!(['a', 'b'], (key, what) => told.push(`${key} ${what}`))
  start()
  const end = await watching
  send('a', 'changed')
  send('c', 'gone')
  send('b', 'gone')
  await end()
  send('a', 'gone')
  t.deepEqual(told, ['a changed', 'b gone'])
  t.is(ended(), 1)
})

test('a watch that starts after the limit is cancelled, and passes on nothing', async (t) => {
  const { storage, start, send, ended } = watchable()
  const told: string[] = []
  const client = clientOf(storage, { brief: 1, full: 60_000 })
  await t.throwsAsync(
    client.watch!(['a'], (key) => told.push(key)),
    { code: 'ERR_SESSION_STORAGE', message: /within 1 ms/ },
  )
  t.is(ended(), 0)
  start()
  send('a', 'changed')
  await new Promise((resolve) => setImmediate(resolve))
  t.is(ended(), 1)
  t.deepEqual(told, [])
})

test('a watch that gives nothing to end it with is an error', async (t) => {
  const client = clientOf({ watch: async () => undefined as unknown as () => Promise<void> })
  const error = await t.throwsAsync(
    client.watch!(['a'], () => {}),
    { code: 'ERR_SESSION_STORAGE' },
  )
  t.like(error?.cause, { message: 'watch of a storage must return a promise of the function that ends the watch' })
})
