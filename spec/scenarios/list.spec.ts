import test from 'ava'
import { cachedStorage, cookie, header, memoryStorage, sessions, type ListedSession } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { StorageKeys } from '../../lib/trackers/session-keys.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id?: string
  device?: string
  secret?: string
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

type Listed = ListedSession<string | undefined>

for (const [where, engine] of Object.entries(ENGINES)) {
  /** An app in which users log in at devices, and look at the list of them. */
  async function devices(t: Parameters<typeof engine>[0]) {
    const clock = manualClock()
    const storage = engine(t, clock)
    const User = cookie<User>('user', {
      storage,
      subject: ({ id }) => id,
      idleTimeout: '1h',
      absoluteTimeout: '3h',
      touchAfter: '1m',
    })
    const middleware = sessions([User], { clock })
    const story = await serveMiddlewares(t, [
      middleware,
      routed({
        '/login': (ctx) =>
          ctx.sessions.set(User, {
            id: String(ctx.query['as'] ?? 'ada'),
            device: String(ctx.query['device']),
            secret: 'of this session',
          }),
        '/visit': (ctx) => ctx.sessions.set(User, { device: 'unknown' }),
        '/read': (ctx) => void (ctx.body = { ...ctx.sessions.get(User) }),
        '/logout': (ctx) => ctx.sessions.clear(User),
        '/regenerate': (ctx) => ctx.sessions.open(User).regenerateId(),
        '/second-id': (ctx) => ctx.sessions.open(User).regenerateId({ deleteOld: false }),
        '/handle': (ctx) => void (ctx.body = String(ctx.sessions.open(User).handle)),
        '/devices': async (ctx) => {
          ctx.body = await middleware.list(User, String(ctx.query['of'] ?? 'ada'), {
            ctx,
            show: ({ device }) => device,
          })
        },
        '/new': async (ctx) => {
          ctx.sessions.set(User, { id: 'ada', device: 'new' })
          ctx.body = await middleware.list(User, 'ada', { ctx, show: ({ device }) => device })
        },
      }),
    ])
    return { ...story, User, clock, storage, list: middleware.list }
  }

  test(`a user sees their own sessions, newest first, and which one is this request's (${where})`, async (t) => {
    const { browser, clock } = await devices(t)
    const [laptop, phone, tablet, other] = [browser(), browser(), browser(), browser()]
    const start = clock()
    await laptop.get('/login?device=laptop')
    clock.advance(MINUTE)
    await phone.get('/login?device=phone')
    clock.advance(MINUTE)
    await other.get('/login?as=bob&device=bobs')
    await tablet.get('/login?device=tablet')

    const seen = await phone.json<Listed[]>('/devices')
    t.deepEqual(
      seen.map(({ shown, current, createdAt }) => [shown, current, createdAt - start]),
      [
        ['tablet', false, 2 * MINUTE],
        ['phone', true, MINUTE],
        ['laptop', false, 0],
      ],
    )
    t.is(new Set(seen.map(({ handle }) => handle)).size, 3)
    t.deepEqual(
      (await other.json<Listed[]>('/devices?of=bob')).map(({ shown, current }) => [shown, current]),
      [['bobs', true]],
    )
    t.deepEqual(await other.json('/devices?of=eve'), [])
    t.false((await other.json<Listed[]>('/devices')).some(({ current }) => current))
  })

  test(`a listed session says when it was last seen, and when it ends unless it is used (${where})`, async (t) => {
    const { browser, clock, list, User } = await devices(t)
    const ada = browser()
    const start = clock()
    await ada.get('/login?device=laptop')
    const times = async (): Promise<unknown> =>
      (await list(User, 'ada')).map(({ createdAt, lastSeenAt, expiresAt }) =>
        [createdAt, lastSeenAt, expiresAt].map((at) => at - start),
      )
    t.deepEqual(await times(), [[0, 0, HOUR]])
    clock.advance(30 * MINUTE)
    t.deepEqual(await times(), [[0, 0, HOUR]], 'to be listed is not to be seen')
    await ada.get('/read')
    t.deepEqual(await times(), [[0, 30 * MINUTE, 90 * MINUTE]])
    clock.advance(50 * MINUTE)
    await ada.get('/regenerate')
    t.deepEqual(await times(), [[0, 80 * MINUTE, 140 * MINUTE]])
  })

  test(`what has ended is not listed: logged out, expired, older than an absolute timeout that was shortened (${where})`, async (t) => {
    const { browser, clock, list, User, storage } = await devices(t)
    const shown = async (): Promise<unknown> =>
      (await list(User, 'ada', { show: ({ device }) => device })).map((session) => session.shown)
    const [laptop, phone] = [browser(), browser()]
    await laptop.get('/login?device=laptop')
    clock.advance(10 * MINUTE)
    await phone.get('/login?device=phone')
    t.deepEqual(await shown(), ['phone', 'laptop'])
    clock.advance(50 * MINUTE - 1)
    t.deepEqual(await shown(), ['phone', 'laptop'])
    const Shorter = cookie<User>('user', {
      storage,
      subject: ({ id }) => id,
      idleTimeout: '1h',
      absoluteTimeout: '55m',
    })
    t.is((await sessions([Shorter], { clock }).list(Shorter, 'ada')).length, 1)
    clock.advance(1)
    t.deepEqual(await shown(), ['phone'])
    await phone.get('/logout')
    t.deepEqual(await shown(), [])
  })

  test(`the handle of a session stays when its id changes, and tells neither the id nor the key (${where})`, async (t) => {
    const { browser, list, User, storage } = await devices(t)
    const ada = browser()
    await ada.get('/login?device=laptop')
    const [before] = await list(User, 'ada')
    const ids = [ada.cookies.get('user') ?? '']
    t.is((await ada.get('/handle')).text, before!.handle)
    await ada.get('/regenerate')
    ids.push(ada.cookies.get('user') ?? '')
    t.not(ids[0], ids[1])
    const after = await list(User, 'ada')
    t.deepEqual(
      after.map(({ handle }) => handle),
      [before?.handle],
    )
    t.is((await ada.get('/handle')).text, before!.handle)

    const subject = new StorageKeys('user', 'cookie', 'own').subject('ada')
    const rows = []
    for await (const row of storage.list!(subject)) rows.push(row)
    t.is(rows.length, 1)
    const told = JSON.stringify(await list(User, 'ada'))
    for (const secret of [
      ...ids,
      subject,
      ...rows.flatMap(({ key, record }) => [key, record.identity]),
      'ada',
      'of this session',
    ])
      t.false(told.includes(secret))
  })

  test(`a session that has two ids is one (${where})`, async (t) => {
    const { browser } = await devices(t)
    const ada = browser()
    await ada.get('/login?device=laptop')
    const old = ada.copy()
    await ada.get('/second-id')
    for (const one of [old, ada])
      t.deepEqual(
        (await one.json<Listed[]>('/devices')).map(({ shown, current }) => [shown, current]),
        [['laptop', true]],
      )
  })

  test(`who logs in is listed by the name they log in by, no longer by the one before (${where})`, async (t) => {
    const { browser } = await devices(t)
    const one = browser()
    await one.get('/visit')
    t.deepEqual(await one.json('/devices'), [])
    await one.get('/login?as=ada&device=laptop')
    t.is((await one.json<Listed[]>('/devices')).length, 1)
    await one.get('/login?as=bob&device=laptop')
    t.deepEqual(await one.json('/devices'), [])
    t.is((await one.json<Listed[]>('/devices?of=bob')).length, 1)
  })

  test(`a session that this request has just begun is listed from the next one on (${where})`, async (t) => {
    const { browser } = await devices(t)
    const ada = browser()
    t.deepEqual(await ada.json('/new'), [])
    t.deepEqual(
      (await ada.json<Listed[]>('/devices')).map(({ shown, current }) => [shown, current]),
      [['new', true]],
    )
  })

  test(`two sessions in one storage do not list each other's, though the user is the same (${where})`, async (t) => {
    const storage = engine(t)
    const subject = ({ id }: User): string | undefined => id
    const definitions = [
      cookie<User>('user', { storage, subject }),
      cookie<User>('admin', { storage, subject }),
      header<User>('X-User', { storage, subject }),
    ] as const
    const middleware = sessions(definitions)
    const { browser } = await serveMiddlewares(t, [
      middleware,
      (ctx) => {
        for (const definition of definitions) ctx.sessions.set(definition, { id: 'ada', device: definition.name })
      },
    ])
    await browser().get('/')
    for (const definition of definitions)
      t.deepEqual(
        (await middleware.list(definition, 'ada', { show: ({ device }) => device })).map(({ shown }) => shown),
        [definition.name],
      )
  })

  test(`fifty logins at once are all listed, once each (${where})`, async (t) => {
    const { browser, list, User } = await devices(t)
    await Promise.all(Array.from({ length: 50 }, (_, index) => browser().get(`/login?device=${index}`)))
    const listed = await list(User, 'ada', { show: ({ device }) => Number(device) })
    t.deepEqual(
      listed.map(({ shown }) => shown).toSorted((a, b) => a - b),
      Array.from({ length: 50 }, (_, index) => index),
    )
    t.is(new Set(listed.map(({ handle }) => handle)).size, 50)
  })
}

test('nothing of a value is shown unless the app says what', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })
  const middleware = sessions([User])
  const { browser } = await serveMiddlewares(t, [
    middleware,
    (ctx) => ctx.sessions.set(User, { id: 'ada', device: 'laptop' }),
  ])
  await browser().get('/')
  const [session] = await middleware.list(User, 'ada')
  t.deepEqual(Object.keys(session ?? {}).toSorted(), [
    'createdAt',
    'current',
    'expiresAt',
    'handle',
    'lastSeenAt',
    'shown',
  ])
  t.is(session?.shown, undefined)
})

test('a session whose value does not fit its definition any more is listed, with nothing shown', async (t) => {
  const storage = memoryStorage()
  const options = { storage, subject: ({ id }: User) => id }
  const Before = cookie<User>('user', options)
  const { browser } = await serveMiddlewares(t, [
    sessions([Before]),
    (ctx) => ctx.sessions.set(Before, { id: 'ada', device: 'laptop' }),
  ])
  await browser().get('/')
  const Now = cookie<User>('user', {
    ...options,
    serializer: {
      stringify: JSON.stringify,
      parse: () => {
        throw new Error('not ours')
      },
    },
  })
  const listed = await sessions([Now]).list(Now, 'ada', { show: ({ device }) => device })
  t.deepEqual(
    listed.map(({ shown }) => shown),
    [undefined],
  )
})

test('what cannot be listed is refused with what it needs', async (t) => {
  const withList = memoryStorage()
  const { list: _, ...withoutList } = controlledStorage(withList)
  const subject = ({ id }: User): string | undefined => id
  const cases = [
    [cookie<User>('user', { storage: withList }), /list\(\) of session 'user': .*option 'subject'/],
    [cookie<User>('user', { subject }), /list\(\) of session 'user': .*by value.*keep them in a 'storage'/],
    [
      cookie<User>('user', { subject, revocations: controlledStorage(withList) }),
      /list\(\) of session 'user': .*by value.*keep them in a 'storage'/,
    ],
    [cookie<User>('user', { subject, storage: withoutList }), /list\(\) of session 'user': its storage cannot list/],
    [
      cookie<User>('user', { subject, storage: cachedStorage(withoutList) }),
      /list\(\) of session 'user': its storage cannot list/,
    ],
  ] as const
  for (const [definition, message] of cases) {
    const middleware = sessions([definition], { keys: ['a key of the scenarios, long enough for anything'] })
    await t.throwsAsync(async () => middleware.list(definition, 'ada'), { code: 'ERR_SESSION_CONFIG', message })
  }
})

test('a definition that is not mounted cannot be listed, and a storage that is down says so', async (t) => {
  const control = controlledStorage(memoryStorage())
  const storage = control
  const subject = ({ id }: User): string | undefined => id
  const [User, Other] = [cookie<User>('user', { storage, subject }), cookie<User>('other', { storage, subject })]
  const { list } = sessions([User])
  await t.throwsAsync(async () => list(Other, 'ada'), {
    code: 'ERR_SESSION_NOT_MOUNTED',
    message: /mounted: user/,
  })
  for (const trouble of ['throws', 'rejects'] as const) {
    control.break(trouble, 'list')
    await t.throwsAsync(list(User, 'ada'), { code: 'ERR_SESSION_STORAGE' }, trouble)
    control.mend()
  }
})

test('what cannot be done is always a rejected promise, so that one catch is enough', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage() })
  const { list, revoke, revokeAll } = sessions([User])
  const Other = cookie<User>('other', { storage: memoryStorage() })
  const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
  for (const [definition, code] of [
    [User, 'ERR_SESSION_CONFIG'],
    [Other, 'ERR_SESSION_NOT_MOUNTED'],
  ] as const) {
    t.is(await list(definition, 'ada').catch(codeOf), code)
    t.is(await revoke(definition, 'a.handle', { subject: 'ada' }).catch(codeOf), code)
    t.is(await revokeAll(definition, 'ada').catch(codeOf), code)
  }
})

test('through a cache the list is as fresh as the storage behind it', async (t) => {
  const engine = memoryStorage()
  const processes = [1, 2].map(() => {
    const User = cookie<User>('user', { storage: cachedStorage(engine), subject: ({ id }) => id })
    const middleware = sessions([User])
    return { User, middleware, list: () => middleware.list(User, 'ada') }
  })
  const [here, elsewhere] = processes as [(typeof processes)[0], (typeof processes)[0]]
  const { browser } = await serveMiddlewares(t, [
    here.middleware,
    routed({
      '/login': (ctx) => ctx.sessions.set(here.User, { id: 'ada' }),
      '/logout': (ctx) => ctx.sessions.clear(here.User),
    }),
  ])
  const ada = browser()
  for (const [path, count] of [
    ['/login', 1],
    ['/logout', 0],
  ] as const) {
    await ada.get(path)
    t.is((await here.list()).length, count)
    t.is((await elsewhere.list()).length, count)
  }
})
