import test from 'ava'
import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { pooledRandom } from '../../lib/base/random.ts'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { StorageKeys } from '../../lib/trackers/session-keys.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'
import { TwinList, type Twin } from '../../lib/trackers/twin-list.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

const clock = manualClock(1000)
const keys = new StorageKeys('user', 'cookie', 'own')
const twin = (key: string, deadline = 5000): Twin => ({ keys: [key], deadline })

function listIn(storage: SessionStorage): TwinList {
  return new TwinList({
    name: 'user',
    storage: new StorageClient(storage, 'user', clock),
    keys,
    clock,
    random: pooledRandom(),
  } as never)
}

test('a list is created, changed and deleted', async (t) => {
  const storage = memoryStorage({ clock })
  const list = listIn(storage)
  t.deepEqual(await list.read('i', 'full'), { twins: null, version: 0 })
  t.false(await list.change('i', (twins) => twins))
  t.true(await list.change('i', () => [twin('a'), twin('b', 9000)]))
  t.deepEqual(await list.read('i', 'full'), { twins: [twin('a'), twin('b', 9000)], version: 1 })
  t.true(await list.change('i', (twins) => [...twins!, twin('c')]))
  t.deepEqual(await list.read('i', 'full'), { twins: [twin('a'), twin('b', 9000), twin('c')], version: 2 })
  const record = await storage.read(keys.twinsKey('i'))
  t.like(record, { createdAt: 1000, expiresAt: 9000, identity: 'i', version: 2 })
  clock.advance(10)
  await list.change('i', (twins) => twins)
  t.is((await storage.read(keys.twinsKey('i')))?.createdAt, 1000)
  await list.delete('i')
  t.deepEqual(await list.read('i', 'full'), { twins: null, version: 0 })
})

test('a change is made again on what another request has written, twenty times at most', async (t) => {
  const storage = memoryStorage({ clock })
  const list = listIn(storage)
  const other = listIn(storage)
  await list.change('i', () => [twin('a')])
  let attempts = 0
  const racing: SessionStorage = Object.assign(controlledStorage(storage), {
    read: async (key: string) => {
      const record = await storage.read(key)
      if (++attempts <= 3) await other.change('i', (twins) => [...twins!, twin(`b${attempts}`)])
      return record
    },
  })
  t.true(await listIn(racing).change('i', (twins) => [...twins!, twin('c')]))
  t.deepEqual(
    (await list.read('i', 'full')).twins?.map((one) => one.keys[0]),
    ['a', 'b1', 'b2', 'b3', 'c'],
  )

  let changes = 0
  const losing: SessionStorage = Object.assign(controlledStorage(storage), {
    update: () => 'conflict',
  })
  t.false(await listIn(losing).change('i', (twins) => (changes++, twins)))
  t.is(changes, 20)
})

test('only the latest 64 ids, and the latest 64 keys of each, are kept', async (t) => {
  const list = listIn(memoryStorage({ clock }))
  const many = Array.from({ length: 65 }, (_, at) => twin(`k${at}`))
  const names = Array.from({ length: 65 }, (_, at) => `n${at}`)
  await list.change('i', () => [...many, { keys: names, deadline: 5000 }])
  const { twins } = await list.read('i', 'full')
  t.is(twins?.length, 64)
  t.deepEqual(twins?.[0], twin('k2'))
  t.deepEqual(twins?.at(-1)?.keys, names.slice(1))
})

for (const data of ['', '0123456789abcdef', '0123456789abcdef{', '0123456789abcdef{}']) {
  test(`a row that holds ${JSON.stringify(data)} is not a list`, async (t) => {
    const storage = memoryStorage({ clock })
    await storage.create(keys.twinsKey('i'), { data, version: 1, createdAt: 0, expiresAt: 1e15, identity: 'i' })
    t.deepEqual(await listIn(storage).read('i', 'full'), { twins: null, version: 1 })
  })
}
