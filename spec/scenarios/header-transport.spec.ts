import test from 'ava'
import { header, isSessionError, memoryStorage, sign } from 'koa-typed-sessions'
import { KEY, serveApp } from '../support/app.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Api {
  token: string
}

const ORIGIN = { origin: 'https://app.example.org' }

test('a session in a header is answered in the header of its name, and sent back in it', async (t) => {
  const ByValue = header<Api>('X-Session')
  const ById = header<Api>('X-Id', { storage: memoryStorage() })
  const { request } = await serveApp(t, [ByValue, ById], {
    '/set': ({ sessions }) => (sessions.set(ByValue, { token: 'ä€\u{1F600}; ,"' }), sessions.set(ById, { token: 'b' })),
    '/': ({ sessions }) => [sessions.get(ByValue)?.token, sessions.get(ById)?.token],
    '/unused': () => 'ok',
  })
  const set = await request('/set')
  t.deepEqual(set.setCookie, [])
  t.is(set.headers.get('cache-control'), 'private, no-store')
  const headers = { 'x-session': set.headers.get('x-session')!, 'X-ID': set.headers.get('x-id')! }
  t.regex(headers['x-session'], /^[\w.~-]+$/)
  const reply = await request('/', { headers })
  t.deepEqual(JSON.parse(reply.text), ['ä€\u{1F600}; ,"', 'b'])
  t.is(reply.headers.get('x-session'), null)
  t.deepEqual(reply.headers.get('vary')?.split(', ').toSorted(), ['X-Id', 'X-Session'])
  t.is((await request('/unused', { headers })).headers.get('vary'), null)
})

test('clear answers an empty header, and by id the session has ended', async (t) => {
  const ByValue = header<Api>('X-Session')
  const ById = header<Api>('X-Id', { storage: memoryStorage() })
  const { request } = await serveApp(t, [ByValue, ById], {
    '/set': ({ sessions }) => (sessions.set(ByValue, { token: 'a' }), sessions.set(ById, { token: 'b' })),
    '/clear': ({ sessions }) => (sessions.clear(ByValue), sessions.clear(ById)),
    '/': ({ sessions }) => [sessions.get(ByValue), sessions.get(ById)],
  })
  const set = await request('/set')
  const headers = { 'x-session': set.headers.get('x-session')!, 'x-id': set.headers.get('x-id')! }
  const cleared = await request('/clear', { headers })
  t.is(cleared.headers.get('x-session'), '')
  t.is(cleared.headers.get('x-id'), '')
  t.is(JSON.parse((await request('/', { headers })).text)[1], null)
  t.is((await request('/clear')).headers.get('x-session'), null)
})

test('a header that holds no valid token is no session, and is answered empty', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const ByValue = header<Api>('X-Session')
  const ById = header<Api>('X-Id', { storage })
  const { request, errors } = await serveApp(t, [ByValue, ById], {
    '/': ({ sessions }) => [sessions.get(ByValue), sessions.get(ById)],
  })
  for (const text of ['x', '%', '%zz', '{"token":"a"}', 'a, b', 'a'.repeat(6000)]) {
    const reply = await request('/', { headers: { 'x-session': text, 'x-id': text } })
    t.is(reply.text, '[null,null]', text)
    t.is(reply.headers.get('x-session'), '', text)
    t.is(reply.headers.get('x-id'), '', text)
  }
  t.deepEqual([storage.calls, errors], [[], []])
})

test('behind a scheme the token is found whatever the case of the word, and nowhere else', async (t) => {
  const Tokens = header<Api>('Authorization', { scheme: 'Bearer', response: 'X-Token', storage: memoryStorage() })
  const { request } = await serveApp(t, [Tokens], {
    '/set': ({ sessions }) => sessions.set(Tokens, { token: 'a' }),
    '/clear': ({ sessions }) => sessions.clear(Tokens),
    '/': ({ sessions }) => sessions.get(Tokens)?.token ?? 'none',
  })
  const set = await request('/set')
  const token = set.headers.get('x-token')!
  t.is(set.headers.get('authorization'), null)
  for (const text of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token} `]) {
    const reply = await request('/', { headers: { authorization: text } })
    t.is(reply.text, 'a', text)
    t.is(reply.headers.get('vary'), 'Authorization')
  }
  for (const text of [
    token,
    `Basic ${token}`,
    `Bearer${token}`,
    `Bearer\u00a0${token}`,
    'Bearer',
    'Bearer ',
    `XBearer ${token}`,
  ]) {
    const reply = await request('/', { headers: { authorization: text } })
    t.is(reply.text, 'none', text)
    // Whatever else is in that header is none of ours, so nothing is to be forgotten.
    t.is(reply.headers.get('x-token'), null, text)
  }
  t.is((await request('/', { headers: { 'x-token': token } })).text, 'none')
  const cleared = await request('/clear', { headers: { authorization: `Bearer ${token}` } })
  t.is(cleared.headers.get('x-token'), '')
})

test('to a page of another origin the response header is exposed, beside what the app exposes', async (t) => {
  const Tokens = header<Api>('X-Session', { response: 'X-New-Session' })
  const { request, url } = await serveApp(t, [Tokens], {
    '/set': ({ sessions }) => sessions.set(Tokens, { token: 'a' }),
    '/expose': (ctx) => {
      ctx.set('Access-Control-Expose-Headers', 'X-Total, x-new-session-too')
      ctx.sessions.set(Tokens, { token: 'a' })
    },
    '/exposed': (ctx) => {
      ctx.set('Access-Control-Expose-Headers', 'x-new-session')
      ctx.sessions.set(Tokens, { token: 'a' })
    },
    '/': ({ sessions }) => sessions.get(Tokens)?.token,
    '/clear': ({ sessions }) => sessions.clear(Tokens),
  })
  const exposed = async (path: string, headers: Record<string, string>): Promise<string | null> =>
    (await request(path, { headers })).headers.get('access-control-expose-headers')
  t.is(await exposed('/set', ORIGIN), 'X-New-Session')
  t.is(await exposed('/set', { origin: 'null' }), 'X-New-Session')
  t.is(await exposed('/set', {}), null)
  t.is(await exposed('/set', { origin: url }), null)
  t.is(await exposed('/expose', ORIGIN), 'X-Total, x-new-session-too, X-New-Session')
  t.is(await exposed('/exposed', ORIGIN), 'x-new-session')
  const token = (await request('/set')).headers.get('x-new-session')!
  t.is(await exposed('/', { ...ORIGIN, 'x-session': token }), null)
  t.is(await exposed('/clear', { ...ORIGIN, 'x-session': token }), 'X-New-Session')
})

test("behind an error that is the client's, the header survives, with all that belongs to it", async (t) => {
  const Tokens = header<Api>('X-Session')
  const { request } = await serveApp(t, [Tokens], {
    '/': (ctx) => {
      ctx.sessions.set(Tokens, { token: 'a' })
      ctx.throw(401)
    },
  })
  const reply = await request('/', { headers: ORIGIN })
  t.is(reply.status, 401)
  t.truthy(reply.headers.get('x-session'))
  t.is(reply.headers.get('access-control-expose-headers'), 'X-Session')
  t.is(reply.headers.get('cache-control'), 'private, no-store')
})

test('a value that is too long for a header is an error with the sizes in it', async (t) => {
  const Tokens = header<Api>('X-Session', { transform: sign(KEY) })
  const { request, errors } = await serveApp(t, [Tokens], {
    '/': ({ sessions }) => sessions.set(Tokens, { token: 'a'.repeat(7000) }),
  })
  const reply = await request('/')
  t.is(reply.status, 500)
  t.is(reply.headers.get('x-session'), null)
  t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_TOO_LARGE')
  t.like(errors[0], { limit: 8192 })
})

test('a session in a header that goes by the name of something every object has is a session like any other', async (t) => {
  const Tokens = header<Api>('constructor', { storage: memoryStorage() })
  const { request } = await serveApp(t, [Tokens], {
    '/set': ({ sessions }) => sessions.set(Tokens, { token: 'a' }),
    '/': ({ sessions }) => sessions.get(Tokens)?.token ?? 'none',
  })
  const none = await request('/')
  t.is(none.text, 'none')
  t.is(none.headers.get('constructor'), null)
  const token = (await request('/set')).headers.get('constructor')!
  t.is((await request('/', { headers: { constructor: token } })).text, 'a')
})
