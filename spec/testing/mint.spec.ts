import test, { type ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import {
  cookie,
  encrypt,
  header,
  memoryStorage,
  requireFresh,
  seal,
  session,
  sessions,
  type AnyDefinition,
  type SessionsOptions,
} from 'koa-typed-sessions'
import { cookieJar, manualClock, mint } from 'koa-typed-sessions/testing'
import { serve } from '../support/serve.ts'

interface User {
  id: string
}

const keys = ['a key for minting, of forty characters..']
const ada: User = { id: 'ada' }

/** An app that shows the session, and answers 404 where there is none. */
function show(t: ExecutionContext, definition: AnyDefinition, options: SessionsOptions = {}): Promise<string> {
  const app = new Koa()
  app.keys = keys
  app.use(sessions([definition], options))
  app.use((ctx: Context) => void (ctx.body = ctx.sessions.get(definition)))
  return serve(t, app)
}

for (const [what, definition] of [
  ['by id', cookie<User>('user', { storage: memoryStorage() })],
  ['by id, encrypted', cookie<User>('user', { storage: memoryStorage(), transform: encrypt({ keys }) })],
  ['by id, of a subject', cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })],
  ['signed with the keys of the app', cookie<User>('user')],
  ['encrypted', cookie<User>('user', { transform: encrypt({ keys }) })],
  ['sealed', cookie<User>('user', { transform: seal({ password: keys[0]! }) })],
  [
    'that can be revoked',
    cookie<User>('user', { subject: ({ id }) => id, revocations: memoryStorage({ maxSessions: Infinity }) }),
  ],
  ['in a header', header<User>('X-Session')],
  ['in a header, by id', header<User>('X-Session', { storage: memoryStorage() })],
  ['behind a scheme', header<User>('Authorization', { scheme: 'Bearer', response: 'X-Session' })],
] as const) {
  test(`a minted session ${what} is a session`, async (t) => {
    const { headers, token } = await mint(definition, ada, { keys })
    const url = await show(t, definition)
    t.is((await fetch(url)).status, 204)
    t.deepEqual(await (await fetch(url, { headers })).json(), ada)
    t.is(Object.keys(headers).length, 1)
    t.true(Object.values(headers)[0]!.endsWith(token))
  })
}

test('the headers are those that a client sends: a cookie, or the header with its scheme', async (t) => {
  const InCookie = await mint(cookie<User>('user'), ada, { keys })
  t.deepEqual(InCookie.headers, { cookie: `user=${InCookie.token}` })
  const InHeader = await mint(header<User>('X-Session'), ada, { keys })
  t.deepEqual(InHeader.headers, { 'X-Session': InHeader.token })
  t.deepEqual(InHeader.setCookie, [])
  const options = { scheme: 'Bearer', response: 'X-Session' }
  const Behind = await mint(header<User>('Authorization', options), ada, { keys })
  t.deepEqual(Behind.headers, { Authorization: `Bearer ${Behind.token}` })
})

test('by id it has an id, and its row is in the storage of the definition, under its subject', async (t) => {
  const storage = memoryStorage()
  const User = cookie<User>('user', { storage, subject: ({ id }) => id })
  const mounted = sessions([User])
  const { id, token } = await mint(User, ada)
  t.is(id, token)
  t.regex(id!, /^[\w-]{43}$/)
  t.is((await mint(cookie<User>('user'), ada, { keys })).id, undefined)
  const listed = await mounted.list(User, 'ada', { show: (value) => value.id })
  t.deepEqual(
    listed.map(({ shown }) => shown),
    ['ada'],
  )
  t.is(await mounted.revokeAll(User, 'ada'), 1)
})

test('a value that is split over several cookies is one session, and one token', async (t) => {
  const Note = cookie<{ text: string }>('note', { cookie: { chunks: 3 } })
  const note = { text: 'n'.repeat(5000) }
  const { headers, token, setCookie } = await mint(Note, note, { keys })
  const url = await show(t, Note)
  t.deepEqual(await (await fetch(url, { headers })).json(), note)
  t.is(setCookie.length, 2)
  t.true(token.length > 5000)
  t.false(token.includes(';'))
})

test('a cookie jar that is given the lines holds what a browser would', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), cookie: { path: '/account' } })
  const url = await show(t, User)
  const jar = cookieJar()
  jar.set(url, (await mint(User, ada)).setCookie)
  t.true(jar.get('user')?.attributes.has('httponly'))
  t.deepEqual(await (await jar.fetch(`${url}/account`)).json(), ada)
  t.is((await jar.fetch(`${url}/elsewhere`)).status, 204)
})

test('a session that is minted with an earlier clock is one from back then', async (t) => {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: memoryStorage({ clock }), idleTimeout: '30m' })
  const app = new Koa()
  app.use(sessions([User], { clock }))
  app.use(requireFresh(User, '10m'))
  app.use((ctx) => void (ctx.body = 'fresh'))
  const url = await serve(t, app)
  const statusAfter = async (minutes: number): Promise<number> => {
    const { headers } = await mint(User, ada, { clock: () => clock() - minutes * 60_000 })
    return (await fetch(url, { headers })).status
  }
  t.is(await statusAfter(9), 200)
  t.is(await statusAfter(11), 401)
  clock.advance(86_400_000)
  t.is(await statusAfter(0), 200)
})

test('its deadlines are those of the definition, by the clock that is given', async (t) => {
  const clock = manualClock()
  const User = cookie<User>('user', { idleTimeout: '30m' })
  const { headers } = await mint(User, ada, { keys, clock })
  const url = await show(t, User, { clock })
  clock.advance(30 * 60_000 - 1)
  t.is((await fetch(url, { headers })).status, 200)
  clock.advance(1)
  t.is((await fetch(url, { headers })).status, 204)
})

test('random bytes that repeat make the same id again', async (t) => {
  const random = (size: number): Uint8Array => new Uint8Array(size).fill(7)
  const User = () => cookie<User>('user', { storage: memoryStorage() })
  const [one, other] = [await mint(User(), ada, { random }), await mint(User(), ada, { random })]
  t.is(one.id, other.id)
  t.not((await mint(User(), ada)).id, one.id)
})

test('callbacks that look at ctx get an empty one', async (t) => {
  const seen: object[] = []
  const User = cookie<User>('user', {
    storage: memoryStorage(),
    generateId(ctx) {
      seen.push(ctx)
      return 'an-id-that-nobody-guesses'
    },
  })
  t.is((await mint(User, ada)).id, 'an-id-that-nobody-guesses')
  t.deepEqual(seen, [{}])
})

test('keys that are needed must be given, and with other keys the app takes it for none', async (t) => {
  const User = cookie<User>('user')
  const error = await t.throwsAsync(mint(User, ada), { code: 'ERR_SESSION_KEYS' })
  t.regex(error.message, /'user'.*\{ keys \}/)
  await t.throwsAsync(mint(User, ada, { keys: 'short' }), { code: 'ERR_SESSION_KEYS' })
  const { headers } = await mint(User, ada, { keys: 'another key for minting, long enough...' })
  t.is((await fetch(await show(t, User), { headers })).status, 204)
})

test('a transport of your own cannot be minted for, and the error says what to do', async (t) => {
  const transport = { receive: () => null, send: () => {}, clear: () => {} }
  const Link = session<User>('link', { transport, storage: memoryStorage() })
  const error = await t.throwsAsync(mint(Link, ada), { code: 'ERR_SESSION_CONFIG' })
  t.regex(error.message, /'link'.*custom transport/)
})

test('what a handler could not set cannot be minted, and a misspelt option is refused', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage() })
  await t.throwsAsync(mint(User, { id: (() => {}) as unknown as string }), { code: 'ERR_SESSION_VALUE' })
  await t.throwsAsync(mint(User, ada, { key: keys } as object), { code: 'ERR_SESSION_CONFIG' })
})

test('a storage that is down is an error, and no session of nothing', async (t) => {
  const down = new Error('down')
  const storage = Object.assign(memoryStorage(), { create: () => Promise.reject(down) })
  const error = await t.throwsAsync(mint(cookie<User>('user', { storage }), ada), { code: 'ERR_SESSION_STORAGE' })
  t.is((error.cause as Error).message, 'down')
})

test('what is no definition, no option and no generator is an error that says what to write', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage() })
  const untyped = mint as (...given: unknown[]) => Promise<unknown>
  for (const [given, message] of [
    [[], /mint\(\) takes a definition, .* not undefined/],
    [['user', { id: 'ada' }], /mint\(\) takes a definition, .* not a string/],
    [[User, { id: 'ada' }, null], /mint\(\) takes its options as a plain object, not null/],
    [[User, { id: 'ada' }, { clock: 0 }], /'clock' must be a function, not a number/],
    [[User, { id: 'ada' }, { clock: () => Number.NaN }], /'clock' must return the time/],
    [[User, { id: 'ada' }, { random: () => new Uint8Array(4) }], /'random' must return as many bytes/],
  ] as const)
    await t.throwsAsync(untyped(...given), { code: 'ERR_SESSION_CONFIG', message })
})
