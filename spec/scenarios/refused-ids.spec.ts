import test from 'ava'
import { cookie, encrypt, memoryStorage, sign, type RefusalReason } from 'koa-typed-sessions'
import { KEY, serveApp } from '../support/app.ts'
import { cookieOf, lineOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Visit {
  count: number
}

test('a well-formed id that the storage does not know is no session, and its cookie is left alone', async (t) => {
  const reasons: RefusalReason[] = []
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage, onInvalid: (reason) => reasons.push(reason) })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/clear': ({ sessions }) => sessions.clear(Visits),
    '/': ({ sessions }) => ({ none: sessions.get(Visits) === undefined }),
    '/unused': () => 'ok',
  })
  const ended = cookieOf(await request('/set'), 'visits')
  await request('/clear', { cookie: ended })
  for (const presented of [ended, `visits=${'A'.repeat(43)}`]) {
    for (const path of ['/', '/unused']) {
      const reply = await request(path, { cookie: presented })
      t.is(reply.status, 200)
      t.deepEqual(reply.setCookie, [])
    }
  }
  t.deepEqual(reasons, ['unknown-id', 'unknown-id', 'unknown-id', 'unknown-id'])
})

test('what has not the form of an id never gets to the storage, and its cookie is expired', async (t) => {
  const reasons: RefusalReason[] = []
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage, onInvalid: (reason) => reasons.push(reason) })
  const { request } = await serveApp(t, [Visits], { '/': () => 'unused' })
  const hostile = [
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}=`,
    `${'A'.repeat(42)}+`,
    `"${'A'.repeat(43)}"`,
    `%41${'A'.repeat(42)}`,
    '../'.repeat(14),
    '%00',
    '__proto__',
    'constructor',
    'null',
    '0',
    `${'A'.repeat(43)}.0`,
    'A'.repeat(8000),
  ]
  for (const id of hostile) {
    const reply = await request('/', { cookie: `visits=${id}` })
    t.is(reply.status, 200, id)
    t.regex(lineOf(reply, 'visits'), /^visits=; .*Max-Age=0/, id)
  }
  t.deepEqual(
    reasons,
    hostile.map(() => 'malformed'),
  )
  t.deepEqual(storage.calls, [])
})

test('a signed or encrypted id that was forged never gets to the storage', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const reasons: RefusalReason[] = []
  const onInvalid = (reason: RefusalReason): void => void reasons.push(reason)
  const Signed = cookie<Visit>('signed', { storage, onInvalid, transform: sign(KEY) })
  const Encrypted = cookie<Visit>('encrypted', { storage, onInvalid, transform: encrypt({ keys: KEY }) })
  const { request } = await serveApp(t, [Signed, Encrypted], {
    '/set': ({ sessions }) => (sessions.set(Signed, { count: 1 }), sessions.set(Encrypted, { count: 2 })),
    '/': ({ sessions }) => [sessions.get(Signed), sessions.get(Encrypted)],
    '/ids': ({ sessions }) => [sessions.id(Signed), sessions.id(Encrypted)],
  })
  const reply = await request('/set')
  const [signed, encrypted] = [tokenOf(reply, 'signed'), tokenOf(reply, 'encrypted')]
  const good = `signed=${signed}; encrypted=${encrypted}`
  t.deepEqual(JSON.parse((await request('/', { cookie: good })).text), [{ count: 1 }, { count: 2 }])
  const ids = JSON.parse((await request('/ids', { cookie: good })).text) as string[]
  t.false(encrypted.includes(ids[1]!))
  storage.calls.length = 0
  const forged = `signed=${signed.slice(0, -2)}; encrypted=${encrypted.slice(0, -2)}`
  t.is((await request('/', { cookie: forged })).text, '[null,null]')
  t.is((await request('/', { cookie: `signed=${ids[0]}; encrypted=${ids[1]}` })).text, '[null,null]')
  t.deepEqual(storage.calls, [])
  t.is(reasons.length, 4)
})
