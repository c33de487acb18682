import test from 'ava'
import { cookie, encrypt, memoryStorage, seal, sign, type RefusalReason } from 'koa-typed-sessions'
import { ENGINES } from './_support/engines.ts'
import { KEY, serveApp } from '../support/app.ts'
import { lineOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface User {
  name: string
}

for (const kind of ['by value', 'by id']) {
  const shop = async (t: Parameters<typeof serveApp>[0]) => {
    const reasons: RefusalReason[] = []
    const Users = cookie<User>('user', {
      onInvalid: (reason) => reasons.push(reason),
      ...(kind === 'by id' && { storage: memoryStorage() }),
    })
    const app = await serveApp(t, [Users], {
      '/login': (ctx) => ctx.sessions.set(Users, { name: String(ctx.query['as']) }),
      '/logout': ({ sessions }) => sessions.clear(Users),
      '/rename': ({ sessions }) => sessions.set(Users, { name: 'renamed' }),
      '/': ({ sessions }) => sessions.get(Users)?.name ?? 'nobody',
    })
    const login = async (name: string): Promise<string> => tokenOf(await app.request(`/login?as=${name}`), 'user')
    return { ...app, reasons, login }
  }

  test(`a tossed cookie that is not valid changes nothing, wherever it stands (${kind})`, async (t) => {
    const { request, login, reasons } = await shop(t)
    const ada = await login('ada')
    for (const tossed of ['forged', '', '%', 'A'.repeat(43), `${ada}x`]) {
      for (const header of [`user=${tossed}; user=${ada}`, `user=${ada}; user=${tossed}`]) {
        const reply = await request('/', { cookie: header })
        t.is(reply.text, 'ada', header)
        t.deepEqual(reply.setCookie, [], header)
      }
    }
    t.deepEqual(reasons, [])
  })

  test(`the same cookie several times counts once (${kind})`, async (t) => {
    const { request, login } = await shop(t)
    const ada = await login('ada')
    const reply = await request('/', { cookie: Array.from({ length: 20 }, () => `user=${ada}`).join('; ') })
    t.is(reply.text, 'ada')
    t.deepEqual(reply.setCookie, [])
  })

  test(`two valid cookies of one name are no session, and neither is expired (${kind})`, async (t) => {
    const { request, login, reasons } = await shop(t)
    const ada = await login('ada')
    const mallory = await login('mallory')
    for (const header of [`user=${ada}; user=${mallory}`, `user=${mallory}; user=forged; user=${ada}`]) {
      const reply = await request('/', { cookie: header })
      t.is(reply.status, 200)
      t.is(reply.text, 'nobody')
      t.deepEqual(reply.setCookie, [])
    }
    t.deepEqual(reasons, ['duplicate', 'duplicate'])
    t.is((await request('/', { cookie: `user=${ada}` })).text, 'ada')
  })

  test(`logging in past two valid cookies makes a session of its own (${kind})`, async (t) => {
    const { request, login } = await shop(t)
    const [ada, mallory] = [await login('ada'), await login('mallory')]
    const token = tokenOf(await request('/login?as=ada', { cookie: `user=${mallory}; user=${ada}` }), 'user')
    t.false(['', ada, mallory].includes(token))
    t.is((await request('/', { cookie: `user=${token}` })).text, 'ada')
  })

  test(`logging out past two valid cookies expires the cookie, and by id ends both sessions (${kind})`, async (t) => {
    const { request, login } = await shop(t)
    const [ada, mallory] = [await login('ada'), await login('mallory')]
    const reply = await request('/logout', { cookie: `user=${mallory}; user=${ada}` })
    t.regex(lineOf(reply, 'user'), /^user=; .*Max-Age=0/)
    if (kind === 'by value') return
    t.is((await request('/', { cookie: `user=${ada}` })).text, 'nobody')
    t.is((await request('/', { cookie: `user=${mallory}` })).text, 'nobody')
  })

  test(`what is set past a tossed cookie is written to the valid one's session (${kind})`, async (t) => {
    const { request, login } = await shop(t)
    const ada = await login('ada')
    const reply = await request('/rename', { cookie: `user=forged; user=${ada}` })
    const token = kind === 'by id' ? ada : tokenOf(reply, 'user')
    if (kind === 'by id') t.deepEqual(reply.setCookie, [])
    t.is((await request('/', { cookie: `user=${token}` })).text, 'renamed')
  })
}

const TOSSED = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `user=${String(n).padStart(43, 'x')}`)

test('up to eight different cookies of one name are tried, and the genuine one is found among them', async (t) => {
  const storage = controlledStorage(ENGINES['in memory']!(t))
  const Users = cookie<User>('user', { storage })
  const { request } = await serveApp(t, [Users], {
    '/login': ({ sessions }) => sessions.set(Users, { name: 'ada' }),
    '/': ({ sessions }) => sessions.get(Users)?.name ?? 'nobody',
  })
  const ada = `user=${tokenOf(await request('/login'), 'user')}`
  storage.calls.length = 0
  const reply = await request('/', { cookie: [...TOSSED(7), ada].join('; ') })
  t.is(reply.text, 'ada')
  t.deepEqual(reply.setCookie, [])
  t.is(storage.calls.length, 8)
})

const KINDS_OF_TOKENS = {
  'by id': (t: Parameters<typeof serveApp>[0]) => ({ most: 8, storage: controlledStorage(ENGINES['in memory']!(t)) }),
  signed: () => ({ most: 8, transform: sign(KEY) }),
  encrypted: () => ({ most: 8, transform: encrypt({ keys: KEY }) }),
  sealed: () => ({ most: 2, transform: seal({ password: KEY }) }),
} as const

for (const [kind, make] of Object.entries(KINDS_OF_TOKENS)) {
  test(`more different cookies of one name than may be tried are no session, and nothing is expired (${kind})`, async (t) => {
    const reasons: RefusalReason[] = []
    const { most, ...options } = make(t)
    const Users = cookie<User>('user', { ...options, onInvalid: (reason) => reasons.push(reason) })
    const { request } = await serveApp(t, [Users], {
      '/login': ({ sessions }) => sessions.set(Users, { name: 'ada' }),
      '/logout': ({ sessions }) => sessions.clear(Users),
      '/': ({ sessions }) => sessions.get(Users)?.name ?? 'nobody',
    })
    const ada = `user=${tokenOf(await request('/login'), 'user')}`
    if ('storage' in options) options.storage.calls.length = 0
    for (const cookies of [
      [ada, ...TOSSED(most)],
      [...TOSSED(most), ada],
      [...TOSSED(300), ada],
    ]) {
      const reply = await request('/', { cookie: cookies.join('; ') })
      t.is(reply.text, 'nobody')
      t.deepEqual(reply.setCookie, [])
    }
    t.deepEqual(reasons, ['duplicate', 'duplicate', 'duplicate'])
    if ('storage' in options) t.deepEqual(options.storage.calls, [])
    t.is((await request('/', { cookie: ada })).text, 'ada')
    const out = await request('/logout', { cookie: [...TOSSED(most), ada].join('; ') })
    t.regex(lineOf(out, 'user'), /^user=; .*Max-Age=0/)
    if ('storage' in options) t.is((await request('/', { cookie: ada })).text, 'nobody')
  })
}

test('where all of several cookies are refused, one that the storage no longer knows keeps them from being expired', async (t) => {
  const reasons: RefusalReason[] = []
  const Users = cookie<User>('user', { storage: memoryStorage(), onInvalid: (reason) => reasons.push(reason) })
  const { request } = await serveApp(t, [Users], { '/': ({ sessions }) => sessions.get(Users)?.name ?? 'nobody' })
  t.deepEqual((await request('/', { cookie: `user=forged; user=${'A'.repeat(43)}` })).setCookie, [])
  t.deepEqual(reasons, ['unknown-id'])
})

test('a cookie whose name only looks like ours is none of ours', async (t) => {
  const Users = cookie<User>('__Host-user', { storage: memoryStorage() })
  const { request } = await serveApp(t, [Users], {
    '/login': ({ sessions }) => sessions.set(Users, { name: 'ada' }),
    '/': ({ sessions }) => sessions.get(Users)?.name ?? 'nobody',
  })
  const token = tokenOf(await request('/login'), '__Host-user')
  t.is((await request('/', { cookie: `a=b; __Host-user=${token}` })).text, 'ada')
  for (const lookalike of [
    `__host-user=${token}`,
    `__HOST-USER=${token}`,
    `%5F_Host-user=${token}`,
    `"__Host-user"=${token}`,
    `=__Host-user=${token}`,
    `\u00a0__Host-user=${token}`,
    `\u0085__Host-user=${token}`,
    `x__Host-user=${token}`,
    `__Host-user =${token}`,
    `a=b,__Host-user=${token}`,
    `a="; __Host-user2=${token}"`,
    `$Version=1,__Host-user=${token}`,
    `__Host-user;=${token}`,
  ]) {
    const reply = await request('/', { cookie: lookalike })
    t.is(reply.text, 'nobody', lookalike)
    t.deepEqual(reply.setCookie, [], lookalike)
  }
})
