import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { cookie, directoryStorage, header, isSessionError, memoryStorage, sign } from 'koa-typed-sessions'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Visit {
  count: number
}

test('an id that a client made up is never adopted: what is set under it gets a new one', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => (sessions.set(Visits, { count: 1 }), sessions.id(Visits)),
    '/update': async ({ sessions }) => (
      await sessions.update(Visits, (v) => ({ count: (v?.count ?? 0) + 1 })),
      sessions.id(Visits)
    ),
    '/get-or-set': ({ sessions }) => (sessions.getOrSet(Visits, () => ({ count: 1 })), sessions.id(Visits)),
    '/regenerate': ({ sessions }) => (sessions.set(Visits, { count: 1 }, { regenerate: true }), sessions.id(Visits)),
    '/': ({ sessions }) => ({ none: !sessions.get(Visits) }),
  })
  const seen = new Set<string>()
  for (const path of ['/set', '/update', '/get-or-set', '/regenerate']) {
    const planted = `planted_${path.slice(1).replace('-', '_')}`.padEnd(43, 'x')
    const reply = await request(path, { cookie: `visits=${planted}` })
    t.regex(reply.text, /^[\w-]{43}$/, path)
    t.is(tokenOf(reply, 'visits'), reply.text, path)
    t.not(reply.text, planted, path)
    t.is((await request('/', { cookie: `visits=${planted}` })).text, '{"none":true}', path)
    seen.add(reply.text)
  }
  t.is(seen.size, 4)
})

test('an id in the query, in the body or in another header is not looked at', async (t) => {
  const Visits = cookie<Visit>('visits', { storage: memoryStorage() })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => ({ none: !sessions.get(Visits) }),
  })
  const id = tokenOf(await request('/set'), 'visits')
  t.is((await request('/', { cookie: `visits=${id}` })).text, '{"none":false}')
  const headers = { visits: id, 'x-visits': id, authorization: `Bearer ${id}` }
  t.is((await request(`/?visits=${id}`, { headers, cookie: `Visits=${id}; other=visits=${id}` })).text, '{"none":true}')
})

test('a session has its id from set on, and keeps it until the end of the request and beyond', async (t) => {
  const Visits = cookie<Visit>('visits', { storage: memoryStorage() })
  const ByValue = cookie<Visit>('by_value')
  const { request } = await serveApp(t, [Visits, ByValue], {
    '/set': ({ sessions }) => {
      const before = sessions.id(Visits)
      sessions.set(Visits, { count: 1 })
      sessions.set(ByValue, { count: 1 })
      const first = sessions.id(Visits)
      sessions.set(Visits, { count: 2 })
      return [before, first, sessions.id(Visits), sessions.id(ByValue)]
    },
    '/change': ({ sessions }) => (sessions.set(Visits, { count: 3 }), [sessions.id(Visits), sessions.get(Visits)]),
    '/': ({ sessions }) => [sessions.id(Visits), sessions.get(Visits)],
    '/clear': ({ sessions }) => (sessions.clear(Visits), { none: sessions.id(Visits) === undefined }),
  })
  const set = await request('/set')
  const id = tokenOf(set, 'visits')
  t.deepEqual(JSON.parse(set.text), [null, id, id, null])
  const changed = await request('/change', { cookie: cookieOf(set, 'visits') })
  t.deepEqual(JSON.parse(changed.text), [id, { count: 3 }])
  t.deepEqual(changed.setCookie, [])
  t.deepEqual(JSON.parse((await request('/', { cookie: `visits=${id}` })).text), [id, { count: 3 }])
  t.is((await request('/clear', { cookie: `visits=${id}` })).text, '{"none":true}')
})

test('nothing that the storage is given contains an id, and a directory holds none either', async (t) => {
  const folder = join(temporaryFolder(t), 'sessions')
  const storage = controlledStorage(directoryStorage(folder))
  const Users = cookie<{ name: string }>('users', { storage, subject: ({ name }) => name })
  const { request } = await serveApp(t, [Users], {
    '/login': (ctx) => ctx.sessions.set(Users, { name: ctx.get('x-name') }),
    '/': ({ sessions }) => sessions.get(Users)?.name,
  })
  const first = tokenOf(await request('/login', { headers: { 'x-name': 'ada@example.org' } }), 'users')
  const second = tokenOf(await request('/login', { cookie: `users=${first}`, headers: { 'x-name': 'bob' } }), 'users')
  t.is((await request('/', { cookie: `users=${second}` })).text, 'bob')

  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  const dump = [
    ...storage.keys,
    JSON.stringify(storage.records),
    ...files.map(({ parentPath, name }) => join(parentPath, name)),
    ...files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')),
  ].join('\n')
  t.true(dump.includes('{"name":"bob"}'))
  for (const id of [first, second]) {
    t.false(dump.includes(id))
    t.false(dump.includes(Buffer.from(id, 'base64url').toString('hex')))
    t.false(dump.includes(Buffer.from(id, 'base64url').toString('latin1')))
  }
  t.false(storage.records.some(({ subject }) => /ada|bob/.test(subject ?? '')))
})

test('several sessions by id on one request, on one storage, each keep to themselves', async (t) => {
  const storage = memoryStorage()
  const sessions = [
    cookie<Visit>('a', { storage }),
    cookie<Visit>('b', { storage }),
    header<Visit>('a-h', { storage }),
    cookie<Visit>('c', { storage, transform: sign(KEY) }),
  ] as const
  const [A, B, H, C] = sessions
  const { request } = await serveApp(t, sessions, {
    '/set': (ctx) => sessions.forEach((one, index) => ctx.sessions.set(one, { count: index })),
    '/clear-a': (ctx) => ctx.sessions.clear(A),
    '/change-b': (ctx) => ctx.sessions.set(B, { count: 20 }),
    '/ids': (ctx) => sessions.map((one) => ctx.sessions.id(one)),
    '/': (ctx) => [A, B, H, C].map((one) => ctx.sessions.get(one)?.count ?? null),
  })
  const reply = await request('/set')
  const call = { cookie: cookieOf(reply, 'a', 'b', 'c'), headers: { 'a-h': reply.headers.get('a-h')! } }
  t.is((await request('/', call)).text, '[0,1,2,3]')
  t.is(new Set(JSON.parse((await request('/ids', call)).text)).size, 4)
  await request('/clear-a', call)
  await request('/change-b', call)
  t.is((await request('/', call)).text, '[null,20,2,3]')
  const crossed = {
    cookie: `a=${tokenOf(reply, 'b')}; b=${tokenOf(reply, 'a')}`,
    headers: { 'a-h': tokenOf(reply, 'b') },
  }
  t.is((await request('/', crossed)).text, '[null,null,null,null]')
})

test('visitors who come at once, without a cookie, get a session each, and those who set nothing get none', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage })
  const { request } = await serveApp(t, [Visits], {
    '/set': (ctx) => ctx.sessions.set(Visits, { count: Number(ctx.query['n']) }),
    '/': ({ sessions }) => sessions.get(Visits)?.count ?? 'none',
  })
  await Promise.all(Array.from({ length: 50 }, () => request('/')))
  t.deepEqual(storage.calls, [])
  const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => request(`/set?n=${n}`)))
  t.is(new Set(replies.map((reply) => tokenOf(reply, 'visits'))).size, 50)
  const counts = await Promise.all(replies.map((reply) => request('/', { cookie: cookieOf(reply, 'visits') })))
  t.deepEqual(
    counts.map(({ text }) => Number(text)),
    Array.from({ length: 50 }, (_, n) => n),
  )
})

test('generateId is given the context, and an id that it repeats is not taken twice', async (t) => {
  const storage = memoryStorage()
  const given = ['first-id-of-sixteen', 'first-id-of-sixteen', 'other-id-of-sixteen']
  const Visits = cookie<Visit>('visits', {
    storage,
    generateId: (ctx) => ((ctx as { path: string }).path === '/stuck' ? 'first-id-of-sixteen' : given.shift()!),
  })
  const { request, errors } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/stuck': ({ sessions }) => sessions.set(Visits, { count: 2 }),
    '/': ({ sessions }) => sessions.get(Visits),
  })
  const first = tokenOf(await request('/set'), 'visits')
  const second = tokenOf(await request('/set'), 'visits')
  t.deepEqual([first, second], ['first-id-of-sixteen', 'other-id-of-sixteen'])
  const stuck = await request('/stuck')
  t.is(stuck.status, 500)
  t.deepEqual(stuck.setCookie, [])
  t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_CONFIG')
  t.is((await request('/', { cookie: `visits=${first}` })).text, '{"count":1}')
})

test('an id that generateId makes too short, or of characters that a cookie does not hold, is an error', async (t) => {
  for (const id of ['', 'ada', 'a'.repeat(15), 'a'.repeat(257), `${'a'.repeat(20)};b`, `${'a'.repeat(20)}\r\n`]) {
    const Visits = cookie<Visit>('visits', { storage: memoryStorage(), generateId: () => id })
    const { request, errors } = await serveApp(t, [Visits], {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    })
    const reply = await request('/set')
    t.is(reply.status, 500, id)
    t.deepEqual(reply.setCookie, [])
    t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_CONFIG', id)
    if (id.length >= 15) t.false((errors[0] as Error).message.includes(id))
  }
})
