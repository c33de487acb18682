import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isSessionError, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { expressStorage } from '../../lib/storages/express-store.ts'
import { postgresStorage } from '../../lib/storages/postgres.ts'
import { redisStorage } from '../../lib/storages/redis.ts'
import { storageFrom } from '../../lib/storages/text.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'
import { storageFailure } from '../../lib/trackers/storage-failure.ts'
import { leaks } from '../support/leaks.ts'
import { lite, liteStage } from '../support/postgres-lite.ts'
import { onServer } from '../support/postgres-stage.ts'
import { singleNodeClients } from '../support/redis-clients.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KEY = 'kEy_0123456789-abcdefghijklmnopqrstuvwxyz_Q'
const IDENTITY = 'idEntity_0123456789-ab'
const SUBJECT = 'sUbject_0123456789-abcdefghijklmnopqrstuvwxy'
const VALUE = '[{"card":"4111 1111","note":"it\'s \\"SECRET\\" (really)"}]'
/** On a busy machine a server takes its time. */
const PATIENCE = 60_000
const PLANTED = [KEY, IDENTITY, SUBJECT, '4111', 'SECRET', 'really', 'card']
const record = {
  data: `nOnce_0123456789${VALUE}`,
  version: 1,
  createdAt: Date.now(),
  expiresAt: Date.now() + 3_600_000,
  identity: IDENTITY,
  subject: SUBJECT,
}

/** Every verb that fails is one error, whose message has the code, and which shows nothing of what it was asked with. */
async function showsNothing(t: ExecutionContext, engine: SessionStorage, code: string | undefined): Promise<void> {
  const client = new StorageClient(engine, 'user', manualClock(), { brief: PATIENCE, full: PATIENCE })
  const calls: readonly (() => unknown)[] = [
    () => client.create(KEY, record),
    () => client.read(KEY),
    () => client.update(KEY, record, 1),
    () => client.rotate(KEY, `${KEY}2`, record, 1),
    () => client.touch(KEY, record.expiresAt + 1),
    () => client.delete(KEY),
  ]
  let failures = 0
  for (const call of calls) {
    try {
      await call()
    } catch (error) {
      failures++
      t.true(isSessionError(error), String(error))
      t.like(error, { code: 'ERR_SESSION_STORAGE', status: 503 })
      if (code) t.like((error as Error).cause, { code }, (error as Error).message)
      t.true((error as Error).message.startsWith("the storage of session 'user' failed"))
      if (code) t.true((error as Error).message.includes(code), (error as Error).message)
      t.deepEqual(leaks(error, PLANTED), [])
    }
  }
  t.true(failures > 0)
}

for (const [client, connect] of Object.entries(singleNodeClients)) {
  const redis = hasRedisServer ? test : test.skip
  redis(`an error of Redis tells its code and no key or value (${client})`, async (t) => {
    const server = await RedisServer.start()
    t.teardown(() => server.stop())
    const connection = await connect(t, server)
    const send = (...args: [string, ...string[]]): Promise<unknown> =>
      'call' in connection
        ? connection.call(args[0], args.slice(1))
        : (connection as { sendCommand(args: string[]): Promise<unknown> }).sendCommand(args)
    const storage = redisStorage(connection)
    await send('CONFIG', 'SET', 'maxmemory', '1')
    await showsNothing(t, storage, undefined)
    await send('CONFIG', 'SET', 'maxmemory', '0')
    await send('ACL', 'SETUSER', 'default', '-@all', '+acl')
    await showsNothing(t, storage, undefined)
  })

  redis(`what Redis says of a command that it does not know, the arguments, is not told (${client})`, async (t) => {
    const server = await RedisServer.start('--rename-command', 'EVALSHA', '', '--rename-command', 'HMGET', '')
    t.teardown(() => server.stop())
    await showsNothing(t, redisStorage(await connect(t, server)), undefined)
  })
}

const CHECKED = 'ADD CONSTRAINT short CHECK (length(data) < 5)'
const TYPED = 'ALTER COLUMN data TYPE json USING data::json'

test('an error of PGlite tells its code and no row', async (t) => {
  for (const [change, code] of [
    [CHECKED, '23514'],
    [TYPED, undefined],
  ] as const) {
    const { table, storage } = await liteStage()
    await lite.exec(`ALTER TABLE ${table} ${change}`)
    await showsNothing(t, storage, code)
  }
})

onServer('an error of PostgreSQL tells its code and no row', async (t, { pool, table, storage }) => {
  await pool.query(`ALTER TABLE ${table} ${CHECKED}`)
  await showsNothing(t, storage, '23514')
  await showsNothing(t, postgresStorage(pool, { table: 'spec.missing' }), '42P01')
})

test('an error of a directory tells its code and no path', async (t) => {
  const path = join(temporaryFolder(t), `${SUBJECT} card`)
  const storage = directoryStorage(path)
  await storage.create(KEY, record)
  for (const folder of ['tmp', 'trash']) {
    rmSync(join(path, folder), { recursive: true })
    writeFileSync(join(path, folder), '')
  }
  await showsNothing(t, storage, 'ENOTDIR')
  rmSync(path, { recursive: true })
  mkdirSync(path)
})

test('an error of an express-session store tells its code and nothing that it carries', async (t) => {
  const failing = (sid: string, ...rest: unknown[]): void => {
    const done = rest.at(-1) as (error: unknown) => void
    const error = Object.assign(new Error(`cannot keep ${JSON.stringify(rest[0])}`), {
      code: 'EBROKEN',
      sid,
      rest,
      record,
    })
    done(Object.assign(error, { cause: new Error(VALUE), errors: [VALUE] }))
  }
  const store = { get: failing, set: failing, destroy: failing }
  await showsNothing(t, expressStorage(store, { singleProcess: true }), 'EBROKEN')
})

test('the errors of a storage of one’s own tell nothing that they carry', async (t) => {
  const fail = (): never => {
    throw Object.assign(new Error(`'${VALUE}'`), { code: 'EBROKEN', detail: VALUE, where: VALUE, parameters: [VALUE] })
  }
  await showsNothing(t, storageFrom({ read: fail, write: fail, invalidate: fail }), 'EBROKEN')
})

const named = Object.assign(new Error('down'), { name: VALUE, stack: VALUE, code: 'EDOWN' })
const many = new AggregateError([Object.assign(new Error('connect ECONNREFUSED ::1:6379'), { address: VALUE })], '')
const circle = new AggregateError([], '')
circle.errors.push(circle)
let deep: unknown = new Error(VALUE)
for (let depth = 0; depth < 100_000; depth++) deep = { errors: [deep] }

const THROWN: Readonly<Record<string, readonly [thrown: unknown, message: string]>> = {
  'an error as any driver has it': [
    new Error('connect ECONNREFUSED 127.0.0.1:6379'),
    'connect ECONNREFUSED 127.0.0.1:6379',
  ],
  'an error with a value in quotation marks': [
    new Error(`invalid input syntax for type json: "${VALUE}"`),
    'invalid input syntax for type json: …',
  ],
  'an error with a value that is cut off': [new Error(`wrong: "${VALUE.slice(0, 30)}`), 'wrong: …'],
  'an error with a value in brackets': [new Error(`wrong: ${VALUE}`), 'wrong: …'],
  'an error with a key as it is': [new Error(`no row ${KEY} of ${SUBJECT}`), 'no row … of …'],
  'an error with an apostrophe': [new Error("it's down, isn't it?"), "it's down, isn't it?"],
  'an error with a value on its second line': [new Error('down\nSECRET card'), 'down…'],
  'an error whose name and stack hold a value': [named, 'down'],
  'an error whose code is a value': [Object.assign(new Error('down'), { code: VALUE }), 'down'],
  'several errors at once': [many, 'connect ECONNREFUSED ::1:6379'],
  'an error that is its own cause': [circle, 'the storage threw an error without a message'],
  'errors in errors, without end': [deep, 'the storage threw a value that is not an error'],
  'a text': [`down: ${VALUE}`, 'down: …'],
  'an object with a message': [{ message: 'down', VALUE }, 'down'],
  'an object without one': [{ VALUE, card: '4111' }, 'the storage threw an error without a message'],
  'an object whose getters throw': [
    Object.defineProperty({}, 'message', {
      get: () => {
        throw new Error(VALUE)
      },
    }),
    'the storage threw a value that is not an error',
  ],
  'a proxy that throws': [
    new Proxy(
      {},
      {
        get: () => {
          throw new Error(VALUE)
        },
      },
    ),
    'the storage threw a value that is not an error',
  ],
  null: [null, 'the storage threw a value that is not an error'],
  undefined: [undefined, 'the storage threw a value that is not an error'],
  'a number': [4111, 'the storage threw a value that is not an error'],
  'a function': [function card() {}, 'the storage threw a value that is not an error'],
}

for (const [what, [thrown, message]] of Object.entries(THROWN)) {
  test(`of what a storage throws only the message and the code are told: ${what}`, async (t) => {
    const fail = (): never => {
      throw thrown
    }
    for (const read of [fail, () => Promise.reject(thrown)]) {
      const client = new StorageClient({ read } as unknown as SessionStorage, 'user', manualClock())
      const error = await t.throwsAsync(async () => client.read(KEY), { code: 'ERR_SESSION_STORAGE' })
      t.like(error.cause, { message: message })
      t.true(error?.cause instanceof Error)
      t.deepEqual(leaks(error, PLANTED), [])
    }
  })
}

test('a storage that throws nothing at all has failed all the same', async (t) => {
  const storage = storageFrom({ read: () => Promise.reject(undefined), write: () => {}, invalidate: () => {} })
  const client = new StorageClient(storage, 'user', manualClock())
  await t.throwsAsync(async () => client.read(KEY), { code: 'ERR_SESSION_STORAGE' })
})

test('a promise that was thrown, and rejects, does not end the process', async (t) => {
  const error = storageFailure('user', Promise.reject(new Error(VALUE)))
  await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual(leaks(error, PLANTED), [])
})

test('the code of what failed stands in the message, where a developer sees it at once', (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' })
  t.is(storageFailure('user', refused).message, "the storage of session 'user' failed (ECONNREFUSED)")
  t.is(
    storageFailure('user', new AggregateError([refused], '')).message,
    "the storage of session 'user' failed (ECONNREFUSED)",
  )
  t.is(storageFailure('user', new Error('down')).message, "the storage of session 'user' failed")
})
