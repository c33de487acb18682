import test from 'ava'
import { cookie, encrypt, header, isSessionError, memoryStorage, seal, session, sessions } from 'koa-typed-sessions'
import { any, refused } from './_support/refusals.ts'
import { KEY } from '../support/app.ts'

const storage = memoryStorage()
const transport = { receive: () => null, send: () => {}, clear: () => {} }

test('two definitions with one name are refused, whatever their transports', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'two cookies': () => sessions([cookie('user', { storage }), cookie('user', { storage })]),
      'a cookie and a header': () => sessions([cookie('user', { storage }), header('user', { storage })]),
      "a header and one of one's own": () =>
        sessions([header('user', { storage }), session('user', { storage, transport })]),
    },
    /'user'.*different/,
  )
  const twice = cookie('user', { storage })
  refused(t, 'ERR_SESSION_CONFIG', { 'one given twice': () => sessions([twice, twice]) }, /'user'/)
})

test('two headers whose names differ in case are one, and refused', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      headers: () => sessions([header('X-User', { storage }), header('x-user', { storage })]),
    },
    /user/i,
  )
  t.notThrows(() => sessions([cookie('User', { storage }), cookie('user', { storage })]))
})

test('a session class, or anything else that is no definition, is refused', (t) => {
  class User {}
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'two sessions of one class': () =>
        sessions([cookie('a', { storage, type: User }), cookie('b', { storage, type: User })]),
    },
    /User/,
  )
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      none: () => sessions([]),
      'no list': () => sessions(any(cookie('a'))),
      'a name': () => sessions(any(['a'])),
      'an object that looks like one': () => sessions(any([{ name: 'a' }])),
      undefined: () => sessions(any([undefined])),
    },
    /definition/,
  )
})

test('a negative, an overflowing or a misspelt duration is refused', (t) => {
  for (const duration of [
    -1,
    Number.NaN,
    Infinity,
    1e15,
    '-1d',
    '1e3d',
    '1 day',
    '1w',
    '',
    '7 d',
    '99999999999d',
    'd',
    true,
    {},
  ]) {
    const wrong = any<number>(duration)
    refused(
      t,
      'ERR_SESSION_CONFIG',
      {
        idleTimeout: () => cookie('user', { storage, idleTimeout: wrong }),
        absoluteTimeout: () => cookie('user', { storage, absoluteTimeout: wrong }),
        touchAfter: () => cookie('user', { storage, touchAfter: wrong }),
        ...(typeof duration !== 'boolean' &&
          typeof duration !== 'object' && {
            maxAge: () => cookie('user', { storage, cookie: { maxAge: wrong } }),
          }),
      },
      /'30m', '12h' or '7d'/,
    )
  }
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'no time at all': () => cookie('user', { storage, idleTimeout: 0 }),
      'nor in all': () => cookie('user', { storage, absoluteTimeout: '0s' }),
    },
    /null/,
  )
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { 'renewed never': () => cookie('user', { storage, idleTimeout: '1h', touchAfter: '1h' }) },
    /touchAfter/,
  )
})

test('an unknown option is refused, with those that there are', (t) => {
  const unknown = any<object>({ idleTimout: '1h' })
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      cookie: () => cookie('user', unknown),
      header: () => header('X-User', unknown),
      session: () => session('user', { transport, ...unknown }),
    },
    /'idleTimout'.*idleTimeout/,
  )
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { attribute: () => cookie('user', { cookie: { samesite: 'lax' } as never }) },
    /'samesite'.*sameSite/,
  )
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { sessions: () => sessions([cookie('user', { storage })], any({ key: KEY })) },
    /'key'.*keys/,
  )
  refused(t, 'ERR_SESSION_CONFIG', { storage: () => memoryStorage(any({ max: 1 })) }, /'max'.*maxSessions/)
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { "a cookie's of a header": () => header('X-User', any<object>({ cookie: {} })) },
    /'cookie'/,
  )
})

test('an option that a transformer does not have is refused too: a ttl that nobody looks at would be trusted', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'seal({ ttl })': () => seal(any({ password: KEY, ttl: 3600 })),
      'encrypt({ ttl })': () => encrypt(any({ keys: KEY, ttl: 3600 })),
    },
    /'ttl'/,
  )
})

test('a value that an option cannot have is refused', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      'a storage without rotate': () =>
        cookie('user', { storage: any({ read() {}, create() {}, update() {}, touch() {}, delete() {} }) }),
      'a serializer without parse': () => cookie('user', { serializer: any<typeof JSON>({ stringify() {} }) }),
      'no schema': () => cookie('user', { schema: any<never>({ parse() {} }) }),
      'an unknown conflict': () => cookie('user', { storage, conflict: any('merge') }),
      'deferred by value': () => cookie('user', { deferred: true }),
      'generateId by value': () => cookie('user', { generateId: () => 'x' }),
      'chunks: 0': () => cookie('user', { cookie: { chunks: 0 } }),
      'chunks: 17': () => cookie('user', { cookie: { chunks: 17 } }),
      'a word for httpOnly': () => cookie('user', { cookie: { httpOnly: 'no' } as never }),
      'a word for sameSite': () => cookie('user', { cookie: { sameSite: 'Lax' } as never }),
      'a path without a slash': () => cookie('user', { cookie: { path: 'app' } }),
      'a subject that is a name': () => cookie('user', { storage, subject: any<() => string>('id') }),
    },
    /user/,
  )
})

test("a session of a transport of one's own is refused without one", (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { none: () => session('user', any<{ transport: typeof transport }>({})) },
    /user.*transport/,
  )
})

test('a transformer that was not called, encrypt for encrypt({ keys }), is refused', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    { encrypt: () => cookie('user', { transform: any<ReturnType<typeof encrypt>>(encrypt) }) },
    /transform/,
  )
})

test('a definition that is refused says what it is about, and every refusal is an error of this library', (t) => {
  const error = t.throws(() => cookie('user', { storage, cookie: { path: 'app' } }))
  t.true(isSessionError(error))
  t.like(error, { name: 'SessionConfigError', session: 'user', status: 500, expose: false })
})
