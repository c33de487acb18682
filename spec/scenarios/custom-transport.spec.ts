import test from 'ava'
import { cookie, memoryStorage, plain, session, type SessionTransport } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { serveApp } from '../support/app.ts'
import { tokenOf } from '../support/set-cookie.ts'

interface Invitation {
  email: string
}

/** The token travels in the query, as in a link that is sent by mail. */
function inQuery(name: string, told: unknown[] = []): SessionTransport {
  return {
    receive: ({ context }) => {
      const { [name]: given } = context.query
      return given ?? null
    },
    send: ({ context }, token, lifetime) => {
      told.push(['send', lifetime])
      context.set('X-Link', `/?${name}=${encodeURIComponent(token)}`)
    },
    clear: ({ context }) => {
      told.push(['clear'])
      context.set('X-Link', '/')
    },
  }
}

test("a transport of one's own is given the token as the transformer made it, where a cookie's is percent-encoded", async (t) => {
  const tokens: string[] = []
  const Own = session<Invitation>('own', {
    transport: { receive: () => null, send: (_, token) => void tokens.push(token), clear: () => {} },
    transform: plain(),
  })
  const Sent = cookie<Invitation>('sent', { transform: plain() })
  const { request } = await serveApp(t, [Own, Sent], {
    '/': ({ sessions }) => {
      sessions.set(Own, { email: 'ada' })
      sessions.set(Sent, { email: 'ada' })
    },
  })
  const { setCookie } = await request('/')
  t.deepEqual(
    tokens.map((token) => token.replace(/^.*?\{/, '{')),
    ['{"email":"ada"}'],
  )
  t.regex(setCookie[0]!, /^sent=[^;]*%7B%22email%22%3A%22ada%22%7D;/)
})

for (const kind of ['by value', 'by id']) {
  test(`a transport of one's own carries a session to and fro (${kind})`, async (t) => {
    const told: unknown[] = []
    const Invitations = session<Invitation>('invitation', {
      transport: inQuery('i', told),
      absoluteTimeout: '2d',
      idleTimeout: null,
      ...(kind === 'by id' && { storage: memoryStorage({ clock: manualClock() }) }),
    })
    const { request } = await serveApp(
      t,
      [Invitations],
      {
        '/invite': ({ sessions }) => sessions.set(Invitations, { email: 'ada@example.org' }),
        '/revoke': ({ sessions }) => sessions.clear(Invitations),
        '/': ({ sessions }) => sessions.get(Invitations)?.email ?? 'nobody',
      },
      { clock: manualClock() },
    )
    const invited = await request('/invite')
    t.deepEqual(told, [['send', 2 * 86_400_000]])
    t.is(invited.headers.get('cache-control'), 'private, no-store')
    t.deepEqual(invited.setCookie, [])
    const link = invited.headers.get('x-link')!
    const opened = await request(link)
    t.is(opened.text, 'ada@example.org')
    t.is(opened.headers.get('x-link'), null)
    t.is(opened.headers.get('vary'), null)

    told.length = 0
    t.is((await request('/?i=forged')).text, 'nobody')
    t.deepEqual(told, [['clear']])
    await request(link.replace('/?', '/revoke?'))
    t.deepEqual(told, [['clear'], ['clear']])
    if (kind === 'by id') t.is((await request(link)).text, 'nobody')
  })

  test(`several tokens that a transport received are each tried, and only one valid one is a session (${kind})`, async (t) => {
    const Invitations = session<Invitation>('invitation', {
      transport: inQuery('i'),
      ...(kind === 'by id' && { storage: memoryStorage() }),
    })
    const { request } = await serveApp(t, [Invitations], {
      '/invite': (ctx) => ctx.sessions.set(Invitations, { email: String(ctx.query['email']) }),
      '/': ({ sessions }) => sessions.get(Invitations)?.email ?? 'nobody',
    })
    const [ada, bob] = await Promise.all(
      ['ada', 'bob'].map(async (email) => {
        const { headers } = await request(`/invite?email=${email}`)
        return headers.get('x-link')!.slice('/?'.length)
      }),
    )
    t.is((await request(`/?i=forged&${ada}`)).text, 'ada')
    t.is((await request(`/?${bob}&i=forged`)).text, 'bob')
    t.is((await request(`/?${ada}&${bob}`)).text, 'nobody')
  })
}

test('a transport is told that a session has no end by an infinite lifetime', async (t) => {
  const told: unknown[] = []
  const Endless = session<Invitation>('endless', {
    transport: inQuery('i', told),
    idleTimeout: null,
    absoluteTimeout: null,
  })
  const { request } = await serveApp(
    t,
    [Endless],
    {
      '/': ({ sessions }) => sessions.set(Endless, { email: 'ada@example.org' }),
    },
    { clock: manualClock() },
  )
  await request('/')
  t.deepEqual(told, [['send', Infinity]])
})

test("a transport of one's own stands beside a cookie, each with its own session", async (t) => {
  const Invitations = session<Invitation>('invitation', { transport: inQuery('i') })
  const Visits = cookie<{ count: number }>('visits')
  const { request } = await serveApp(t, [Invitations, Visits], {
    '/set': ({ sessions }) => (sessions.set(Invitations, { email: 'ada' }), sessions.set(Visits, { count: 1 })),
    '/': ({ sessions }) => [sessions.get(Invitations)?.email, sessions.get(Visits)?.count],
  })
  const set = await request('/set')
  const link = set.headers.get('x-link')!
  t.is((await request(link, { cookie: `visits=${tokenOf(set, 'visits')}` })).text, '["ada",1]')
  t.is(
    (await request(`/?i=${tokenOf(set, 'visits')}`, { cookie: link.slice(2).replace('i=', 'visits=') })).text,
    '[null,null]',
  )
})
