import test from 'ava'
import { cookie, header, isSessionError, memoryStorage, session } from 'koa-typed-sessions'
import { refused } from './_support/refusals.ts'
import { serveApp } from '../support/app.ts'

interface Visit {
  count: number
}

const storage = memoryStorage()
const transport = { receive: () => null, send: () => {}, clear: () => {} }

test('attributes that contradict the prefix of the name, SameSite=None or Partitioned are refused', (t) => {
  const make = (name: string, attributes: object) => () => cookie(name, { storage, cookie: attributes })
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      '__Host- with a domain': make('__Host-user', { domain: 'example.org' }),
      '__Host- with a path': make('__Host-user', { path: '/app' }),
      '__HOST- with a path': make('__HOST-user', { path: '/app' }),
      '__Host- without Secure': make('__Host-user', { secure: false }),
      '__Secure- without Secure': make('__Secure-user', { secure: false }),
      '__secure- without Secure': make('__secure-user', { secure: false }),
      '__Http- without HttpOnly': make('__Http-user', { httpOnly: false }),
      '__Host-Http- without HttpOnly': make('__Host-Http-user', { httpOnly: false }),
      '__Host-Http- with a domain': make('__Host-Http-user', { domain: 'example.org' }),
      'SameSite=None without Secure': make('user', { sameSite: 'none', secure: false }),
      'Partitioned without Secure': make('user', { partitioned: true, secure: false }),
    },
    /'(?:__\S+-)?user'.*(?:leave|rename)/i,
  )
})

test('each of them turns Secure on by itself, also on a plain request', async (t) => {
  const all = [
    cookie<Visit>('__Host-a', { storage }),
    cookie<Visit>('__Secure-b', { storage }),
    cookie<Visit>('c', { storage, cookie: { sameSite: 'none' } }),
    cookie<Visit>('d', { storage, cookie: { partitioned: () => true } }),
    cookie<Visit>('e', { storage }),
  ]
  const { app: koa, request } = await serveApp(t, all, {
    '/': ({ sessions: s }) => all.forEach((one) => s.set(one, { count: 1 })),
  })
  const secure = async (): Promise<string> =>
    (await request('/')).setCookie
      .map((line) => (/; Secure(?:;|$)/.test(line) ? line[line.indexOf('=') - 1] : ''))
      .join('')
  t.is(await secure(), 'abcd')
  koa.env = 'production'
  t.is(await secure(), 'abcde')
})

test('a function that gives contradicting attributes is an error on that request, and nothing is sent', async (t) => {
  const Visits = cookie<Visit>('visits', { storage, cookie: { sameSite: 'none', secure: () => false } })
  const { request, errors } = await serveApp(t, [Visits], { '/': ({ sessions: s }) => s.set(Visits, { count: 1 }) })
  const reply = await request('/')
  t.is(reply.status, 500)
  t.deepEqual(reply.setCookie, [])
  t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_CONFIG')
})

test('an invalid name of a cookie or of a header is refused', (t) => {
  const names = ['', ' ', 'a b', 'a=b', 'a;b', 'a,b', 'a"b', 'a\r\nb', 'a\0b', 'ä', '(a)', 'a/b', '[a]', '\u{1F600}']
  refused(
    t,
    'ERR_SESSION_CONFIG',
    Object.fromEntries(
      names.flatMap((name) => [
        [`cookie ${JSON.stringify(name)}`, () => cookie(name, { storage })],
        [`header ${JSON.stringify(name)}`, () => header(name, { storage })],
        [`response ${JSON.stringify(name)}`, () => header('X-Session', { storage, response: name })],
        [`scheme ${JSON.stringify(name)}`, () => header('X-Session', { storage, scheme: name })],
      ]),
    ),
    /letters, digits/,
  )
  refused(t, 'ERR_SESSION_CONFIG', { 'no name': () => session('', { transport }) }, /name/)
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'Authorization as a response header': () => header('Authorization', { storage, scheme: 'Bearer' }),
      'the same in lower case': () => header('X-Session', { storage, response: 'authorization' }),
    },
    /'response'/,
  )
})

test('CR, LF, a semicolon or another control character in a path or a domain is refused', (t) => {
  for (const character of ['\r', '\n', ';', '\0', '\u007f']) {
    refused(
      t,
      'ERR_SESSION_CONFIG',
      {
        path: () => cookie('user', { storage, cookie: { path: `/a${character}b` } }),
        domain: () => cookie('user', { storage, cookie: { domain: `a${character}b` } }),
      },
      /control characters/,
    )
  }
})
