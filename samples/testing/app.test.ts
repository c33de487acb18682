import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { memoryStorage } from 'koa-typed-sessions'
import { cookieJar, manualClock, mint } from 'koa-typed-sessions/testing'
import { createApp, memberSession } from './app.ts'

/* oxlint-disable typescript/no-floating-promises -- node:test waits for its tests by itself */

/** The app on a free port, with a storage and a clock of its own. */
async function start(t: TestContext) {
  const clock = manualClock()
  const Member = memberSession(memoryStorage({ clock }))
  const server = createApp({ Member, clock }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, Member, clock }
}

test('a member sees the club', async (t) => {
  const { url, Member, clock } = await start(t)
  // No login: the session is made, and presented.
  const { headers } = await mint(Member, { name: 'Ada' }, { clock })
  const response = await fetch(`${url}/club`, { headers })
  assert.equal(response.status, 200)
  assert.match(await response.text(), /Welcome to the club, <strong>Ada/)
})

test('a stranger is sent to the login', async (t) => {
  const { url } = await start(t)
  const response = await fetch(`${url}/club`, { redirect: 'manual' })
  assert.equal(response.headers.get('Location'), '/login?returnTo=%2Fclub')
})

test('who joins is let in, with a cookie that no script reads', async (t) => {
  const { url } = await start(t)
  const jar = cookieJar()
  // The cookie comes with the redirect: the jar keeps it, and follows.
  const joined = await jar.fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ name: 'Ada' }) })
  assert.equal(joined.url, `${url}/club`)
  assert.match(await joined.text(), /Ada/)
  assert.ok(jar.get('member')?.attributes.has('httponly'))
})

test('half an hour without a visit, and it is over', async (t) => {
  const { url, Member, clock } = await start(t)
  const jar = cookieJar({ clock })
  jar.set(url, (await mint(Member, { name: 'Ada' }, { clock })).setCookie)
  const isIn = async (): Promise<boolean> => (await jar.fetch(`${url}/club`)).url === `${url}/club`
  clock.advance(29 * 60_000)
  assert.ok(await isIn())
  clock.advance(29 * 60_000)
  assert.ok(await isIn())
  clock.advance(30 * 60_000)
  assert.ok(!(await isIn()))
})

test('to leave takes a login that is fresh', async (t) => {
  const { url, Member, clock } = await start(t)
  const leave = async (minutesAgo: number): Promise<string | null> => {
    const { headers } = await mint(Member, { name: 'Ada' }, { clock: () => clock() - minutesAgo * 60_000 })
    return (await fetch(`${url}/leave`, { method: 'POST', headers, redirect: 'manual' })).headers.get('Location')
  }
  assert.equal(await leave(11), '/login')
  assert.equal(await leave(9), '/')
})

test('who has left stays out, with a copy of the cookie too', async (t) => {
  const { url, Member, clock } = await start(t)
  const jar = cookieJar({ clock })
  jar.set(url, (await mint(Member, { name: 'Ada' }, { clock })).setCookie)
  const thief = jar.copy()
  await jar.fetch(`${url}/leave`, { method: 'POST' })
  assert.equal(jar.get('member'), undefined)
  assert.equal((await thief.fetch(`${url}/club`)).url, `${url}/login?returnTo=%2Fclub`)
})
