import { Readable } from 'node:stream'
import test from 'ava'
import type { Context } from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { serveApp, serveMiddlewares } from '../support/app.ts'

interface Visits {
  count: number
}

const ByValue = cookie<Visits>('visits')

for (const [name, answer, status] of [
  ['a stream', (ctx) => void (ctx.body = Readable.from(['a', 'b'])), 200],
  ['no content', (ctx) => void (ctx.status = 204), 204],
  ['not modified', (ctx) => void (ctx.status = 304), 304],
  ['a redirect', (ctx) => ctx.redirect('/elsewhere'), 302],
  ['a status and no body', (ctx) => void (ctx.status = 202), 202],
  ['nothing at all, which is a 404', () => {}, 404],
] as const satisfies readonly (readonly [string, (ctx: Context) => unknown, number])[]) {
  for (const [where, options] of [
    ['by value', {}],
    ['by id', { storage: memoryStorage() }],
  ] as const) {
    test(`a session ${where} is stored behind ${name}`, async (t) => {
      const Visit = cookie<Visits>('visit', options)
      const { browser } = await serveMiddlewares(t, [
        sessions([Visit]),
        (ctx) => {
          if (ctx.path === '/get') return void (ctx.body = ctx.sessions.get(Visit))
          ctx.sessions.set(Visit, { count: 7 })
          answer(ctx)
        },
      ])
      const ada = browser()
      const page = await ada.get('/set')
      t.is(page.status, status)
      t.is(page.setCookie.length, 1)
      t.deepEqual(await ada.json('/get'), { count: 7 })
    })
  }
}

test('a HEAD request stores the session and gets its cookie', async (t) => {
  const { browser } = await serveApp(t, [ByValue], {
    '/set': (ctx) => {
      ctx.sessions.set(ByValue, { count: 1 })
      ctx.body = 'body'
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ByValue)),
  })
  const ada = browser()
  t.is((await ada.get('/set', { method: 'HEAD' })).setCookie.length, 1)
  t.deepEqual(await ada.json('/get'), { count: 1 })
})

test('where no handler is, the response is a 404 without cookies, and the session stays as it was', async (t) => {
  const ById = cookie<Visits>('visits', { storage: memoryStorage() })
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => ctx.sessions.set(ById, { count: 1 }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  await ada.get('/set')
  const page = await ada.get('/nowhere')
  t.is(page.status, 404)
  t.deepEqual(page.setCookie, [])
  t.deepEqual(await ada.json('/get'), { count: 1 })
})
