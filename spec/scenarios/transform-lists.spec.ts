import test from 'ava'
import { cookie, encrypt, memoryStorage, plain, sign, transformer, type RefusalReason } from 'koa-typed-sessions'
import { KEY, OTHER_KEY, serveApp } from '../support/app.ts'
import { cookieOf, lineOf, tokenOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

/** Puts a mark before the text, and wants it back. */
const marked = (mark: string, calls: string[] = []) =>
  transformer({
    encode: (text) => (calls.push(`+${mark}`), mark + text),
    decode: (token) => (calls.push(`-${mark}`), token.startsWith(mark) ? token.slice(mark.length) : null),
  })

test('transformers of a list are applied in order on the way out, in reverse on the way in, and the first refusal ends it', async (t) => {
  const calls: string[] = []
  const reasons: RefusalReason[] = []
  const Visits = cookie<Visit>('visits', {
    transform: [marked('a', calls), marked('b', calls), marked('c', calls)],
    onInvalid: (reason) => reasons.push(reason),
  })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits) ?? 'none',
  })
  const token = tokenOf(await request('/set'), 'visits')
  t.true(decodeURIComponent(token).startsWith('cba'))
  t.is((await request('/', { cookie: `visits=${token}` })).text, '{"count":1}')
  t.deepEqual(calls, ['+a', '+b', '+c', '-c', '-b', '-a'])
  calls.length = 0
  t.is((await request('/', { cookie: 'visits=cxa' })).text, 'none')
  t.deepEqual(calls, ['-c', '-b'])
  t.deepEqual(reasons, ['malformed'])
})

test("what a transformer of one's own throws for a token is no session; what it throws on the way out is an error", async (t) => {
  const broken = (): never => {
    throw new Error('broken')
  }
  const Throwing = cookie<Visit>('throwing', { transform: transformer({ encode: broken, decode: broken }) })
  const Rejecting = cookie<Visit>('rejecting', {
    transform: transformer({ async: true, encode: async () => broken(), decode: async () => broken() }),
  })
  const { request, errors } = await serveApp(t, [Throwing, Rejecting], {
    '/': ({ sessions }) => ({ none: !sessions.get(Throwing) && !sessions.get(Rejecting) }),
    '/throwing': ({ sessions }) => sessions.set(Throwing, { count: 1 }),
    '/rejecting': ({ sessions }) => sessions.set(Rejecting, { count: 1 }),
  })
  const reply = await request('/', { cookie: 'throwing=a; rejecting=b' })
  t.is(reply.text, '{"none":true}')
  t.regex(lineOf(reply, 'throwing'), /Max-Age=0/)
  t.regex(lineOf(reply, 'rejecting'), /Max-Age=0/)
  t.deepEqual(errors, [])
  for (const path of ['/throwing', '/rejecting']) {
    const failed = await request(path)
    t.is(failed.status, 500)
    t.deepEqual(failed.setCookie, [])
  }
  t.is(errors.length, 2)
})

test("a transformer of one's own is told what the token is for, and any text it makes fits into a cookie", async (t) => {
  const told = new Set<string>()
  const Visits = cookie<Visit>('visits', {
    storage: memoryStorage(),
    transform: transformer({
      encode: (text, { name, transport }) => (told.add(`${name} ${transport}`), `; ,"\\ä€\u{1F600}\r\n%41${text}`),
      decode: (token, { name, transport }) => (told.add(`${name} ${transport}`), token.slice(14)),
    }),
  })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits) ?? 'none',
  })
  const set = await request('/set')
  t.regex(tokenOf(set, 'visits'), /^[!-~]+$/)
  t.is((await request('/', { cookie: cookieOf(set, 'visits') })).text, '{"count":1}')
  t.deepEqual([...told], ['visits cookie'])
})

test('a token is written again with the new key also where it is one of a list', async (t) => {
  let keys = [KEY]
  const Visits = cookie<Visit>('visits', { transform: [encrypt({ keys: () => keys }), marked('x'), sign(KEY)] })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits) ?? 'none',
  })
  const old = cookieOf(await request('/set'), 'visits')
  keys = [OTHER_KEY, KEY]
  const replaced = await request('/', { cookie: old })
  keys = [OTHER_KEY]
  t.is((await request('/', { cookie: cookieOf(replaced, 'visits') })).text, '{"count":1}')
  t.is((await request('/', { cookie: old })).text, 'none')
})

test('an encrypted token shows nothing of the value, and is another one each time; a plain one is there to be read', async (t) => {
  const Encrypted = cookie<{ secret: string }>('encrypted', { transform: encrypt({ keys: KEY }) })
  const Plain = cookie<{ secret: string }>('plain', { transform: plain() })
  const { request } = await serveApp(t, [Encrypted, Plain], {
    '/': ({ sessions }) => [Encrypted, Plain].forEach((one) => sessions.set(one, { secret: 'correct horse' })),
  })
  const replies = await Promise.all(Array.from({ length: 50 }, () => request('/')))
  const tokens = replies.map((reply) => tokenOf(reply, 'encrypted'))
  t.is(new Set(tokens).size, 50)
  for (const token of tokens) {
    const bytes = ['base64url', 'base64', 'latin1'].map((encoding) =>
      Buffer.from(token, encoding as BufferEncoding).toString('latin1'),
    )
    for (const text of bytes) t.false(text.includes('horse'))
  }
  const shown = decodeURIComponent(tokenOf(replies[0]!, 'plain'))
  t.deepEqual(JSON.parse(shown.slice(shown.indexOf('.', shown.indexOf('.') + 1) + 1)), { secret: 'correct horse' })
})
