import test from 'ava'
import { cookie, isSessionError, memoryStorage } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'
import { cookieOf, lineOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Visit {
  count: number
}

test('a deferred session is read by load, and by nothing before it', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage, deferred: true })
  const { request, errors } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/unused': () => 'ok',
    '/too-early': ({ sessions }) => sessions.get(Visits),
    '/load': async ({ sessions }) => [await sessions.load(Visits), sessions.get(Visits)],
    '/clear': ({ sessions }) => sessions.clear(Visits),
  })
  const reply = await request('/set')
  t.not(tokenOf(reply, 'visits'), '')
  const header = cookieOf(reply, 'visits')
  storage.calls.length = 0
  t.is((await request('/unused', { cookie: header })).text, 'ok')
  t.is((await request('/too-early', { cookie: header })).status, 500)
  t.deepEqual(
    errors.map((error) => isSessionError(error) && error.code),
    ['ERR_SESSION_NOT_LOADED'],
  )
  t.deepEqual(storage.calls, [])
  t.deepEqual(JSON.parse((await request('/load', { cookie: header })).text), [{ count: 1 }, { count: 1 }])
  t.deepEqual(storage.calls, ['read'])
  const left = await request('/clear', { cookie: header })
  t.regex(lineOf(left, 'visits'), /^visits=; .*Max-Age=0/)
  t.deepEqual(storage.calls, ['read', 'delete'])
  t.deepEqual(JSON.parse((await request('/load', { cookie: header })).text), [null, null])
})

test('where a deferred session is not on the request there is nothing to wait for', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const Visits = cookie<Visit>('visits', { storage, deferred: true })
  const { request } = await serveApp(t, [Visits], {
    '/': ({ sessions }) => ({ none: sessions.get(Visits) === undefined }),
  })
  t.deepEqual(JSON.parse((await request('/')).text), { none: true })
  t.deepEqual(storage.calls, [])
})
