import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import {
  cookie,
  encrypt,
  header,
  memoryStorage,
  seal,
  session,
  sign,
  type AnyDefinition,
  type SessionOptions,
  type SessionTransformer,
} from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { KEY, serveApp } from '../support/app.ts'
import { lineOf, tokenOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

const TRANSFORMERS: Readonly<Record<string, () => SessionTransformer>> = {
  sign: () => sign(KEY),
  encrypt: () => encrypt({ keys: KEY }),
  seal: () => seal({ password: KEY }),
}
const CHARACTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', ...'*.~%=+/!']

/** Sessions of the same options that go by other names. */
const siblings = (options: SessionOptions<Visit>): AnyDefinition[] => [
  cookie<Visit>('visits2', options),
  cookie<Visit>('VISITS', options),
  header<Visit>('visits-h', options),
]

async function presentElsewhere(t: ExecutionContext, options: SessionOptions<Visit>): Promise<void> {
  const Visits = cookie<Visit>('visits', options)
  const own = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits),
  })
  const token = tokenOf(await own.request('/set'), 'visits')
  t.is((await own.request('/', { cookie: `visits=${token}` })).text, '{"count":1}')

  const others = siblings(options)
  const elsewhere = await serveApp(t, others, { '/': ({ sessions }) => others.map((one) => sessions.get(one) ?? null) })
  const stolen = await elsewhere.request('/', {
    cookie: `visits2=${token}; VISITS=${token}`,
    headers: { 'visits-h': token },
  })
  t.is(stolen.text, '[null,null,null]')

  // One name, other transports.
  const Header = header<Visit>('visits', options)
  const inHeader = await serveApp(t, [Header], { '/': ({ sessions }) => ({ none: !sessions.get(Header) }) })
  t.is((await inHeader.request('/', { headers: { visits: token } })).text, '{"none":true}')
  const Query = session<Visit>('visits', {
    ...options,
    transport: {
      receive: ({ context }) => String(context.query['visits'] ?? '') || null,
      send: () => {},
      clear: () => {},
    },
  })
  const inQuery = await serveApp(t, [Query], { '/': ({ sessions }) => ({ none: !sessions.get(Query) }) })
  t.is((await inQuery.request(`/?visits=${token}`)).text, '{"none":true}')
}

for (const [name, make] of Object.entries(TRANSFORMERS)) {
  test(`a token by value of ${name} is worthless under another name and in another transport`, async (t) => {
    await presentElsewhere(t, { transform: make() })
  })

  test(`every change of a character of a token of ${name} makes it worthless`, async (t) => {
    const purpose = { name: 'visits', transport: 'cookie', random: randomBytes }
    const token = await make().bind(purpose).encode('1.2.{"count":1}')
    // Not the one that made it: it might remember what it has made.
    const bound = make().bind(purpose)
    t.like(await bound.decode(token), { text: '1.2.{"count":1}' })
    const accepted: string[] = []
    const attempts: Promise<void>[] = []
    const attempt = (changed: string): void => {
      if (changed === token) return
      const decoded = Promise.resolve(bound.decode(changed))
      attempts.push(decoded.then(({ refused }) => void (refused === undefined && accepted.push(changed))))
    }
    const few = name === 'seal'
    for (let at = 0; at < token.length; at++) {
      const [one, other] = [CHARACTERS[at % 64]!, CHARACTERS[(at * 7 + 13) % 64]!]
      const bit = String.fromCharCode(token.charCodeAt(at) ^ 1)
      // Its lower byte is the same: a comparison of bytes would not see it.
      const wide = String.fromCharCode(token.charCodeAt(at) + 256)
      for (const character of few ? [one, other, bit, wide] : [...CHARACTERS, wide])
        attempt(token.slice(0, at) + character + token.slice(at + 1))
      attempt(token.slice(0, at) + token.slice(at + 1))
      attempt(token.slice(0, at))
    }
    // The last character of base64 may have bits that say nothing: all others for it are tried.
    for (const character of CHARACTERS) attempt(token.slice(0, -1) + character)
    for (const more of [...CHARACTERS, '\n', ' ', '\0', token]) [token + more, more + token].forEach(attempt)
    await Promise.all(attempts)
    t.deepEqual(accepted, [])
    t.true(attempts.length > token.length * 3)
  })
}

test('an id is worthless under another name and in another transport, on one shared storage', async (t) => {
  await presentElsewhere(t, { storage: memoryStorage() })
})

test('an id, or a token by value, is worthless where the other kind is expected', async (t) => {
  const storage = memoryStorage()
  const ById = cookie<Visit>('visits', { storage, transform: sign(KEY) })
  const ByValue = cookie<Visit>('visits', { transform: sign(KEY) })
  const ids = await serveApp(t, [ById], {
    '/set': ({ sessions }) => sessions.set(ById, { count: 1 }),
    '/': ({ sessions }) => ({ none: !sessions.get(ById) }),
  })
  const values = await serveApp(t, [ByValue], {
    '/set': ({ sessions }) => sessions.set(ByValue, { count: 1 }),
    '/': ({ sessions }) => ({ none: !sessions.get(ByValue) }),
  })
  const id = tokenOf(await ids.request('/set'), 'visits')
  const value = tokenOf(await values.request('/set'), 'visits')
  t.is((await ids.request('/', { cookie: `visits=${id}` })).text, '{"none":false}')
  t.is((await values.request('/', { cookie: `visits=${value}` })).text, '{"none":false}')
  t.is((await ids.request('/', { cookie: `visits=${value}` })).text, '{"none":true}')
  t.is((await values.request('/', { cookie: `visits=${id}` })).text, '{"none":true}')
})

test('what one transformer made another does not take, also with the same key', async (t) => {
  const purpose = { name: 'visits', transport: 'cookie', random: randomBytes }
  for (const [from, make] of Object.entries(TRANSFORMERS)) {
    const token = await make().bind(purpose).encode('1.2.{}')
    for (const [to, other] of Object.entries(TRANSFORMERS)) {
      const { refused } = await other().bind(purpose).decode(token)
      t.is(refused === undefined, from === to, `${from} to ${to}`)
    }
  }
})

test('a value that nobody has signed is no session, in whatever dress it comes', async (t) => {
  const Visits = cookie<Visit>('visits')
  const { request } = await serveApp(t, [Visits], { '/': ({ sessions }) => ({ none: !sessions.get(Visits) }) })
  const far = (Date.now() * 2).toString(36)
  const text = `0.${far}.{"count":1}`
  const base64 = Buffer.from(text).toString('base64url')
  const json = Buffer.from('{"count":1}').toString('base64url')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const token of [
    encodeURIComponent(text),
    encodeURIComponent('{"count":1}'),
    base64,
    json,
    `${none}.${json}.`,
    `sAAAA${base64}`,
  ]) {
    const reply = await request('/', { cookie: `visits=${token}` })
    t.is(reply.text, '{"none":true}')
    t.regex(lineOf(reply, 'visits'), /Max-Age=0/)
  }
})

test('what the storage holds is no credential: its keys, presented, are no session', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage })
  const { request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => ({ none: !sessions.get(Visits) }),
  })
  await request('/set')
  const [key] = storage.keys
  const [record] = storage.records
  for (const stolen of [key, record!.identity, record!.data.slice(0, 16)]) {
    t.is((await request('/', { cookie: `visits=${stolen}` })).text, '{"none":true}')
  }
})
