import { join } from 'node:path'
import { format, inspect } from 'node:util'
import test from 'ava'
import {
  cachedStorage,
  cookie,
  directoryStorage,
  encrypt,
  header,
  memoryStorage,
  seal,
  sessions,
  sign,
  storageFrom,
  type Sessions,
  type SessionStorage,
} from 'koa-typed-sessions'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, tokenOf } from '../support/set-cookie.ts'

interface User {
  name: string
  password: string
}

const SECRET_VALUE = 'correct horse battery staple'

/** All that a careless log line may print of something. */
function printed(thing: unknown): string {
  return [
    inspect(thing, { depth: 10 }),
    inspect(thing, { depth: 10, showHidden: true, getters: true }),
    format('%s %o %O %j', thing, thing, thing, thing),
    JSON.stringify(thing) ?? '',
    JSON.stringify({ thing, own: { ...(thing as object) } }),
    thing instanceof Error ? `${thing.stack}${inspect(thing.cause, { depth: 10 })}` : '',
  ].join('\n')
}

const STORAGES: Readonly<Record<string, (folder: string) => SessionStorage>> = {
  memoryStorage: () => memoryStorage(),
  directoryStorage: (folder) => directoryStorage(folder),
  'directoryStorage, cached': (folder) => directoryStorage(folder, { cached: true }),
  cachedStorage: () => cachedStorage(memoryStorage()),
  storageFrom: () => {
    const texts = new Map<string, string>()
    return storageFrom({
      read: (id) => texts.get(id),
      write: (id, text) => void texts.set(id, text),
      invalidate: (id) => void texts.delete(id),
    })
  },
}

for (const [name, make] of Object.entries(STORAGES)) {
  test(`printing ctx.sessions, definitions, the middleware or a storage shows no id, key or value (${name})`, async (t) => {
    const storage = make(join(temporaryFolder(t), 'sessions'))
    const transform = encrypt({ keys: [KEY] })
    const Users = cookie<User>('user', { storage, subject: (user) => user.name })
    const Signed = cookie<User>('signed', { transform: [sign(KEY), transform, seal({ password: KEY })] })
    const InHeader = header<User>('X-User', { storage })
    const all = [Users, Signed, InHeader]
    const seen: string[] = []
    const { app, request, errors } = await serveApp(t, all, {
      '/': async (ctx) => {
        const look = (): void => void seen.push(printed(ctx.sessions), inspect(ctx, { depth: 10 }), JSON.stringify(ctx))
        for (const one of all) ctx.sessions.get(one)
        look()
        for (const one of all) ctx.sessions.set(one, { name: 'ada', password: SECRET_VALUE })
        seen.push(ctx.sessions.id(Users)!)
        look()
        await ctx.sessions.commit()
        seen.push(printed(ctx.sessions))
      },
    })
    const set = await request('/')
    await request('/', { cookie: cookieOf(set, 'user', 'signed') })
    t.deepEqual(errors, [])
    const ids = seen.filter((text) => /^[\w-]{43}$/.test(text))
    t.is(ids.length, 2)
    // What Koa itself shows of a context, the request's own headers with it, is Koa's.
    const shown = [
      ...seen.filter((text) => !ids.includes(text)),
      ...all.map(printed),
      printed(storage),
      printed(transform),
      printed(sign(KEY)),
      printed(seal({ password: KEY })),
      printed(sessions(all, { app })),
    ]
    const secrets = [KEY, SECRET_VALUE]
    for (const text of shown) for (const secret of secrets) t.false(text.includes(secret), text.slice(0, 400))
    const ours = shown.filter((text) => !text.includes('user-agent'))
    t.true(ours.length >= 8)
    for (const text of ours)
      for (const secret of [...ids, tokenOf(set, 'signed')]) t.false(text.includes(secret), text.slice(0, 400))
    t.true(ours.some((text) => text.includes('user')))
  })
}

test('ctx.sessions has no method at run time that its type lacks', async (t) => {
  const methods: Record<keyof Sessions, true> = {
    get: true,
    set: true,
    clear: true,
    getOrSet: true,
    update: true,
    open: true,
    id: true,
    load: true,
    commit: true,
  }
  const { request } = await serveApp(t, [cookie<User>('user')], {
    '/': ({ sessions: s }) => JSON.stringify([Object.keys(s), Object.getOwnPropertyNames(Object.getPrototypeOf(s))]),
  })
  const [own, inherited] = JSON.parse((await request('/')).text) as string[][]
  t.deepEqual(own, [])
  // JSON.stringify calls `toJSON`.
  t.deepEqual(inherited?.toSorted(), ['constructor', 'toJSON', ...Object.keys(methods)].toSorted())
})

test('ctx.sessions as JSON is the names of the sessions that there are', async (t) => {
  const Users = cookie<User>('user', { storage: memoryStorage() })
  const { request } = await serveApp(t, [Users, header<User>('X-User')], {
    '/': ({ sessions: s }) => JSON.stringify(s),
  })
  t.deepEqual(JSON.parse((await request('/')).text), { sessions: 'user, X-User' })
})

test('errors show no id, key or value', async (t) => {
  const failing: SessionStorage = memoryStorage()
  const N = cookie<Record<string, unknown>>('notes')
  const ById = cookie<Record<string, unknown>>('by_id', { storage: failing, conflict: 'reject' })
  const Late = cookie<Record<string, unknown>>('late', { storage: memoryStorage(), deferred: true })
  const ids: string[] = []
  const { request, errors } = await serveApp(t, [N, ById, Late], {
    '/set': ({ sessions: s }) =>
      [ById, Late].forEach((one) => (s.set(one, { password: SECRET_VALUE }), ids.push(s.id(one)!))),
    '/too-large': ({ sessions: s }) => s.set(N, { password: SECRET_VALUE.repeat(200) }),
    '/function': ({ sessions: s }) => s.set(N, { password: SECRET_VALUE, check: () => SECRET_VALUE }),
    '/text': ({ sessions: s }) => s.set(N, SECRET_VALUE as never),
    '/not-loaded': ({ sessions: s }) => s.get(Late),
    '/not-mounted': ({ sessions: s }) => s.get('password'),
    '/promise': ({ sessions: s }) => s.update(ById, (async () => ({ password: SECRET_VALUE })) as never),
    '/gone': async ({ sessions: s }) => {
      await failing.delete(await keyOf())
      return s.update(ById, () => ({ password: `new ${SECRET_VALUE}` }))
    },
  })
  let asked = ''
  const { read } = failing
  failing.read = (key) => ((asked = key), read.call(failing, key))
  const keyOf = async (): Promise<string> => asked
  const cookieHeader = cookieOf(await request('/set'), 'by_id', 'late')
  for (const path of ['/too-large', '/function', '/text', '/not-loaded', '/not-mounted', '/promise', '/gone']) {
    const reply = await request(path, { cookie: cookieHeader })
    t.true(reply.status >= 400, path)
    t.false(reply.text.includes(SECRET_VALUE), path)
  }
  t.is(errors.length, 7)
  for (const error of errors)
    for (const secret of [...ids, KEY, SECRET_VALUE]) t.false(printed(error).includes(secret), String(error))
})

test('what a schema says of a refused value does not get into the error', async (t) => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'chatty',
      validate: (value: unknown) => ({ issues: [{ message: `refused ${JSON.stringify(value)}`, path: ['password'] }] }),
      types: undefined as unknown as { input: User; output: User },
    },
  }
  const N = cookie('notes', { schema })
  const { request, errors } = await serveApp(t, [N], {
    '/': ({ sessions: s }) => s.set(N, { name: 'ada', password: SECRET_VALUE }),
  })
  t.is((await request('/')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_VALUE', path: 'password' })
  t.false(printed(errors[0]).includes(SECRET_VALUE))
})

test('printing ctx.sessions, or a live session, shows nothing of the request either', async (t) => {
  const Users = cookie<User>('user', { storage: memoryStorage() })
  let seen = ''
  const { request } = await serveApp(t, [Users], {
    '/set': ({ sessions: own }) => own.set(Users, { name: 'ada', password: SECRET_VALUE }),
    '/': ({ sessions: own }) => {
      own.get(Users)
      seen = printed(own) + inspect(own, { depth: 10, showHidden: true, getters: true, compact: false })
    },
  })
  const presented = cookieOf(await request('/set'), 'user')
  await request('/', {
    cookie: `${presented}; other=of-somebody-else`,
    headers: { authorization: 'Bearer of-the-client' },
  })
  t.true(seen.length > 0)
  for (const secret of [presented, presented.slice('user='.length), 'of-somebody-else', 'of-the-client']) {
    t.false(seen.includes(secret))
  }
})
