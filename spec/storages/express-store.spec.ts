import { readdirSync } from 'node:fs'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { cookie, SessionConfigError, type SessionStorage } from 'koa-typed-sessions'
import { type ExpressStore, type ExpressStorageOptions, expressStorage } from 'koa-typed-sessions/express-store'
import { createClient } from 'redis'
import { gate } from '../support/gate.ts'
import { serveApp } from '../support/app.ts'
import { fileStore, PlainStore, STORES } from '../support/express-stores.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noServer, someServer } from '../support/postgres-server.ts'
import { HOUR, NOW, record } from '../support/records.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MINUTE = 60_000
const NEVER = 8.64e15
const clock = (): number => NOW

interface User {
  id: string
  count: number
}

/** What a store is given. */
interface Kept {
  readonly cookie: { readonly originalMaxAge: number; readonly maxAge: number; readonly expires: Date }
  readonly record: string
}

/** A storage for this process, at `NOW`. */
function storageOn(store: ExpressStore): SessionStorage {
  return expressStorage(store, { singleProcess: true, clock })
}

/** Every verb on what is under `key`, so that no way to the store is left out. */
const verbs: Readonly<Record<string, (storage: SessionStorage, key: string) => unknown>> = {
  create: (storage, key) => storage.create(key, record()),
  read: (storage, key) => storage.read(key),
  touch: (storage, key) => storage.touch(key, NOW + 2 * HOUR),
  update: (storage, key) => storage.update(key, record(), 1),
  rotate: (storage, key) => storage.rotate(key, `${key} new`, record(), 2),
  delete: (storage, key) => storage.delete(`${key} new`),
}

test('a store sees 64 hex digits in the place of a key, whatever the key', async (t) => {
  const sids: string[] = []
  const store = new PlainStore()
  const storage = storageOn({
    get: (sid, done) => (sids.push(sid), store.get(sid, done)),
    set: (sid, value, done) => (sids.push(sid), store.set(sid, value, done)),
    destroy: (sid, done) => (sids.push(sid), store.destroy(sid, done)),
  })
  const keys = ['../x', '', 'a\0b', 'Key', 'key', '__proto__']
  for (const key of keys) {
    for (const act of Object.values(verbs)) await act(storage, key)
  }
  t.deepEqual(
    sids.filter((sid) => !/^[0-9a-f]{64}$/.test(sid)),
    [],
  )
  t.is(new Set(sids).size, 2 * keys.length)
})

test('a store on files makes no file but those of its sessions', async (t) => {
  const path = temporaryFolder(t)
  const storage = storageOn(fileStore(t, path))
  for (const key of ['../x', '..', '', 'a/b', 'a\0b', 'CON']) t.true(await storage.create(key, record()))
  const names = readdirSync(path)
  t.is(names.length, 6)
  t.deepEqual(
    names.filter((name) => !/^[0-9a-f]{64}\.json$/.test(name)),
    [],
  )
})

for (const [when, now] of [
  ['as late as the machine', Date.now()],
  ['years before it', NOW],
  ['years after it', Date.now() + 1e11],
] as const) {
  test(`a store is told to keep a session for as long as it lives, and a minute, by a clock that is ${when}`, async (t) => {
    const store = new PlainStore()
    const storage = expressStorage(store, { singleProcess: true, clock: () => now })
    const kept = async (lifetime: number, verb: string, act: () => unknown): Promise<void> => {
      const from = Date.now()
      await act()
      const to = Date.now()
      t.is(store.sessions.size, 1)
      const { cookie: given } = [...store.sessions.values()][0] as Kept
      t.is(given.maxAge, lifetime + MINUTE, verb)
      t.is(given.originalMaxAge, given.maxAge, verb)
      t.true(given.expires instanceof Date, verb)
      t.true(given.expires.getTime() >= from + given.maxAge && given.expires.getTime() <= to + given.maxAge, verb)
    }
    const until = (lifetime: number) => record({ expiresAt: now + lifetime })
    await kept(HOUR, 'create', () => storage.create('key', until(HOUR)))
    await kept(3 * HOUR, 'touch', () => storage.touch('key', now + 3 * HOUR))
    await kept(2 * HOUR, 'update', () => storage.update('key', until(2 * HOUR), 1))
    await kept(5 * HOUR, 'rotate', () => storage.rotate('key', 'new', until(5 * HOUR), 2))
  })
}

test('the deadline that never comes is one that every engine can keep', async (t) => {
  const store = new PlainStore()
  await storageOn(store).create('key', record({ expiresAt: NEVER }))
  const { cookie: given } = [...store.sessions.values()][0] as Kept
  t.is(JSON.stringify(given.expires), '"9999-12-31T23:59:59.999Z"')
  t.true(Math.abs(Date.now() + given.maxAge - given.expires.getTime()) < MINUTE)
})

test('a deadline that has passed is none that a store could take for no deadline at all', async (t) => {
  const store = new PlainStore()
  await storageOn(store).create('key', record({ expiresAt: NOW - 100 * HOUR }))
  t.true(([...store.sessions.values()][0] as Kept).cookie.maxAge > 0)
})

test("a renewal does without the store's own touch, which may bring back what is gone", async (t) => {
  const store = Object.assign(new PlainStore(), { touch: () => t.fail('touch was called') })
  const storage = storageOn(store)
  await storage.create('key', record())
  t.true(await storage.touch('key', NOW + 2 * HOUR))
  t.like(await storage.read('key'), { expiresAt: NOW + 2 * HOUR })
})

const enoent = Object.assign(new Error('no such file'), { code: 'ENOENT' })
const absent: Readonly<Record<string, (done: (error?: unknown, found?: unknown) => void) => void>> = {
  nothing: (done) => done(),
  undefined: (done) => done(undefined, undefined),
  null: (done) => done(null, null),
  false: (done) => done(false, false),
  'that there is no such file': (done) => done(enoent),
}

for (const [what, answer] of Object.entries(absent)) {
  test(`a store that answers ${what} has no such session`, async (t) => {
    const store = new PlainStore()
    const storage = storageOn({
      get: (_, done) => answer(done),
      set: (sid, value, done) => store.set(sid, value, done),
      destroy: () => t.fail('destroy was called'),
    })
    t.is(await storage.read('key'), null)
    t.is(await storage.update('key', record(), 1), 'gone')
    t.false(await storage.touch('key', NOW + 2 * HOUR))
    t.false(await storage.delete('key'))
    t.is(store.sessions.size, 0)
    t.true(await storage.create('key', record()))
    t.is(store.sessions.size, 1)
  })
}

test('destroying a file that has gone meanwhile is no error', async (t) => {
  const store = new PlainStore()
  const storage = storageOn({
    get: (sid, done) => store.get(sid, done),
    set: (sid, value, done) => store.set(sid, value, done),
    destroy: (_, done) => done(enoent),
  })
  await storage.create('key', record())
  t.true(await storage.delete('key'))
})

test('a session of the Express app in the same store is none of ours, and stays', async (t) => {
  const store = new PlainStore()
  const storage = storageOn(store)
  await storage.create('key', record())
  const [sid = ''] = store.sessions.keys()
  for (const foreign of [{ cookie: {}, views: 1 }, { cookie: {}, record: { data: 'first' } }, 'text', 7]) {
    store.sessions.set(sid, foreign)
    t.is(await storage.read('key'), null)
    t.is(await storage.update('key', record(), 1), 'gone')
    t.false(await storage.delete('key'))
    t.is(store.sessions.get(sid), foreign)
  }
})

const failure = new Error('engine')
const failing: Readonly<Record<string, (done: (error: unknown) => void) => unknown>> = {
  'calls back with an error': (done) => void setImmediate(() => done(failure)),
  throws: () => {
    throw failure
  },
  'rejects and never calls back': () => Promise.reject(failure),
  'cannot make a file': (done) => done(enoent),
}

for (const [how, fail] of Object.entries(failing)) {
  for (const [method, verb] of [
    ['get', 'read'],
    ['set', 'touch'],
    ['destroy', 'delete'],
  ] as const) {
    if (how === 'cannot make a file' && method !== 'set') continue
    test(`what ${method} fails with is passed on as it is, where the store ${how}`, async (t) => {
      const store = new PlainStore()
      const storage = storageOn(store)
      const key = verb === 'delete' ? 'key new' : 'key'
      await storage.create(key, record())
      const mended = store[method].bind(store)
      store[method] = (...given: unknown[]) => fail(given.at(-1) as (error: unknown) => void) as void
      const error = await t.throwsAsync(async () => await verbs[verb]?.(storage, 'key'))
      t.is(error, how === 'cannot make a file' ? enoent : failure)
      Object.assign(store, { [method]: mended })
      t.deepEqual(await storage.read(key), record(), 'nothing has changed, and nothing is held up')
    })
  }
}

test('the promise that a store returns is no answer before it has called back', async (t) => {
  const store = new PlainStore()
  const stop = gate()
  const storage = storageOn({
    async get(sid, done) {
      void stop.pass().then(() => store.get(sid, done))
    },
    set: (sid, value, done) => store.set(sid, value, done),
    destroy: (sid, done) => store.destroy(sid, done),
  })
  const creating = storage.create('key', record())
  await stop.reached
  await nextTurn()
  t.is(store.sessions.size, 0)
  stop.open()
  t.true(await creating)
  t.deepEqual(await storage.read('key'), record())
})

test('a query that a store returns is not run once more', async (t) => {
  const store = new PlainStore()
  const then = () => t.fail('then was called')
  const storage = storageOn({
    // oxlint-disable-next-line unicorn/no-thenable -- what query builders have
    get: (sid, done) => (store.get(sid, done), { then }),
    set: (sid, value, done) => store.set(sid, value, done),
    destroy: (sid, done) => store.destroy(sid, done),
  })
  t.true(await storage.create('key', record()))
  t.deepEqual(await storage.read('key'), record())
})

test('a write that is on its way to the store when the session is destroyed does not bring it back', async (t) => {
  for (const late of ['update', 'touch'] as const) {
    const stop = gate()
    const store = new PlainStore()
    await storageOn(store).create('key', record())
    const storage = storageOn({
      get: (sid, done) => store.get(sid, done),
      set: (sid, value, done) => void stop.pass().then(() => store.set(sid, value, done)),
      destroy: (sid, done) => store.destroy(sid, done),
    })
    const writing = verbs[late]?.(storage, 'key')
    await stop.reached
    const deleting = storage.delete('key')
    await nextTurn()
    stop.open()
    await writing
    t.true(await deleting)
    t.is(store.sessions.size, 0)
  }
})

for (const [name, create] of Object.entries(STORES)) {
  test(`over ${name}, concurrent updates all count, and a logout ends the session for a slow request too`, async (t) => {
    const User = cookie<User>('user', { storage: expressStorage(create(t), { singleProcess: true }) })
    const stop = gate()
    const { browser, errors } = await serveApp(t, [User], {
      '/in': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
      '/out': (ctx) => ctx.sessions.clear(User),
      '/count': async (ctx) => {
        ctx.body = await ctx.sessions.update(User, (user) => ({ id: 'ada', count: (user?.count ?? 0) + 1 }))
      },
      '/slow': async (ctx) => {
        ctx.sessions.get(User)
        await stop.pass()
        ctx.sessions.set(User, { id: 'ada', count: 100 })
        ctx.body = 'done'
      },
    })
    const ada = browser()
    t.is((await ada.get('/in')).status, 204)
    const pages = await Promise.all(Array.from({ length: 5 }, () => ada.get('/count')))
    const counted = [1, 2, 3, 4, 5].map((count) => JSON.stringify({ id: 'ada', count }))
    t.deepEqual(pages.map(({ text }) => text).sort(), counted)
    t.is((await ada.get('/get')).text, counted[4] ?? '')
    const thief = ada.copy()
    const slow = ada.copy()
    const slowPage = slow.get('/slow')
    await stop.reached
    await ada.get('/out')
    stop.open()
    t.deepEqual((await slowPage).setCookie, [])
    t.is((await thief.get('/get')).text, 'none')
    t.deepEqual(errors, [])
  })
}

test('over session-file-store, a session outlives the app', async (t) => {
  const path = temporaryFolder(t)
  const start = () => {
    const User = cookie<User>('user', { storage: expressStorage(fileStore(t, path), { singleProcess: true }) })
    return serveApp(t, [User], {
      '/in': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 7 }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
    })
  }
  const ada = (await start()).browser()
  await ada.get('/in')
  const later = (await start()).browser()
  for (const [name, value] of ada.cookies) later.cookies.set(name, value)
  t.deepEqual(await later.json('/get'), { id: 'ada', count: 7 })
})

if (!hasRedisServer) {
  test.skip('connect-redis removes no session before its time (no redis-server here)', () => {})
} else {
  test('connect-redis removes no session before its time', async (t) => {
    const server = await RedisServer.start()
    t.teardown(() => server.stop())
    const client = createClient({ url: server.url }).on('error', () => undefined)
    await client.connect()
    t.teardown(() => client.destroy())
    const storage = storageOn(new RedisStore({ client }))
    for (const lifetime of [HOUR, 30 * 24 * HOUR, NEVER]) {
      await client.flushDb()
      await storage.create('key', record({ expiresAt: Math.min(NOW + lifetime, NEVER) }))
      const [key = ''] = await client.keys('*')
      await atLeast(t, lifetime, async () => await client.pTTL(key))
    }
  })
}

if (noServer !== undefined) {
  test.skip(`connect-pg-simple removes no session before its time (skipped, since ${noServer})`, () => {})
} else {
  test('connect-pg-simple removes no session before its time, in any time zone', async (t) => {
    const server = await someServer()
    t.teardown(() => server.stop())
    const pool = postgresPool({ connectionString: server.url, options: '-c TimeZone=Europe/Berlin' })
    t.teardown(() => pool.end())
    const schemaName = `spec_express_${process.pid}`
    await pool.query(`CREATE SCHEMA ${schemaName}`)
    t.teardown(async () => void (await pool.query(`DROP SCHEMA ${schemaName} CASCADE`)))
    const PGStore = connectPgSimple(session)
    const store = new PGStore({ pool, schemaName, createTableIfMissing: true, pruneSessionInterval: false })
    const storage = storageOn(store)
    for (const lifetime of [HOUR, 30 * 24 * HOUR, NEVER]) {
      await storage.create(`${lifetime}`, record({ expiresAt: Math.min(NOW + lifetime, NEVER) }))
      await atLeast(t, lifetime, async () => {
        const left = `(EXTRACT(EPOCH FROM max(expire)::timestamptz) * 1000)::float8 AS at FROM ${schemaName}.session`
        return ((await pool.query<{ at: number }>(`SELECT ${left}`)).rows[0]?.at ?? 0) - Date.now()
      })
    }
    await new Promise<void>((resolve, reject) => {
      store.pruneSessions((error?: Error) => (error ? reject(error) : resolve()))
    })
    t.deepEqual(await storage.read(`${HOUR}`), record())
  })
}

/** Lets everything go on that only waits for the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** That an engine keeps a session of that lifetime as long as it must; for ever is longer than any of us will see. */
async function atLeast(t: ExecutionContext, lifetime: number, left: () => Promise<number>): Promise<void> {
  const remaining = await left()
  t.true(remaining >= Math.min(lifetime, 1000 * 365 * 24 * HOUR), `${remaining} of ${lifetime} ms`)
}

test('where several processes could share the store, the first storage of a process warns of it, and no other one', async (t) => {
  const warnings: (Error & { code?: string })[] = []
  const listener = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  expressStorage(new PlainStore(), { singleProcess: true })
  await nextTurn()
  t.deepEqual(ours(), [])
  expressStorage(new PlainStore())
  expressStorage(new PlainStore(), { singleProcess: false })
  await nextTurn()
  t.is(ours().length, 1)
  t.is(ours()[0]?.name, 'SessionWarning')
  t.regex(ours()[0]?.message ?? '', /inside one process only.*redisStorage or postgresStorage.*singleProcess: true/)

  function ours() {
    return warnings.filter(({ code }) => code === 'WARN_SESSION_SINGLE_PROCESS')
  }
})

test('it says how far its promises reach, and has no method for what it cannot do', (t) => {
  const storage = expressStorage(new PlainStore(), { singleProcess: true })
  t.is(storage.scope, 'process')
  t.deepEqual([storage.list, storage.watch, storage.sweep, storage.close], [undefined, undefined, undefined, undefined])
})

test('nothing that it holds is shown when it is printed', async (t) => {
  const storage = storageOn(new PlainStore())
  await storage.create('secret key', record({ data: 'secret data' }))
  t.notRegex(inspect(storage, { depth: 9, showHidden: true }), /secret|record|sessions/)
})

for (const method of ['get', 'set', 'destroy']) {
  test(`a store without ${method} is refused`, (t) => {
    const store = Object.assign(new PlainStore(), { [method]: undefined }) as unknown as ExpressStore
    t.throws(() => expressStorage(store), { instanceOf: SessionConfigError, message: new RegExp(`needs ${method}`) })
  })
}

test('what makes stores is no store', (t) => {
  const Store = connectPgSimple(session) as unknown as ExpressStore
  t.throws(() => expressStorage(Store), { instanceOf: SessionConfigError, message: /a store of express-session/ })
  t.throws(() => expressStorage(undefined as unknown as ExpressStore), { instanceOf: SessionConfigError })
})

test('an option that does not exist is refused, with those that do; so is one that is no answer', (t) => {
  const wrong = (options: object, message: RegExp) =>
    t.throws(() => expressStorage(new PlainStore(), options as ExpressStorageOptions), {
      instanceOf: SessionConfigError,
      message,
    })
  wrong({ ttl: 10 }, /'ttl'.*singleProcess, clock/)
  wrong({ singleProcess: 'yes' }, /singleProcess/)
})
