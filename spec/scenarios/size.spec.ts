import test from 'ava'
import { cookie, encrypt, isSessionError, memoryStorage, plain, seal, type RefusalReason } from 'koa-typed-sessions'
import { KEY, serveApp } from '../support/app.ts'
import { type Page } from '../support/browser.ts'
import { attributesOf, lineOf, tokenOf } from '../support/set-cookie.ts'

interface Notes {
  text: string
}

/** Every byte counts: the value's text as it is, in ASCII. */
const bare = plain()

/** What a browser holds after a response: later lines over earlier ones, expired cookies gone. */
function browse(held: string, reply: Page): string {
  const cookies = new Map(
    held
      .split('; ')
      .filter(Boolean)
      .map((pair) => pair.split('=', 2) as [string, string]),
  )
  for (const line of reply.setCookie) {
    const [name, value] = line.split(';')[0]!.split('=', 2) as [string, string]
    if (/; Max-Age=0/.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

test('name and value of up to 4096 bytes are sent; one byte more is an error with the sizes in it', async (t) => {
  const serializer = { stringify: (notes: unknown) => (notes as Notes).text, parse: (text: string) => ({ text }) }
  const N = cookie<Notes>('notes', { transform: bare, serializer, idleTimeout: null, absoluteTimeout: null })
  const { request, errors } = await serveApp(t, [N], {
    '/set': (ctx) => ctx.sessions.set(N, { text: 'a'.repeat(Number(ctx.query['length'])) }),
    '/': ({ sessions }) => String(sessions.get(N)?.text.length ?? 'none'),
  })
  const head = tokenOf(await request('/set?length=0'), 'notes').length
  const room = 4096 - 'notes'.length - head
  for (const length of [room - 1, room]) {
    const reply = await request(`/set?length=${length}`)
    t.is(reply.status, 204)
    t.is('notes'.length + tokenOf(reply, 'notes').length, 4096 - room + length)
    t.is((await request('/', { cookie: browse('', reply) })).text, String(length))
  }
  const reply = await request(`/set?length=${room + 1}`)
  t.is(reply.status, 500)
  t.deepEqual(reply.setCookie, [])
  t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_TOO_LARGE')
  t.like(errors[0], { size: 4097, limit: 4096, session: 'notes' })
  t.true((errors[0] as Error).message.includes('4097') && (errors[0] as Error).message.includes('4096'))
})

test('a value that is too long leaves the session as it was', async (t) => {
  const N = cookie<Notes>('notes')
  const { request } = await serveApp(t, [N], {
    '/short': ({ sessions }) => sessions.set(N, { text: 'short' }),
    '/long': ({ sessions }) => sessions.set(N, { text: 'a'.repeat(4000) }),
    '/': ({ sessions }) => sessions.get(N)?.text ?? 'none',
  })
  const held = browse('', await request('/short'))
  const reply = await request('/long', { cookie: held })
  t.is(reply.status, 500)
  t.is((await request('/', { cookie: browse(held, reply) })).text, 'short')
})

test('one session that is too long does not keep another from being stored', async (t) => {
  const N = cookie<Notes>('notes')
  const Kept = cookie<Notes>('kept', { storage: memoryStorage() })
  const { request, errors } = await serveApp(t, [N, Kept], {
    '/': ({ sessions }) => (sessions.set(N, { text: 'a'.repeat(5000) }), sessions.set(Kept, { text: 'kept' })),
    '/kept': ({ sessions }) => sessions.get(Kept)?.text ?? 'none',
  })
  const reply = await request('/')
  t.is(reply.status, 500)
  t.is(errors.length, 1)
  t.is((await request('/kept', { cookie: browse('', reply) })).text, 'kept')
})

for (const [name, transform] of Object.entries({
  signed: undefined,
  encrypted: encrypt({ keys: KEY }),
  sealed: seal({ password: KEY }),
})) {
  test(`with chunks a value is split over several cookies, and put together again (${name})`, async (t) => {
    const N = cookie<Notes>('notes', {
      cookie: { chunks: 4, sameSite: 'strict', path: '/' },
      ...(transform && { transform }),
    })
    const { request, errors } = await serveApp(t, [N], {
      '/set': (ctx) => ctx.sessions.set(N, { text: 'ä'.repeat(Number(ctx.query['length'])) }),
      '/clear': ({ sessions }) => sessions.clear(N),
      '/': ({ sessions }) => String(sessions.get(N)?.text.length ?? 'none'),
    })
    let held = 'other=1'
    const names = (): string[] => held.split('; ').map((pair) => pair.split('=')[0]!)
    for (const length of [5000, 2000, 10, 3000, 5000, 10]) {
      const reply = await request(`/set?length=${length}`, { cookie: held })
      t.is(reply.status, 204)
      for (const line of reply.setCookie) {
        t.true(line.split(';')[0]!.length <= 4096)
        t.deepEqual(attributesOf(line), ['HttpOnly', 'Path=/', 'SameSite=Strict'])
      }
      held = browse(held, reply)
      t.is(names().length > 2, length > 1500, String(length))
      const read = await request('/', { cookie: held })
      t.is(read.text, String(length))
      t.deepEqual(read.setCookie, [])
    }
    held = browse(held, await request('/set?length=5000', { cookie: held }))
    t.is((await request('/', { cookie: held.split('; ').toReversed().join('; ') })).text, '5000')
    t.is((await request('/set?length=20000', { cookie: held })).status, 500)
    t.like(errors[0], { code: 'ERR_SESSION_TOO_LARGE', limit: 4 * 4096 })
    held = browse(held, await request('/clear', { cookie: held }))
    t.deepEqual(names(), ['other'])
  })
}

test('a part that is missing, swapped or tossed in makes no session, and all that is there is expired', async (t) => {
  const reasons: RefusalReason[] = []
  const N = cookie<Notes>('notes', { cookie: { chunks: 3 }, onInvalid: (reason) => reasons.push(reason) })
  const { request } = await serveApp(t, [N], {
    '/set': (ctx) => ctx.sessions.set(N, { text: String(ctx.query['of']).repeat(5000) }),
    '/': ({ sessions }) => sessions.get(N)?.text[0] ?? 'none',
  })
  const a = await request('/set?of=a')
  const b = await request('/set?of=b')
  const [a0, a1, b1] = [tokenOf(a, 'notes.0'), tokenOf(a, 'notes.1'), tokenOf(b, 'notes.1')]
  t.is((await request('/', { cookie: `notes.0=${a0}; notes.1=${a1}` })).text, 'a')
  for (const held of [
    `notes.0=${a0}`,
    `notes.0=${a1}; notes.1=${a0}`,
    `notes.0=${a0}; notes.1=${b1}`,
    `notes.0=${a0}; notes.1=${a1}; notes.2=x`,
  ]) {
    const reply = await request('/', { cookie: held })
    t.is(reply.text, 'none')
    t.is(browse(held, reply), '')
  }
  t.deepEqual(reasons, ['bad-signature', 'malformed', 'bad-signature', 'bad-signature'])
})

test('what the same response has already sent is taken back when the session is stored again', async (t) => {
  const N = cookie<Notes>('notes', { cookie: { chunks: 3 } })
  const { request } = await serveApp(t, [N], {
    '/long-then-short': async ({ sessions }) => {
      sessions.set(N, { text: 'a'.repeat(5000) })
      await sessions.commit()
      sessions.set(N, { text: 'short' })
    },
    '/short-then-long': async ({ sessions }) => {
      sessions.set(N, { text: 'short' })
      await sessions.commit()
      sessions.set(N, { text: 'a'.repeat(5000) })
    },
    '/long-then-clear': async ({ sessions }) => {
      sessions.set(N, { text: 'a'.repeat(5000) })
      await sessions.commit()
      sessions.clear(N)
    },
    '/': ({ sessions }) => String(sessions.get(N)?.text.length ?? 'none'),
  })
  const after = async (path: string): Promise<string> =>
    (await request('/', { cookie: browse('', await request(path)) })).text
  t.is(await after('/short-then-long'), '5000')
  t.is(await after('/long-then-short'), '5')
  t.is(await after('/long-then-clear'), 'none')
})

test('by id the length of a value does not matter to the cookie', async (t) => {
  const N = cookie<Notes>('notes', { storage: memoryStorage() })
  const { request } = await serveApp(t, [N], {
    '/set': ({ sessions }) => sessions.set(N, { text: 'a'.repeat(1_000_000) }),
    '/': ({ sessions }) => String(sessions.get(N)?.text.length),
  })
  const reply = await request('/set')
  t.is(lineOf(reply, 'notes').split(';')[0]!.length, 'notes='.length + 43)
  t.is((await request('/', { cookie: browse('', reply) })).text, '1000000')
})
