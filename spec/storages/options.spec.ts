import test from 'ava'
import { createClient } from 'redis'
import { cachedStorage, directoryStorage, memoryStorage, SessionConfigError, storageFrom } from 'koa-typed-sessions'
import { expressStorage } from 'koa-typed-sessions/express-store'
import { postgresStorage } from 'koa-typed-sessions/postgres'
import { redisStorage } from 'koa-typed-sessions/redis'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { textsInMap } from '../support/text-storages.ts'

type Make = (...given: never[]) => unknown

const query = { query: async () => ({ rows: [] }) }
const store = { get() {}, set() {}, destroy() {} }
const client = { sendCommand: async () => null }
class Options {}

/** What no storage takes for its options. */
const NO_OPTIONS: readonly unknown[] = [
  null,
  5,
  '5',
  true,
  [],
  [{}],
  new Map(),
  new Set(),
  new Date(),
  new Options(),
  Promise.resolve({}),
  () => ({}),
  Symbol('options'),
  5n,
]

/** What nothing is kept in. */
const NOTHING: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  true,
  {},
  [],
  new Map(),
  { path: '.sessions' },
  Symbol('client'),
  5n,
  () => {},
  class Storage {},
  Promise.resolve(client),
]

const STORAGES: Readonly<
  Record<string, { make: Make; on: (path: string) => unknown; write: RegExp; strings?: string[] }>
> = {
  directoryStorage: { make: directoryStorage, on: (path) => path, write: /directoryStorage\('\.sessions'\)/ },
  cachedStorage: {
    make: cachedStorage,
    on: () => memoryStorage(),
    write: /cachedStorage\(directoryStorage\('\.sessions'\)\)/,
    strings: ['.sessions'],
  },
  storageFrom: {
    make: storageFrom,
    on: () => textsInMap(),
    write: /storageFrom\(\{ read, write, invalidate \}\)/,
    strings: ['.sessions'],
  },
  expressStorage: {
    make: expressStorage,
    on: () => store,
    write: /new RedisStore\(\{ client \}\)/,
    strings: ['redis://localhost'],
  },
  redisStorage: {
    make: redisStorage,
    on: () => client,
    write: /redisStorage\(createClient\(\)\)/,
    strings: ['redis://localhost:6379'],
  },
  postgresStorage: {
    make: postgresStorage,
    on: () => query,
    write: /postgresStorage\(new Pool\(\{ connectionString \}\)\)/,
    strings: ['postgres://localhost/app'],
  },
}

for (const [name, { make, on, write, strings = [] }] of Object.entries(STORAGES)) {
  test(`${name} refuses what it cannot keep sessions in, and says what to write and what it was given`, (t) => {
    for (const given of [...NOTHING, ...strings]) {
      const error = t.throws(() => make(given as never), { instanceOf: SessionConfigError, code: 'ERR_SESSION_CONFIG' })
      t.regex(error?.message ?? '', write)
      t.regex(error?.message ?? '', /; it was given /)
      for (const text of strings) t.false(error?.message.includes(`given ${text}`))
    }
    t.throws(() => make(Promise.resolve(on('')) as never), { message: /given a promise: await it first$/ })
    t.throws(() => make((() => on('')) as never), { message: /given a function: call it$/ })
    t.throws(() => make(class {} as never), { message: /given a class: make an instance/ })
  })

  test(`${name} refuses options that are no plain object`, (t) => {
    const target = on(temporaryFolder(t)) as never
    for (const given of NO_OPTIONS) {
      t.throws(
        () => make(target, given as never),
        { instanceOf: SessionConfigError, message: /^\w+\(\) takes its options as a plain object, not / },
        String(given),
      )
    }
    t.notThrows(() => make(target, undefined as never))
    t.notThrows(() => make(target, Object.create(null) as never))
  })
}

test('memoryStorage refuses options that are no plain object, and wrong ones', (t) => {
  for (const given of NO_OPTIONS) {
    t.throws(() => memoryStorage(given as never), { instanceOf: SessionConfigError, message: /plain object, not / })
  }
  for (const maxSessions of ['5', null, {}, [5], 5n, true, new Date(), Symbol('5')] as never[]) {
    t.throws(() => memoryStorage({ maxSessions }), { instanceOf: SessionConfigError, message: /10_000/ })
  }
})

test('a clock must be a function, and what is true or false must be that', (t) => {
  const path = temporaryFolder(t)
  const wrong = { instanceOf: SessionConfigError, message: /'clock' must be a function, not / }
  for (const clock of [5, '5', null, new Date(), {}, Promise.resolve(() => 5)] as never[]) {
    t.throws(() => memoryStorage({ clock }), wrong)
    t.throws(() => directoryStorage(path, { clock }), wrong)
    t.throws(() => cachedStorage(memoryStorage(), { clock }), wrong)
    t.throws(() => storageFrom(textsInMap(), { clock }), wrong)
    t.throws(() => expressStorage(store, { clock }), wrong)
  }
  const boolean = { instanceOf: SessionConfigError, message: /must be true or false, not / }
  for (const given of [1, 'true', null, {}] as never[]) {
    t.throws(() => directoryStorage(path, { cached: given }), boolean)
    t.throws(() => postgresStorage(query, { watch: given }), boolean)
    t.throws(() => expressStorage(store, { singleProcess: given }), boolean)
  }
  for (const given of [1, null, {}, [], ['file']] as never[]) {
    t.throws(() => directoryStorage(path, { durability: given }), { message: /'none', 'file' or 'full'/ })
    t.throws(() => postgresStorage(query, { table: given }), { message: /must be a name/ })
    t.throws(() => redisStorage(client, { prefix: given }), { message: /must be a string/ })
    t.throws(() => cachedStorage(memoryStorage(), { maxAge: [given] as never }), { message: /must be a duration/ })
  }
})

test('a client before it is connected is a client', (t) => {
  t.notThrows(() => redisStorage(createClient()))
})
