import test from 'ava'
import Koa from 'koa'
import { cookie, encrypt, isSessionError, memoryStorage, plain, seal, sessions, sign } from 'koa-typed-sessions'
import { any, refused, SHORT } from './_support/refusals.ts'
import { KEY, serveApp } from '../support/app.ts'

interface Visit {
  count: number
}

const storage = memoryStorage()

const app = (keys?: unknown): Koa => Object.assign(new Koa(), keys === undefined ? {} : { keys })

test('no key at all, or one that is too short, is refused, and the message says how long it must be', (t) => {
  const Visits = cookie<Visit>('visits')
  refused(
    t,
    'ERR_SESSION_KEYS',
    {
      'sign([])': () => sign([]),
      'sign of a short one': () => sign([SHORT]),
      'sign of a good one and a short one': () => sign([KEY, SHORT]),
      'sign of short bytes': () => sign(new Uint8Array(31)),
      'encrypt without': () => encrypt({ keys: [] }),
      'encrypt of a short one': () => encrypt({ keys: SHORT }),
      'seal without': () => seal({ password: [] }),
      'seal of a short one': () => seal({ password: [SHORT] }),
      'keys: []': () => sessions([Visits], { keys: [] }),
      'a short one in keys': () => sessions([Visits], { keys: [SHORT] }),
      'an app with no key': () => sessions([Visits], { app: app([]) }),
      'an app with a short key': () => sessions([Visits], { app: app([SHORT]) }),
    },
    /32/,
  )
  refused(
    t,
    'ERR_SESSION_KEYS',
    {
      'an environment variable that is not set': () => sign([any<string>(process.env['NO_SUCH_KEY_IS_SET'])]),
      'the same for encrypt': () => encrypt({ keys: any<string>(undefined) }),
      'the same for seal': () => seal({ password: any<string>(undefined) }),
    },
    /environment variable/,
  )
})

test('a Keygrip hides its secrets, so the message says to pass the strings', async (t) => {
  const Visits = cookie<Visit>('visits')
  let keygrip: unknown
  const koa = await serveApp(t, [Visits], {
    '/': (ctx) => void ({ keys: keygrip } = ctx.cookies as unknown as { keys: unknown }),
  })
  await koa.request('/')
  t.is((keygrip as object).constructor.name, 'Keygrip')
  refused(
    t,
    'ERR_SESSION_KEYS',
    {
      keys: () => sessions([Visits], { keys: any(keygrip) }),
      app: () => sessions([Visits], { app: app(keygrip) }),
      sign: () => sign(any(keygrip)),
    },
    /Keygrip.*pass the texts/,
  )
  const { request, errors } = await serveApp(t, [Visits], { '/': () => 'ok' }, { appKeys: any(keygrip) })
  t.is((await request('/')).status, 500)
  t.regex(String(errors[0]), /Keygrip/)
})

test('a session by value with neither transform nor keys is refused with the app, else at the first request', async (t) => {
  const Visits = cookie<Visit>('visits')
  refused(t, 'ERR_SESSION_KEYS', { app: () => sessions([Visits], { app: app() }) }, /'visits'.*app\.keys.*plain\(\)/)
  const { request, errors } = await serveApp(t, [Visits], { '/': () => 'ok' }, { appKeys: null })
  const reply = await request('/')
  t.is(reply.status, 500)
  t.false(reply.text.includes('visits'))
  t.true(isSessionError(errors[0]) && errors[0].code === 'ERR_SESSION_KEYS')
})

test('sessions that need no keys run without any', async (t) => {
  const all = [
    cookie<Visit>('by_id', { storage }),
    cookie<Visit>('own', { transform: sign(KEY) }),
    cookie<Visit>('plain', { transform: plain() }),
  ]
  const { request } = await serveApp(
    t,
    all,
    { '/': ({ sessions: s }) => all.forEach((one) => s.set(one, { count: 1 })) },
    { appKeys: null },
  )
  t.is((await request('/')).setCookie.length, 3)
  t.notThrows(() => sessions(all, { app: app() }))
})
