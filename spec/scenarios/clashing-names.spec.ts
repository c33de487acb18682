import test from 'ava'
import { cookie, header, memoryStorage, session, sessions, type AnyDefinition } from 'koa-typed-sessions'
import { any, refused } from './_support/refusals.ts'
import { KEYS, codes, routed, serveMiddlewares } from '../support/app.ts'

const storage = memoryStorage()
const transport = { receive: () => null, send: () => {}, clear: () => {} }

for (const name of [
  'Set-Cookie',
  'cookie',
  'Content-Length',
  'Content-Type',
  'Content-Security-Policy',
  'Transfer-Encoding',
  'Vary',
  'Connection',
  'Keep-Alive',
  'Host',
  'Cache-Control',
  'Location',
  'ETag',
  'Origin',
  'Upgrade',
  'Accept',
  'Accept-Language',
  'If-None-Match',
  'WWW-Authenticate',
  'Access-Control-Allow-Origin',
  'Sec-WebSocket-Protocol',
  'Proxy-Authorization',
  'X-Forwarded-For',
  'Forwarded',
]) {
  test(`'${name}', which HTTP itself uses, carries no token, neither of requests nor of responses`, (t) => {
    refused(
      t,
      'ERR_SESSION_CONFIG',
      Object.fromEntries(
        [name, name.toLowerCase(), name.toUpperCase()].flatMap((written) => [
          [`header ${written}`, () => header(written, { storage, response: 'X-New' })],
          [`response ${written}`, () => header('X-User', { storage, response: written })],
        ]),
      ),
      new RegExp(`'${name}' is a header that HTTP itself uses: write one of your own`, 'i'),
    )
  })
}

test('headers of an app carry tokens, also one that only looks like another', (t) => {
  for (const name of ['X-Session', 'Session', 'X-Cookie', 'Contents', 'Securely', 'Hosted', 'X-Content-Token'])
    t.notThrows(() => header(name, { storage }))
  t.notThrows(() => header('Authorization', { storage, scheme: 'Bearer', response: 'X-Session' }))
})

const clashes: Readonly<Record<string, readonly [AnyDefinition, AnyDefinition]>> = {
  "a cookie's second part, and a cookie of that name": [
    cookie('sid', { storage, cookie: { chunks: 2 } }),
    cookie('sid.1', { storage }),
  ],
  'parts of two cookies': [
    cookie('sid', { storage, cookie: { chunks: 2 } }),
    cookie('sid.0', { storage, cookie: { chunks: 2 } }),
  ],
  'one response header, in whatever case': [
    header('X-One', { storage, response: 'X-New' }),
    header('X-Other', { storage, response: 'x-new' }),
  ],
  'the response header of one, and the name of another': [
    header('X-One', { storage, response: 'X-Other' }),
    header('X-Other', { storage }),
  ],
  'the same, where the other answers elsewhere': [
    header('X-One', { storage, response: 'x-other' }),
    header('X-Other', { storage, response: 'X-Third' }),
  ],
}

for (const [what, [one, other]] of Object.entries(clashes)) {
  test(`${what}, are refused where they are mounted together, whichever comes first`, (t) => {
    refused(
      t,
      'ERR_SESSION_CONFIG',
      { 'one way': () => sessions([one, other]), 'the other way': () => sessions([other, one]) },
      /^sessions '.*' and '.*' both use the (?:cookie|header) '.*'.*give each its own$/,
    )
  })

  test(`${what}, are refused where one is mounted inside of the other's routes`, async (t) => {
    for (const [outer, inner] of [
      [one, other],
      [other, one],
    ] as const) {
      const between = sessions([cookie('between', { storage })])
      const within = sessions([inner], { keys: KEYS })
      const { browser, errors } = await serveMiddlewares(t, [
        sessions([outer], { keys: KEYS }),
        routed({ '/outside': (ctx) => void (ctx.body = 'outside') }),
        between,
        within,
        routed({ '/inside': (ctx) => void (ctx.body = 'inside') }),
      ])
      t.is((await browser().get('/outside')).text, 'outside')
      for (let round = 0; round < 2; round++) t.is((await browser().get('/inside')).status, 500)
      t.deepEqual(codes(errors), ['ERR_SESSION_CONFIG', 'ERR_SESSION_CONFIG'])
    }
  })
}

test('a name that is taken over inside may be split there, and what it was outside does not clash', async (t) => {
  const { browser } = await serveMiddlewares(t, [
    sessions([cookie('sid', { storage, cookie: { chunks: 2 } })]),
    sessions([cookie('sid', { storage, cookie: { chunks: 4 } }), cookie('sid.4', { storage })], { keys: KEYS }),
    (ctx) => void (ctx.body = 'inside'),
  ])
  t.is((await browser().get('/')).text, 'inside')
})

test('cookies that are not split, and headers that answer in their own name, may be called much alike', (t) => {
  t.notThrows(() =>
    sessions([
      cookie('sid', { storage }),
      cookie('sid.0', { storage }),
      cookie('SID', { storage }),
      header('X-Sid', { storage }),
      header('X-Sid-0', { storage }),
      session('sid-link', { storage, transport }),
    ]),
  )
})

test("a transport of one's own may say what it uses, and is held to it", (t) => {
  const Link = session('link', { storage, transport: { ...transport, claims: ['header x-user'] } })
  refused(t, 'ERR_SESSION_CONFIG', { it: () => sessions([Link, header('X-User', { storage })]) }, /header 'x-user'/)
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { 'no list': () => session('link', { storage, transport: any({ ...transport, claims: 'header x-user' }) }) },
    /'claims'/,
  )
})
