import test from 'ava'
import { cookie, type SessionDefinition } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { gate, type Gate } from '../support/gate.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'

interface User {
  id: string
  count: number
}
type UserSession = SessionDefinition<User>

/** Handlers that stop at a gate between reading and writing, so that a test decides who comes first. */
function routes(User: UserSession, stop: Gate): Routes {
  const slowly =
    (write: Routes[string]): Routes[string] =>
    async (ctx) => {
      ctx.sessions.get(User)
      await stop.pass()
      await write(ctx)
      ctx.body ??= 'done'
    }
  return {
    '/in': (ctx) => ctx.sessions.set(User, { id: String(ctx.query['id'] ?? 'ada'), count: 0 }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
    '/out': (ctx) => ctx.sessions.clear(User),
    '/count': async (ctx) => {
      await ctx.sessions.update(User, (user) => ({ id: 'ada', count: (user?.count ?? 0) + 1 }))
    },
    '/regenerate': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }, { regenerate: true }),
    '/slow/read': slowly(() => {}),
    '/slow/set': slowly((ctx) => ctx.sessions.set(User, { id: 'ada', count: 100 })),
    '/slow/update': slowly((ctx) =>
      ctx.sessions.update(User, (user) => ({ id: 'ada', count: (user?.count ?? 0) + 100 })),
    ),
    '/slow/out': slowly((ctx) => ctx.sessions.clear(User)),
    '/slow/login': slowly((ctx) => ctx.sessions.set(User, { id: 'bob', count: 0 })),
  }
}

for (const [where, engine] of Object.entries(ENGINES)) {
  async function story(t: Parameters<typeof engine>[0], options: { conflict?: 'overwrite' | 'reject' } = {}) {
    const control = controlledStorage(engine(t))
    const User = cookie<User>('user', { storage: control, subject: ({ id }) => id, ...options })
    const stop = gate()
    const { browser, errors } = await serveApp(t, [User], routes(User, stop))
    const ada = browser()
    await ada.get('/in')
    return { control, ada, stop, errors, User, browser }
  }

  for (const [what, status] of [
    ['set', 204],
    ['update', 409],
  ] as const) {
    test(`a slow ${what} does not bring back a session ${where} that was logged out meanwhile`, async (t) => {
      const { ada, stop, control } = await story(t)
      const thief = ada.copy()
      const slow = ada.copy()
      const slowPage = slow.get(`/slow/${what}`)
      await stop.reached
      t.is((await ada.get('/out')).status, 204)
      stop.open()
      const page = await slowPage
      t.is(page.status, what === 'set' ? 200 : status)
      t.deepEqual(page.setCookie, [], 'neither a live cookie nor an expired one')
      t.is((await thief.get('/get')).text, 'none')
      t.is((await slow.get('/get')).text, 'none')
      t.is(control.count('create'), 1)
    })
  }

  test(`a write ${where} that was on its way when the logout came does not bring the session back`, async (t) => {
    const { ada, control, stop } = await story(t)
    const thief = ada.copy()
    const writing = control.hold('update')
    stop.open()
    const slow = ada.copy().get('/slow/set')
    await writing.reached
    await ada.get('/out')
    writing.open()
    t.deepEqual((await slow).setCookie, [])
    t.is((await thief.get('/get')).text, 'none')
  })

  test(`an update ${where} that was on its way when the logout came says so (409), and the session stays gone`, async (t) => {
    const { ada, control, errors } = await story(t)
    const thief = ada.copy()
    const writing = control.hold('update')
    const slow = ada.copy().get('/count')
    await writing.reached
    await ada.get('/out')
    writing.open()
    const page = await slow
    t.is(page.status, 409)
    t.deepEqual(page.setCookie, [])
    t.deepEqual(codes(errors), ['ERR_SESSION_GONE'])
    t.is((await thief.get('/get')).text, 'none')
  })

  test(`a logout ${where} during a request that then logs in anew leaves one session, the new one`, async (t) => {
    const { ada, stop, control } = await story(t)
    const old = ada.copy()
    const slow = ada.copy()
    const page = slow.get('/slow/login')
    await stop.reached
    await ada.get('/out')
    stop.open()
    t.is((await page).setCookie.length, 1)
    t.deepEqual(await slow.json('/get'), { id: 'bob', count: 0 })
    t.is((await old.get('/get')).text, 'none')
    t.is(control.count('create'), 2)
  })

  test(`a request ${where} under way during a login neither keeps the old id alive nor deletes the new cookie`, async (t) => {
    const { ada, stop } = await story(t)
    const old = ada.copy()
    const slowPage = old.copy().get('/slow/set')
    await stop.reached
    await ada.get('/regenerate')
    stop.open()
    t.deepEqual((await slowPage).setCookie, [])
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 0 }, 'the late value does not reach the new session')

    const late = await old.get('/get')
    t.is(late.text, 'none')
    t.deepEqual(late.setCookie, [])
  })

  test(`a logout ${where} by a request that holds the old id ends the session that got a new one meanwhile`, async (t) => {
    const { ada, stop } = await story(t)
    const slow = ada.copy()
    const out = slow.get('/slow/out')
    await stop.reached
    await ada.get('/regenerate')
    t.is((await ada.get('/get')).text, '{"id":"ada","count":0}')
    stop.open()
    t.is((await out).status, 200)
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`of two logins ${where} at once from one session, none leaves the old id alive`, async (t) => {
    const { ada, control } = await story(t)
    const old = ada.copy()
    const [first, second] = [ada.copy(), ada.copy()]
    const rotating = control.hold('rotate')
    const firstPage = first.get('/regenerate')
    await rotating.reached
    await second.get('/regenerate')
    rotating.open()
    await firstPage
    t.is((await old.get('/get')).text, 'none')
    t.deepEqual(await second.json('/get'), { id: 'ada', count: 0 })
  })

  test(`of two logouts ${where} at once both answer, and none is an error`, async (t) => {
    const { ada, control, errors } = await story(t)
    const deleting = control.hold('delete')
    const [first, second] = [ada.copy(), ada.copy()]
    const slow = first.get('/out')
    await deleting.reached
    await second.get('/out')
    deleting.open()
    await slow
    t.is(first.cookies.size, 0)
    t.is(second.cookies.size, 0)
    t.deepEqual(errors, [])
  })

  test(`a whole value ${where} that is set after another request has written wins, unless conflicts are rejected`, async (t) => {
    for (const [conflict, status, count] of [
      ['overwrite', 200, 100],
      ['reject', 409, 1],
    ] as const) {
      const { ada, stop, errors } = await story(t, { conflict })
      const slow = ada.copy().get('/slow/set')
      await stop.reached
      await ada.get('/count')
      stop.open()
      const page = await slow
      t.is(page.status, status)
      t.deepEqual(page.setCookie, [])
      t.deepEqual(await ada.json('/get'), { id: 'ada', count })
      t.deepEqual(codes(errors), conflict === 'reject' ? ['ERR_SESSION_CONFLICT'] : [])
    }
  })

  test(`an update ${where} after another request has written counts both`, async (t) => {
    const { ada, stop } = await story(t, { conflict: 'reject' })
    const slow = ada.copy().get('/slow/update')
    await stop.reached
    await ada.get('/count')
    stop.open()
    t.is((await slow).status, 200)
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 101 })
  })

  test(`a request ${where} that only reads does not roll back what others wrote meanwhile`, async (t) => {
    const { ada, stop } = await story(t)
    const slow = ada.copy().get('/slow/read')
    await stop.reached
    await ada.get('/count')
    stop.open()
    await slow
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 1 })
  })
}
