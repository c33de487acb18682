import test from 'ava'
import {
  cookie,
  encrypt,
  header,
  jsonSerializer,
  memoryStorage,
  plain,
  session,
  sessions,
  sign,
  transformer,
  type AnyDefinition,
  type CookieSessionOptions,
} from 'koa-typed-sessions'
import { z } from 'zod'
import { any } from './_support/refusals.ts'
import { KEYS, serveApp } from '../support/app.ts'

/*
 * What a client may have written: only the value is read of it, and only where it could be written again.
 */

interface Prefs {
  pageSize: number
}
interface Note {
  role?: unknown
  pageSize?: number
}

const NOW = 1_790_000_000_000
const HOUR = 3_600_000
const ID = 'abcdefghijklmnop'

const backwards = transformer({
  encode: (text) => [...text].toReversed().join(''),
  decode: (token) => [...token].toReversed().join(''),
})
const schema = z.strictObject({ pageSize: z.number().max(100) })

/** A token as an attacker writes it: the value, flash for a key of the value and for another, and all the time there is. */
function forged({ createdAt = NOW, expiresAt = NOW + HOUR, text = '{"pageSize":10}' } = {}): string {
  return `${createdAt.toString(36)}.${expiresAt.toString(36)}.${text}`
}
const FLASH = JSON.stringify([[ID, '{"flash":{"pageSize":1000000000,"role":{"admin":true}}}']])
const WITH_FLASH = `+[${JSON.stringify('{"pageSize":10}')},${FLASH},1000000000000]`

/** A definition, and the headers that present a text to it. */
interface Door {
  readonly definition: AnyDefinition
  present(token: string): Record<string, string>
}

const inCookie = (options: CookieSessionOptions<Prefs>): Door => ({
  definition: cookie<Prefs, Note>('prefs', options),
  present: (token) => ({ cookie: `prefs=${encodeURIComponent(token)}` }),
})
const inHeader = (options: object): Door => ({
  definition: header<Prefs, Note>('X-Prefs', options),
  present: (token) => ({ 'x-prefs': encodeURIComponent(token) }),
})

const DOORS: Readonly<Record<string, Door>> = {
  'a cookie': inCookie({ transform: plain() }),
  'a cookie with a schema': inCookie({ transform: plain(), schema }),
  'a cookie of plain JSON': inCookie({ transform: plain(), serializer: jsonSerializer }),
  'a cookie of JSON itself': inCookie({ transform: plain(), serializer: JSON }),
  'a header': inHeader({ transform: plain() }),
  'a header with a schema': inHeader({ transform: plain(), schema }),
  'a header in a list of one': inHeader({ transform: [plain()] }),
  'a transport of the app': {
    definition: session<Prefs, Note>('prefs', {
      transport: { receive: ({ context }) => context.req.headers['x-own']?.toString() ?? null, send() {}, clear() {} },
      transform: plain(),
    }),
    present: (token) => ({ 'x-own': token }),
  },
  'a transformer of the app': {
    ...inCookie({ transform: [plain(), backwards] }),
    present: (token) => ({ cookie: `prefs=${encodeURIComponent([...token].toReversed().join(''))}` }),
  },
}

for (const [where, { definition, present }] of Object.entries(DOORS)) {
  test(`flash and a timeout that a client wrote into ${where} are not read, and the value is`, async (t) => {
    const { request, errors } = await serveApp(
      t,
      [definition],
      {
        '/': ({ sessions: all }) => {
          const one = all.open(definition)
          return {
            entries: [...one],
            role: one.get('role'),
            has: one.has('role'),
            idle: one.idleTimeout,
            dirty: one.dirty,
          }
        },
      },
      { clock: () => NOW },
    )
    const reply = await request('/', { headers: present(forged({ text: WITH_FLASH })) })
    t.deepEqual(JSON.parse(reply.text), { entries: [['pageSize', 10]], has: false, idle: 604_800_000, dirty: false })
    t.deepEqual(errors, [])
  })

  test(`a client that writes its own deadlines into ${where} gets no more time than a new session has`, async (t) => {
    const { request } = await serveApp(
      t,
      [definition],
      {
        '/': ({ sessions: all }) => {
          const { createdAt, expiresAt } = all.open(definition)
          return { createdAt, expiresAt }
        },
      },
      { clock: () => NOW },
    )
    for (const [createdAt, expiresAt] of [
      [NOW, 8.64e15],
      [8.64e15, 8.64e15],
      [NOW + HOUR, NOW + 1000 * HOUR],
    ] as const) {
      const reply = await request('/', { headers: present(forged({ createdAt, expiresAt })) })
      t.deepEqual(JSON.parse(reply.text), { createdAt: NOW, expiresAt: NOW + 7 * 24 * HOUR })
    }
    const old = await request('/', {
      headers: present(forged({ createdAt: NOW - 29 * 24 * HOUR, expiresAt: 8.64e15 })),
    })
    t.deepEqual(JSON.parse(old.text), { createdAt: NOW - 29 * 24 * HOUR, expiresAt: NOW + 24 * HOUR })
    for (const ended of [forged({ expiresAt: NOW }), forged({ createdAt: NOW - 30 * 24 * HOUR, expiresAt: 8.64e15 })]) {
      const reply = await request('/', { headers: present(ended) })
      t.deepEqual(JSON.parse(reply.text), {})
    }
  })

  test(`flash and a timeout of its own are refused where they are set, since ${where} could not carry them`, async (t) => {
    const { request } = await serveApp(t, [definition], {
      '/flash': ({ sessions: all }) => {
        t.throws(() => all.open(definition).flash('role', 'x'), {
          code: 'ERR_SESSION_CONFIG',
          message:
            /^session '(?:prefs|X-Prefs)' cannot carry flash, .*sign\(\) or encrypt\(\).*'storage'.*'authenticates: true'/,
        })
        t.throws(() => (all.open(definition).idleTimeout = '1h'), {
          code: 'ERR_SESSION_CONFIG',
          message: /cannot carry an idle timeout of its own/,
        })
        return 'checked'
      },
    })
    const reply = await request('/flash')
    t.is(reply.text, 'checked')
    t.deepEqual(reply.setCookie, [])
  })
}

/** What a client may write that the session's own serializer would not. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  '600 levels': `{"pageSize":1,"a":${'['.repeat(600)}${']'.repeat(600)}}`,
  'a property that changes prototypes': '{"pageSize":1,"a":{"__proto__":{}}}',
  'a number without end': '{"pageSize":1e400}',
  '600 levels beside a Date': `~{"json":{"pageSize":1,"at":"1970-01-01T00:00:00.000Z","a":${'['.repeat(600)}${']'.repeat(600)}},"meta":{"values":{"at":["Date"]},"v":1}}`,
  'a cycle': '~{"json":{"pageSize":1,"self":null},"meta":{"referentialEqualities":[["self"]],"v":1}}',
}

for (const [what, text] of Object.entries(UNWRITABLE)) {
  test(`${what}, which could not be written again, is no value, and the next write is as any other`, async (t) => {
    for (const serializer of [undefined, jsonSerializer]) {
      const reasons: string[] = []
      const Any = cookie<Record<string, unknown>>('prefs', {
        transform: plain(),
        onInvalid: (reason) => void reasons.push(reason),
        ...(serializer && { serializer }),
        cookie: { chunks: 4 },
      })
      const { request, errors } = await serveApp(
        t,
        [Any],
        {
          '/': ({ sessions: all }) => {
            all.set(Any, { ...all.get(Any), seen: true })
            return all.get(Any)
          },
        },
        { clock: () => NOW },
      )
      const reply = await request('/', { cookie: `prefs=${encodeURIComponent(forged({ text }))}` })
      t.is(reply.status, 200)
      t.deepEqual(JSON.parse(reply.text), { seen: true })
      t.deepEqual(reasons, ['invalid-value'])
      t.deepEqual(errors, [])
    }
  })
}

test('a key named constructor in a plain cookie is a key, also where a Date is set beside it', async (t) => {
  const Any = cookie<Record<string, unknown>>('prefs', { transform: plain() })
  const { request, errors } = await serveApp(
    t,
    [Any],
    {
      '/whole': ({ sessions: all }) => all.set(Any, { ...all.get(Any), at: new Date(0) }),
      '/key': ({ sessions: all }) => void all.open(Any).set('at', new Date(0)),
    },
    { clock: () => NOW },
  )
  for (const path of ['/whole', '/key']) {
    for (const key of ['constructor', 'prototype']) {
      const token = encodeURIComponent(forged({ text: `{"${key}":{"a":1}}` }))
      t.is((await request(path, { cookie: `prefs=${token}` })).status, 204)
    }
  }
  t.deepEqual(errors, [])
})

const authentic = { ...transformer({ authenticates: true, encode: (text) => text, decode: (token) => token }) }

for (const [what, options] of Object.entries({
  'signed by default': {},
  'signed, behind a transformer of the app': { transform: [backwards, sign(KEYS)] },
  'signed, in front of a transformer of the app': { transform: [sign(KEYS), backwards] },
  encrypted: { transform: encrypt({ keys: KEYS }) },
  'in a storage': { storage: memoryStorage(), transform: plain() },
  'said to be authenticated': { transform: authentic },
} satisfies Record<string, CookieSessionOptions<Prefs>>)) {
  test(`a session that is ${what} carries flash and a timeout of its own`, async (t) => {
    const One = cookie<Prefs, Note>('prefs', options)
    const { request } = await serveApp(t, [One], {
      '/set': ({ sessions: all }) => {
        const one = all.open(One)
        one.set('pageSize', 10).flash('role', 'admin')
        one.idleTimeout = '1h'
      },
      '/get': ({ sessions: all }) => {
        const one = all.open(One)
        return [one.get('role'), one.idleTimeout]
      },
    })
    const token = (await request('/set')).setCookie[0]?.split(';')[0] ?? ''
    t.deepEqual(JSON.parse((await request('/get', { cookie: token })).text), ['admin', HOUR])
  })
}

test('what a client can change cannot be revoked, and the app does not start', (t) => {
  const revocations = memoryStorage({ maxSessions: Infinity })
  const subject = (): string => 'ada'
  for (const transform of [plain(), backwards, [plain(), backwards]]) {
    t.throws(() => cookie('prefs', { transform, revocations, subject }), {
      code: 'ERR_SESSION_CONFIG',
      message: /session 'prefs': 'revocations' needs a 'transform' that authenticates.*sign\(\)/,
    })
  }
  t.notThrows(() =>
    sessions([cookie('prefs', { transform: [backwards, encrypt({ keys: KEYS })], revocations, subject })]),
  )
})

test('a transformer that does not say so clearly does not authenticate', (t) => {
  const revocations = memoryStorage({ maxSessions: Infinity })
  const subject = (): string => 'ada'
  for (const authenticates of [undefined, false, 'yes', 1]) {
    const own = () =>
      transformer({ authenticates: any(authenticates), encode: (text) => text, decode: (token) => token })
    t.throws(() => cookie('prefs', { transform: own(), revocations, subject }), { code: 'ERR_SESSION_CONFIG' })
  }
})
