import test from 'ava'
import { systemClock } from '../../lib/base/clock.ts'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { SessionStorageError } from '../../lib/errors.ts'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { RetryingStorage } from '../../lib/trackers/retrying-storage.ts'
import { StorageAccess } from '../../lib/trackers/storage-access.ts'

type Verb = 'create' | 'read' | 'update' | 'delete' | 'rotate'

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
  return { rows: new RetryingStorage(storage, new StorageAccess('user', systemClock)), calls }
}

test('a read that failed is tried once more, and not twice', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const once = failing(inner, 'read', 'before', 1)
  t.like(await once.rows.read('a', true), { data: 'one' })
  const twice = failing(inner, 'read', 'before', 2)
  t.throws(() => twice.rows.read('a', true), { instanceOf: SessionStorageError })
  t.deepEqual(twice.calls, ['read', 'read'])
})

for (const when of ['before', 'after'] as const) {
  test(`a session that was created, with the answer lost ${when} the effect, is created once`, async (t) => {
    const inner = memoryStorage()
    const { rows } = failing(inner, 'create', when, 1)
    t.true(await rows.create('a', record('one')))
    t.like(await inner.read('a'), { data: 'one', version: 1 })
  })

  test(`an update with the answer lost ${when} the effect is done once`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { rows } = failing(inner, 'update', when, 1)
    t.is(await rows.update('a', record('two', 2), 1), 'ok')
    t.like(await inner.read('a'), { data: 'two', version: 2 })
  })

  test(`a rotation with the answer lost ${when} the effect is done once`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { rows } = failing(inner, 'rotate', when, 1)
    t.is(await rows.rotate('a', 'b', record('two', 2), 1), 'ok')
    t.like(await inner.read('b'), { data: 'two', version: 2 })
    t.is(await inner.read('a'), null)
  })

  test(`a session that was deleted, with the answer lost ${when} the effect, is gone`, async (t) => {
    const inner = memoryStorage()
    await inner.create('a', record('one'))
    const { rows } = failing(inner, 'delete', when, 1)
    await rows.delete('a')
    t.is(await inner.read('a'), null)
  })
}

test('a key that somebody else has taken is told from one’s own', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('another')) // by somebody else
  const { rows } = failing(inner, 'create', 'before', 1)
  t.is(await rows.create('a', record('one')), false)
})

test('an update on which another one stands already is not done again: nobody can tell what became of it', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const { rows } = failing(inner, 'update', 'after', 1, () => inner.update('a', record('three', 3), 2))
  t.throws(() => rows.update('a', record('two', 2), 1), { instanceOf: SessionStorageError })
  t.like(await inner.read('a'), { data: 'three', version: 3 })
})

test('an update of a session that was destroyed meanwhile is gone', async (t) => {
  const inner = memoryStorage()
  await inner.create('a', record('one'))
  const { rows } = failing(inner, 'update', 'after', 1, () => inner.delete('a'))
  t.is(await rows.update('a', record('two', 2), 1), 'gone')
})

test('what took too long is not tried again', async (t) => {
  let calls = 0
  const hanging = { delete: () => new Promise<boolean>(() => void calls++) } as unknown as SessionStorage
  const rows = new RetryingStorage(hanging, new StorageAccess('user', systemClock))
  await t.throwsAsync(rows.delete('a') as Promise<boolean>, { instanceOf: SessionStorageError, message: /5000 ms/ })
  t.is(calls, 1)
})
