// A session with several ids, as regenerateId({ deleteOld: false }) leaves it: whichever is ended, all are.
import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, sessions, storageFrom, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import type { Browser } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import { type Routes, routed, serveApp, serveMiddlewares } from '../support/app.ts'

interface User {
  name?: string
  count: number
}

/** Ktor's three methods: neither a list nor a compare-and-set. */
function texts(_?: ExecutionContext, rows: Map<string, string> = new Map<string, string>()): SessionStorage {
  return storageFrom({
    read: (key) => rows.get(key) ?? null,
    write: (key, text) => void rows.set(key, text),
    invalidate: (key) => void rows.delete(key),
  })
}

type Make = (t: ExecutionContext) => SessionStorage

const STORAGES: Readonly<Record<string, Make>> = { ...ENGINES, 'in a storage that cannot list': texts }

function story(t: ExecutionContext, storage: SessionStorage, more: Routes = {}) {
  const Users = cookie<User>('user', { storage, subject: ({ name }) => name })
  return serveApp(t, [Users], {
    '/in': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 0 }),
    '/visit': (ctx) => ctx.sessions.set(Users, { count: 0 }),
    '/login': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 1 }),
    '/copy': (ctx) => ctx.sessions.open(Users).regenerateId({ deleteOld: false }),
    '/move': (ctx) => ctx.sessions.open(Users).regenerateId(),
    '/clear': (ctx) => ctx.sessions.clear(Users),
    '/destroy': (ctx) => ctx.sessions.open(Users).destroy(),
    '/count': async (ctx) => {
      ctx.body = await ctx.sessions.update(Users, (now) => now && { ...now, count: now.count + 1 })
    },
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.count ?? 'none'),
    ...more,
  })
}

const alive = async (browser: Browser): Promise<boolean> => (await browser.get('/')).text !== 'none'

for (const [where, engine] of Object.entries(STORAGES)) {
  for (const first of ['/in', '/visit']) {
    for (const ending of ['/clear', '/destroy']) {
      for (const by of ['the old', 'the new']) {
        test(`a later request that ends ${by} id ends both (${first} ${ending} ${where})`, async (t) => {
          const { browser, errors } = await story(t, engine(t))
          const ada = browser()
          await ada.get(first)
          const old = ada.copy()
          await ada.get('/copy')
          t.deepEqual([await alive(old), await alive(ada)], [true, true])
          const [ends, other] = by === 'the old' ? [old, ada] : [ada, old]
          const copies = [ends.copy(), other.copy()]
          await ends.get(ending)
          for (const copy of copies) t.false(await alive(copy))
          t.deepEqual(errors, [])
        })
      }
    }
  }

  test(`of three ids, each of which has changed since, the end of any is the end of all (${where})`, async (t) => {
    for (const ending of [0, 1, 2]) {
      const { browser, errors } = await story(t, engine(t))
      const ada = browser()
      await ada.get('/in')
      const ids = [ada.copy()]
      await ada.get('/copy')
      ids.push(ada.copy())
      await ada.get('/copy')
      ids.push(ada.copy())
      for (const id of ids) {
        await id.get('/move')
        await id.get('/count')
        await id.get('/move')
      }
      for (const id of ids) t.true(await alive(id))
      const copies = ids.map((id) => id.copy())
      await ids[ending]!.get('/clear')
      for (const copy of copies) t.false(await alive(copy))
      t.deepEqual(errors, [])
    }
  })

  test(`a login with one id leaves the other what it was, and both end together (${where})`, async (t) => {
    const { browser, errors } = await story(t, engine(t))
    const ada = browser()
    await ada.get('/visit')
    const old = ada.copy()
    await ada.get('/copy')
    await ada.get('/login')
    t.deepEqual([(await old.get('/')).text, (await ada.get('/')).text], ['0', '1'])
    await ada.get('/clear')
    t.false(await alive(old))
    t.deepEqual(errors, [])
  })

  test(`a logout that has read the session before it got a second id ends both (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const { browser } = await story(t, control)
    const ada = browser()
    await ada.get('/in')
    const slow = ada.copy()
    const deleting = control.hold('delete')
    const out = slow.get('/clear')
    await deleting.reached
    await ada.get('/copy')
    t.true(await alive(ada))
    deleting.open()
    await out
    t.false(await alive(ada))
  })

  test(`a logout that never reads the session ends both (${where})`, async (t) => {
    const Users = cookie<User>('user', { storage: engine(t), deferred: true })
    const { browser } = await serveApp(t, [Users], {
      '/in': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 0 }),
      '/copy': async (ctx) => {
        await ctx.sessions.load(Users)
        ctx.sessions.open(Users).regenerateId({ deleteOld: false })
      },
      '/clear': (ctx) => ctx.sessions.clear(Users),
      '/': async (ctx) => void (ctx.body = (await ctx.sessions.load(Users))?.count ?? 'none'),
    })
    const ada = browser()
    await ada.get('/in')
    const old = ada.copy()
    await ada.get('/copy')
    t.true(await alive(ada))
    await old.get('/clear')
    t.false(await alive(ada))
  })

  test(`an update under way with one id, while the other is ended, is refused (${where})`, async (t) => {
    const control = controlledStorage(engine(t))
    const { browser } = await story(t, control)
    const ada = browser()
    await ada.get('/in')
    const old = ada.copy()
    await ada.get('/copy')
    const updating = control.hold('update')
    const count = ada.get('/count')
    await updating.reached
    await old.get('/clear')
    updating.open()
    t.is((await count).status, 409)
    t.false(await alive(ada))
  })
}

test('where one of the ids expires by itself the other one lives on, also past further requests and ids', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const Users = cookie<User>('user', { storage, idleTimeout: '1h', touchAfter: '1m', absoluteTimeout: null })
  const { browser } = await serveApp(
    t,
    [Users],
    {
      '/in': (ctx) => ctx.sessions.set(Users, { count: 0 }),
      '/copy': (ctx) => ctx.sessions.open(Users).regenerateId({ deleteOld: false }),
      '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.count ?? 'none'),
      '/clear': (ctx) => ctx.sessions.clear(Users),
    },
    { clock },
  )
  const ada = browser()
  await ada.get('/in')
  const old = ada.copy()
  await ada.get('/copy')
  for (let use = 0; use < 4; use++) {
    clock.advance(30 * 60_000)
    t.true(await alive(ada))
  }
  t.false(await alive(old))
  t.true(await alive(ada))
  const middle = ada.copy()
  await ada.get('/copy')
  clock.advance(30 * 60_000)
  t.deepEqual([await alive(ada), await alive(middle)], [true, true])
  await middle.get('/clear')
  t.false(await alive(ada))
})

test('a session with one id costs no more than before, and one with two gives its rows back when it ends', async (t) => {
  const rows = new Map<string, string>()
  const control = controlledStorage(texts(t, rows))
  const { browser } = await story(t, control)
  const ada = browser()
  await ada.get('/in')
  await ada.get('/')
  await ada.copy().get('/clear')
  t.deepEqual(control.calls, ['create', 'read', 'read', 'delete'])
  await ada.get('/in')
  await ada.get('/copy')
  await ada.get('/clear')
  t.is(rows.size, 0)
})

test('revoking a handle ends all ids of its session, and sparing a request spares its id and not the others', async (t) => {
  for (const [where, engine] of Object.entries(ENGINES)) {
    const Users = cookie<User>('user', { storage: engine(t), subject: ({ name }) => name })
    const middleware = sessions([Users])
    const { browser } = await serveMiddlewares(t, [
      middleware,
      routed({
        '/in': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 0 }),
        '/visit': (ctx) => ctx.sessions.set(Users, { count: 0 }),
        '/copy': (ctx) => ctx.sessions.open(Users).regenerateId({ deleteOld: false }),
        '/others': async (ctx) => void (ctx.body = String(await middleware.revokeAll(Users, 'ada', { except: ctx }))),
        '/list': async (ctx) => void (ctx.body = (await middleware.list(Users, 'ada')).length),
        '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.count ?? 'none'),
      }),
    ])
    // Both ids are ada's; or she has signed in with the second one only.
    for (const steps of [
      ['/in', '/copy'],
      ['/visit', '/copy', '/in'],
    ]) {
      const ada = browser()
      await ada.get(steps[0]!)
      const old = ada.copy()
      for (const step of steps.slice(1)) await ada.get(step)
      t.deepEqual([await alive(old), await alive(ada)], [true, true], where)
      await ada.get('/others')
      t.deepEqual([await alive(old), await alive(ada)], [false, true], where)
      t.is((await ada.get('/list')).text, '1', where)
      const [{ handle } = { handle: '' }] = await middleware.list(Users, 'ada')
      await ada.get('/copy')
      const third = ada.copy()
      await ada.get('/copy')
      t.true(await middleware.revoke(Users, handle))
      t.deepEqual([await alive(third), await alive(ada)], [false, false], where)
    }
  }
})

test('a list of devices does not show a session of which another id was ended', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Users = cookie<User>('user', { storage: control, subject: ({ name }) => name })
  const middleware = sessions([Users])
  const { browser } = await serveMiddlewares(t, [
    middleware,
    routed({
      '/in': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 0 }),
      '/copy': (ctx) => ctx.sessions.open(Users).regenerateId({ deleteOld: false }),
      '/clear': (ctx) => ctx.sessions.clear(Users),
    }),
  ])
  const ada = browser()
  await ada.get('/in')
  const slow = ada.copy()
  const deleting = control.hold('delete')
  const out = slow.get('/clear')
  await deleting.reached
  await ada.get('/copy')
  deleting.open()
  await out
  t.deepEqual(await middleware.list(Users, 'ada'), [])
})
