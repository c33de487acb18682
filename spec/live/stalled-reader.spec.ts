import type { ServerResponse } from 'node:http'
import { mock } from 'node:test'
import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { serveApp } from '../support/app.ts'
import { openStream } from './_stream.ts'

test('a reader who takes nothing any more is let go once the session has ended, and harms nobody', async (t) => {
  t.teardown(() => mock.timers.reset())
  const User = cookie<{ text: string }>('user', { storage: memoryStorage() })
  const live = mirror(User, { expose: ({ text }) => ({ text }) })
  let response: ServerResponse | undefined
  const { url, browser, errors } = await serveApp(t, [User], {
    '/login': (ctx) => ctx.sessions.set(User, { text: '' }),
    '/write': (ctx) => ctx.sessions.update(User, () => ({ text: ctx.querystring.padEnd(8000, '.') })),
    '/logout': (ctx) => ctx.sessions.clear(User),
    '/live': (ctx) => {
      response = ctx.res
      return live(ctx)
    },
  })
  const ada = browser()
  await ada.get('/login')
  const stream = await openStream(t, `${url}/live`, { browser: ada })
  await stream.frame()
  stream.response.pause()
  // Until the kernel takes no more, and Node keeps so little that it asks for no pause.
  for (let write = 1; response?.socket?.writableLength === 0; write++) await ada.get(`/write?${write}`)
  t.false(response?.writableNeedDrain)
  mock.timers.enable({ apis: ['setTimeout'] })
  await ada.get('/logout')
  t.true(response?.writableEnded)
  t.false(response?.writableFinished)
  mock.timers.tick(25_000)
  t.true(response?.destroyed)
  t.deepEqual(errors, [])
})
