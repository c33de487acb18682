import test from 'ava'
import { cookie } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { serveApp } from '../support/app.ts'

const MINUTE = 60_000

for (const [where, engine] of Object.entries(ENGINES)) {
  for (const verb of ['out', 'again'] as const) {
    test(`a renewal ${where} that was on its way when the session ${verb === 'out' ? 'ended' : 'got another id'} brings nothing back`, async (t) => {
      const clock = manualClock()
      const control = controlledStorage(engine(t, clock))
      const Visit = cookie<{ count: number }>('visit', { storage: control, idleTimeout: '30m' })
      const { browser, errors } = await serveApp(
        t,
        [Visit],
        {
          '/in': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
          '/out': (ctx) => ctx.sessions.clear(Visit),
          '/again': (ctx) => ctx.sessions.set(Visit, { count: 2 }, { regenerate: true }),
          '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
        },
        { clock },
      )
      const ada = browser()
      await ada.get('/in')
      const old = ada.copy()

      clock.advance(10 * MINUTE)
      const touching = control.hold('touch')
      const slow = ada.copy().get('/get')
      await touching.reached
      await ada.get(`/${verb}`)
      touching.open()
      const page = await slow
      t.is(page.text, '{"count":1}')
      t.deepEqual(page.setCookie, [])
      t.is((await old.get('/get')).text, 'none')
      t.deepEqual(errors, [])
    })
  }
}

test('by value the last response wins, and a late renewal may bring a cookie back: that is what a storage is for', async (t) => {
  const clock = manualClock()
  const Visit = cookie<{ count: number }>('visit', { idleTimeout: '30m' })
  const { browser } = await serveApp(
    t,
    [Visit],
    {
      '/in': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/out': (ctx) => ctx.sessions.clear(Visit),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
    },
    { clock },
  )
  const ada = browser()
  await ada.get('/in')
  const thief = ada.copy()
  await ada.get('/out')
  t.is((await ada.get('/get')).text, 'none', 'clear removes the cookie')
  t.is((await thief.get('/get')).text, '{"count":1}', 'a copy is worth something until its deadline')
})
