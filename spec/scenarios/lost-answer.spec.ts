import test from 'ava'
import { cookie } from 'koa-typed-sessions'
import { faultyStorage, storageFault, type StorageFault } from '../support/faulty-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { codes, serveApp } from '../support/app.ts'

interface User {
  id: string
  count: number
}

for (const [where, engine] of Object.entries(ENGINES)) {
  /** Ada is signed in. From then on the next calls of a verb meet the fault that they are given. */
  async function story(t: Parameters<typeof engine>[0]) {
    const due = new Map<string, StorageFault[]>()
    const storage = faultyStorage(engine(t), ({ verb }) => due.get(verb)?.shift())
    const User = cookie<User>('user', { storage, subject: ({ id }) => id })
    const { browser, errors } = await serveApp(t, [User], {
      '/in': (ctx) => ctx.sessions.set(User, { id: String(ctx.query['id'] ?? 'ada'), count: 0 }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
      '/set': (ctx) => {
        const count = (ctx.sessions.get(User)?.count ?? 0) + 10
        ctx.sessions.set(User, { id: 'ada', count })
        ctx.body = { count }
      },
      '/count': async (ctx) => {
        ctx.body = await ctx.sessions.update(User, (user) => ({ id: 'ada', count: (user?.count ?? 0) + 1 }))
      },
      '/out': (ctx) => {
        ctx.sessions.clear(User)
        ctx.body = 'signed out'
      },
    })
    const ada = browser()
    await ada.get('/in')
    const meet = (verb: string, ...faults: StorageFault[]): void => void due.set(verb, faults)
    return { ada, browser, errors, meet }
  }

  for (const [what, fault] of [
    ['an update whose answer is lost', storageFault.errorAfter],
    ['an update that never arrived', storageFault.errorBefore],
    ['an update that the driver has sent twice', storageFault.duplicate],
  ] as const) {
    test(`${what} ${where} counts once, and nobody notices`, async (t) => {
      const { ada, errors, meet } = await story(t)
      meet('update', fault)
      t.deepEqual(await ada.json('/count'), { id: 'ada', count: 1 })
      t.deepEqual(await ada.json('/get'), { id: 'ada', count: 1 })
      t.deepEqual(await ada.json('/count'), { id: 'ada', count: 2 })
      t.deepEqual(errors, [])
    })
  }

  test(`a whole value ${where} whose answer is lost is written once`, async (t) => {
    const { ada, errors, meet } = await story(t)
    meet('update', storageFault.errorAfter)
    t.is((await ada.get('/set')).status, 200)
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 10 })
    t.deepEqual(errors, [])
  })

  for (const [what, fault] of [
    ['whose answer is lost', storageFault.errorAfter],
    ['that never arrived', storageFault.errorBefore],
    ['that the driver has sent twice', storageFault.duplicate],
  ] as const) {
    test(`a login ${where} ${what} gives one new id, and the old one is dead`, async (t) => {
      const { ada, errors, meet } = await story(t)
      const old = ada.copy()
      meet('rotate', fault)
      const page = await ada.get('/in?id=bob')
      t.is(page.setCookie.length, 1)
      t.deepEqual(await ada.json('/get'), { id: 'bob', count: 0 })
      t.is((await old.get('/get')).text, 'none')
      t.deepEqual(errors, [])
    })

    test(`a new session ${where} ${what} is there, and its cookie is good`, async (t) => {
      const { browser, errors, meet } = await story(t)
      meet('create', fault)
      const bob = browser()
      t.is((await bob.get('/in?id=bob')).setCookie.length, 1)
      t.deepEqual(await bob.json('/get'), { id: 'bob', count: 0 })
      t.deepEqual(errors, [])
    })

    test(`a logout ${where} ${what} is one`, async (t) => {
      const { ada, errors, meet } = await story(t)
      const thief = ada.copy()
      meet('delete', fault)
      t.is((await ada.get('/out')).text, 'signed out')
      t.is(ada.cookies.size, 0)
      t.is((await thief.get('/get')).text, 'none')
      t.deepEqual(errors, [])
    })
  }

  test(`an update ${where} of which nobody can tell whether it was done is an error, and is not done again`, async (t) => {
    const { ada, errors, meet } = await story(t)
    const other = ada.copy()
    meet('update', {
      // The other request comes when the write is done, and before anybody has looked whether it is.
      after: async () => {
        await other.get('/count')
        throw new Error('connection reset')
      },
    })
    const page = await ada.get('/set')
    t.is(page.status, 503)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 11 })
  })

  test(`an update ${where} whose answer is lost, and whose session ends before anybody looks, brings nothing back`, async (t) => {
    const { ada, errors, meet } = await story(t)
    const other = ada.copy()
    meet('update', {
      after: async () => {
        await other.get('/out')
        throw new Error('connection reset')
      },
    })
    const page = await ada.get('/count')
    t.is(page.status, 409)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_GONE'])
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`an engine ${where} that stays down is an error, keeps the cookie, and is asked again by the next request`, async (t) => {
    const { ada, errors, meet } = await story(t)
    meet('update', storageFault.errorBefore, storageFault.errorBefore)
    const page = await ada.get('/count')
    t.is(page.status, 503)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
    t.deepEqual(await ada.json('/count'), { id: 'ada', count: 1 })
  })

  test(`a logout ${where} that the engine did not do says so, and the cookie stays`, async (t) => {
    const { ada, errors, meet } = await story(t)
    meet('delete', storageFault.errorBefore, storageFault.errorBefore)
    const page = await ada.get('/out')
    t.is(page.status, 503)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 0 })
  })

  test(`what was read ${where} from a replica that lags is not written over what is newer`, async (t) => {
    const { ada, errors, meet } = await story(t)
    await ada.get('/count')
    meet('read', storageFault.stale)
    t.deepEqual(await ada.json('/count'), { id: 'ada', count: 2 })
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 2 })
    t.deepEqual(errors, [])
  })

  test(`what was read ${where} from a replica that lags does not bring back what was destroyed`, async (t) => {
    const { ada, meet } = await story(t)
    await ada.get('/count')
    const thief = ada.copy()
    await ada.get('/out')
    meet('read', storageFault.stale)
    const page = await thief.get('/count')
    t.is(page.status, 409)
    t.deepEqual(page.setCookie, [])
    t.is((await thief.get('/get')).text, 'none')
  })
}
