// What a request costs in calls: it is the same on every machine, and a change that adds one is seen here.
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { directoryStorage, encrypt, memoryStorage, seal, sign } from 'koa-typed-sessions'
import { redisStorage } from 'koa-typed-sessions/redis'
import { createClient } from 'redis'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { count } from './_counting.ts'
import { counting, later, type Options, type Request, type Taken, watched } from './_counting-app.ts'

const SECRET = 'a secret of the counting spec, long enough'

type Make = (t: ExecutionContext) => Options

const TOKEN_SENT = 'cache-control set-cookie vary'
const SIGNED: Make = () => ({ transform: sign([SECRET]) })
const ENCRYPTED: Make = () => ({ transform: encrypt({ keys: [SECRET] }) })
const SEALED: Make = () => ({ transform: seal({ password: SECRET }) })

/** What each request takes beyond an empty middleware, to the last call: what is not named does not happen. */
type Table = Readonly<Record<Request, Taken>>

const TABLES: Readonly<Record<string, { readonly options: Make; readonly table: Table }>> = {
  'A signed session': {
    options: SIGNED,
    table: {
      'no token': {},
      'not used': {},
      read: { createHmac: 1, timingSafeEqual: 1, parse: 1, headers: 'vary' },
      write: { createHmac: 2, timingSafeEqual: 1, parse: 1, stringify: 1, headers: TOKEN_SENT },
      'write the same': { createHmac: 1, timingSafeEqual: 1, parse: 1, stringify: 1, headers: 'vary' },
      login: { createHmac: 1, stringify: 1, headers: TOKEN_SENT },
    },
  },
  'An encrypted session': {
    options: ENCRYPTED,
    table: {
      'no token': {},
      'not used': {},
      read: { createDecipheriv: 1, parse: 1, headers: 'vary' },
      write: { createDecipheriv: 1, createCipheriv: 1, parse: 1, stringify: 1, headers: TOKEN_SENT },
      'write the same': { createDecipheriv: 1, parse: 1, stringify: 1, headers: 'vary' },
      login: { createCipheriv: 1, stringify: 1, headers: TOKEN_SENT },
    },
  },
  'A session in memory': {
    options: () => ({ storage: watched(memoryStorage()) }),
    table: {
      'no token': {},
      'not used': { hash: 1, read: 1 },
      read: { hash: 1, read: 1, parse: 1, headers: 'vary' },
      write: { hash: 1, read: 1, update: 1, parse: 1, stringify: 1, headers: 'vary' },
      'write the same': { hash: 1, read: 1, parse: 1, stringify: 1, headers: 'vary' },
      login: { hash: 1, create: 1, stringify: 1, headers: TOKEN_SENT },
    },
  },
  'A session in memory that is renewed each time': {
    options: () => ({ storage: watched(memoryStorage()), touchAfter: 0 }),
    table: {
      'no token': {},
      'not used': { hash: 1, read: 1, touch: 1 },
      read: { hash: 1, read: 1, touch: 1, parse: 1, headers: 'vary' },
      write: { hash: 1, read: 1, update: 1, parse: 1, stringify: 1, headers: 'vary' },
      'write the same': { hash: 1, read: 1, touch: 1, parse: 1, stringify: 1, headers: 'vary' },
      login: { hash: 1, create: 1, stringify: 1, headers: TOKEN_SENT },
    },
  },
}

for (const [session, { options, table }] of Object.entries(TABLES)) {
  for (const [request, expected] of Object.entries(table) as [Request, Taken][]) {
    for (const definitions of [1, 8]) {
      test.serial(`${session}, ${request}, ${definitions} declared: ${told(expected)}, and no promise`, async (t) => {
        const counted = await counting(t, options(t), definitions)
        // The first login derives the keys, and the first read compiles nothing that is counted.
        await counted.take('login')
        t.deepEqual(await counted.take(request), expected)
        t.deepEqual(await counted.take(request), expected)
      })
    }
  }
}

for (const [session, options, times, opening] of [
  ['A signed', SIGNED, 2, { createHmac: 1, timingSafeEqual: 1 }],
  ['An encrypted', ENCRYPTED, 2, { createDecipheriv: 1 }],
  ['A sealed', SEALED, 1, { 'subtle.importKey': 2, 'subtle.deriveKey': 2, 'subtle.verify': 1, 'subtle.decrypt': 1 }],
] as const) {
  test.serial(
    `${session} token that another process made is opened ${times === 1 ? 'once' : 'twice'}, and its later reads take no cryptography`,
    async (t) => {
      const maker = await counting(t, options(t))
      await maker.take('login')
      const reader = await counting(t, options(t))
      // Derives the keys.
      await reader.take('login')
      reader.token = maker.token
      for (let time = 0; time < times; time++) {
        const { promise: _promise, ...opened } = await reader.take('read')
        t.deepEqual(opened, { ...opening, parse: 1, headers: 'vary' })
      }
      t.deepEqual(await reader.take('read'), { parse: 1, headers: 'vary' })
    },
  )
}

test.serial('a sealed session that is written is sealed once, and read again without cryptography', async (t) => {
  const counted = await counting(t, SEALED(t))
  await counted.take('login')
  const sealing = { 'subtle.importKey': 2, 'subtle.deriveKey': 2, 'subtle.encrypt': 1, 'subtle.sign': 1 }
  const { promise: _promise, ...written } = await counted.take('write')
  t.deepEqual(written, { ...sealing, parse: 1, stringify: 1, headers: TOKEN_SENT })
  t.deepEqual(await counted.take('read'), { parse: 1, headers: 'vary' })
  t.deepEqual(await counted.take('not used'), {})
  t.deepEqual(await counted.take('no token'), {})
})

test.serial('a session in a directory is read without a promise, and written by one update', async (t) => {
  const counted = await counting(t, { storage: watched(directoryStorage(join(temporaryFolder(t), 'sessions'))) })
  await counted.take('login')
  t.deepEqual(await counted.take('no token'), {})
  const { hash: _hash, ...read } = await counted.take('read')
  t.deepEqual(read, { read: 1, parse: 1, headers: 'vary' })
  const { read: reads, update: updates } = await counted.take('write')
  t.deepEqual({ reads, updates }, { reads: 1, updates: 1 })
})

test.serial(
  'a session in a storage that answers later costs a few promises a verb, and none without a token',
  async (t) => {
    const counted = await counting(t, { storage: watched(later(memoryStorage())) }, 8)
    await counted.take('login')
    t.deepEqual(await counted.take('no token'), {})
    const { promise: reading, ...read } = await counted.take('read')
    t.deepEqual(read, { hash: 1, read: 1, parse: 1, headers: 'vary' })
    t.true(Number(reading) >= 1 && Number(reading) <= 12, `${reading} promises`)
    const { promise: writing, ...written } = await counted.take('write')
    t.deepEqual(written, { hash: 1, read: 1, update: 1, parse: 1, stringify: 1, headers: 'vary' })
    t.true(Number(writing) >= 2 && Number(writing) <= 29, `${writing} promises`)
  },
)

const withRedis = hasRedisServer ? test.serial : test.serial.skip

withRedis(
  'A session in Redis is read by one command, written by one more, and needs none without a token',
  async (t) => {
    const server = await RedisServer.start()
    const client = await createClient({ url: server.url }).connect()
    t.teardown(async () => {
      client.destroy()
      await server.stop()
    })
    const sendCommand = (args: string[]): Promise<unknown> => {
      count('command')
      return client.sendCommand(args)
    }
    const counted = await counting(t, { storage: redisStorage({ sendCommand }) })
    await counted.take('login')
    // The first script of each kind is sent as a whole.
    await counted.take('write')
    t.deepEqual(await counted.take('no token'), {})
    for (const [request, commands] of [
      ['not used', 1],
      ['read', 1],
      ['write', 2],
      ['write the same', 1],
    ] as const) {
      t.is((await counted.take(request))['command'], commands, request)
    }
  },
)

function told(expected: Taken): string {
  const calls = Object.entries(expected).map(([what, times]) =>
    what === 'headers' ? String(times) : `${what} ${times}`,
  )
  return calls.length > 0 ? calls.join(', ') : 'nothing'
}
