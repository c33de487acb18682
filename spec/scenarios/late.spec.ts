import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'

interface Visits {
  count: number
}

const ByValue = cookie<Visits>('value')
const ById = cookie<Visits>('id', {
  storage: memoryStorage(),
  subject: ({ count }) => (count < 0 ? 'somebody' : undefined),
})

const routes: Routes = {
  '/set': (ctx) => {
    ctx.sessions.set(ByValue, { count: 1 })
    ctx.sessions.set(ById, { count: 1 })
  },
  '/get': (ctx) => {
    ctx.body = [ctx.sessions.get(ByValue)?.count ?? null, ctx.sessions.get(ById)?.count ?? null]
  },
}

/** Answers with whatever `late` throws once the headers have left. */
function sendsHeadersFirst(late: (ctx: Parameters<Routes[string]>[0]) => unknown): Routes {
  return {
    ...routes,
    '/late': async (ctx) => {
      ctx.respond = false
      ctx.res.writeHead(200)
      ctx.res.flushHeaders()
      const outcome = await Promise.resolve()
        .then(() => late(ctx))
        .then(
          () => 'fine',
          (error: unknown) => codes([error])[0],
        )
      ctx.res.end(String(outcome))
    },
  }
}

for (const [name, late] of [
  ['a new session by id', (ctx) => ctx.sessions.set(ById, { count: 5 })],
  ['a new session by value', (ctx) => ctx.sessions.set(ByValue, { count: 5 })],
  ['a new session by update', (ctx) => ctx.sessions.update(ById, () => ({ count: 5 }))],
] as const satisfies readonly (readonly [string, Routes[string]])[]) {
  test(`once headers are sent, ${name} is refused at the call`, async (t) => {
    const { browser, errors } = await serveApp(t, [ByValue, ById], sendsHeadersFirst(late))
    t.is((await browser().get('/late')).text, 'ERR_SESSION_TOO_LATE')
    t.deepEqual(errors, [])
  })
}

for (const [name, late] of [
  ['another value by value', (ctx) => ctx.sessions.set(ByValue, { count: 5 })],
  ['a logout by value', (ctx) => ctx.sessions.clear(ByValue)],
  ['a login', (ctx) => ctx.sessions.set(ById, { count: -1 })],
  ['a login by update', (ctx) => ctx.sessions.update(ById, () => ({ count: -1 }))],
  ['a new id', (ctx) => ctx.sessions.set(ById, { count: 5 }, { regenerate: true })],
] as const satisfies readonly (readonly [string, Routes[string]])[]) {
  test(`once headers are sent, ${name} is refused at the call and changes nothing`, async (t) => {
    const { browser } = await serveApp(t, [ByValue, ById], sendsHeadersFirst(late))
    const ada = browser()
    await ada.get('/set')
    t.is((await ada.get('/late')).text, 'ERR_SESSION_TOO_LATE')
    t.deepEqual(await ada.json('/get'), [1, 1])
  })
}

test('once headers are sent, the row of a session by id is still written, updated and destroyed', async (t) => {
  const changes: Record<string, Routes[string]> = {
    set: (ctx) => ctx.sessions.set(ById, { count: 5 }),
    update: (ctx) => ctx.sessions.update(ById, () => ({ count: 6 })),
    clear: (ctx) => ctx.sessions.clear(ById),
  }
  const { browser, errors } = await serveApp(
    t,
    [ByValue, ById],
    sendsHeadersFirst((ctx) => changes[String(ctx.query['change'])]?.(ctx)),
  )
  const ada = browser()
  await ada.get('/set')
  for (const [change, count] of [
    ['set', 5],
    ['update', 6],
    ['clear', null],
  ] as const) {
    t.is((await ada.get(`/late?change=${change}`)).text, 'fine')
    t.deepEqual(await ada.json('/get'), [1, count])
  }
  t.deepEqual(errors, [])
})

for (const [kind, byId] of [
  ['by value', false],
  ['by id', true],
] as const) {
  test(`a new session ${kind} that was set in time, but not committed before the headers left, is not stored, and the error event is told`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const New = cookie<Visits>('new', byId ? { storage: control } : {})
    const finished = gate()
    const { browser, errors } = await serveApp(
      t,
      [New],
      {
        '/late': (ctx) => {
          ctx.respond = false
          ctx.sessions.set(New, { count: 5 })
          ctx.res.end('too soon')
        },
      },
      { around: (_, next) => next().finally(() => void finished.pass()) },
    )
    t.is((await browser().get('/late')).text, 'too soon')
    await finished.reached
    await new Promise(setImmediate)
    t.deepEqual(codes(errors), ['ERR_SESSION_TOO_LATE'])
    t.deepEqual(control.calls, [], 'nobody could ever present its id')
  })
}

for (const [name, change] of [
  ['a logout by value', (ctx) => ctx.sessions.clear(ByValue)],
  ['a login by update', (ctx) => ctx.sessions.update(ById, () => ({ count: -1 }))],
] as const satisfies readonly (readonly [string, Routes[string]])[]) {
  test(`${name} in time, of which no header tells the client, is told to the error event`, async (t) => {
    const finished = gate()
    const { browser, errors } = await serveApp(
      t,
      [ByValue, ById],
      {
        ...routes,
        '/late': async (ctx) => {
          ctx.respond = false
          await change(ctx)
          ctx.res.end('too soon')
        },
      },
      { around: (ctx, next) => next().finally(() => void (ctx.path === '/late' && finished.pass())) },
    )
    const ada = browser()
    await ada.get('/set')
    t.is((await ada.get('/late')).text, 'too soon')
    await finished.reached
    await new Promise(setImmediate)
    t.deepEqual(codes(errors), ['ERR_SESSION_TOO_LATE'])
  })
}

test('once headers are sent, a renewal that is due is left to the next request', async (t) => {
  const clock = manualClock()
  const control = controlledStorage(memoryStorage({ clock }))
  const Visit = cookie<Visits>('visit', { storage: control, idleTimeout: '30m' })
  const { browser, errors } = await serveApp(
    t,
    [Visit],
    {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/raw': (ctx) => {
        ctx.respond = false
        ctx.res.end('raw')
      },
    },
    { clock },
  )
  const ada = browser()
  await ada.get('/set')
  clock.advance(10 * 60_000)
  await ada.get('/raw')
  t.is(control.count('touch'), 0)
  await ada.get('/nowhere')
  t.is(control.count('touch'), 1)
  t.deepEqual(errors, [])
})
