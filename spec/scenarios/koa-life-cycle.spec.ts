import { once } from 'node:events'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import test from 'ava'
import type { Context } from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { KEYS, codes, routed, serveApp, serveMiddlewares } from '../support/app.ts'

interface Visits {
  count: number
}

function stored() {
  const control = controlledStorage(memoryStorage())
  return { control, Visit: cookie<Visits>('visit', { storage: control }) }
}

test('a session that is used after the response says that it is too late; reading still works', async (t) => {
  const { Visit } = stored()
  const finished = gate()
  let kept: Context | undefined
  const { browser, errors } = await serveApp(
    t,
    [Visit],
    {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/keep': (ctx) => {
        kept = ctx
        ctx.body = 'kept'
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
    },
    { around: (_, next) => next().finally(() => void finished.pass()) },
  )
  const ada = browser()
  await ada.get('/set')
  await ada.get('/keep')
  await finished.reached
  const late = kept as Context
  t.deepEqual(late.sessions.get(Visit), { count: 1 })
  t.throws(() => late.sessions.set(Visit, { count: 2 }), { code: 'ERR_SESSION_TOO_LATE' })
  t.throws(() => late.sessions.clear(Visit), { code: 'ERR_SESSION_TOO_LATE' })
  t.deepEqual(await ada.json('/get'), { count: 1 })

  await late.sessions.update(Visit, (visits) => ({ count: (visits?.count ?? 0) + 10 }))
  t.deepEqual(await ada.json('/get'), { count: 11 })
  t.deepEqual(errors, [])
})

test('a new session that an update makes after the response is refused: nobody would learn its id', async (t) => {
  const { Visit, control } = stored()
  let kept: Context | undefined
  const { browser } = await serveApp(t, [Visit], {
    '/': (ctx) => {
      kept = ctx
      ctx.body = 'kept'
    },
  })
  await browser().get('/')
  await t.throwsAsync(
    (kept as Context).sessions.update(Visit, () => ({ count: 1 })),
    { code: 'ERR_SESSION_TOO_LATE' },
  )
  t.deepEqual(control.calls, [])
})

test('a stream that counts while it is sent counts on the row', async (t) => {
  const { Visit } = stored()
  const { browser } = await serveApp(t, [Visit], {
    '/set': (ctx) => ctx.sessions.set(Visit, { count: 0 }),
    '/stream': (ctx) => {
      ctx.sessions.get(Visit)
      async function* parts(): AsyncGenerator<string> {
        for (const part of ['a', 'b', 'c']) {
          await ctx.sessions.update(Visit, (visits) => ({ count: (visits?.count ?? 0) + 1 }))
          yield part
        }
      }
      ctx.body = Readable.from(parts())
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
  })
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/stream')).text, 'abc')
  t.deepEqual(await ada.json('/get'), { count: 3 })
})

test('a stream that breaks after its headers were sent has kept the session that was set before', async (t) => {
  const { Visit } = stored()
  const { browser, errors } = await serveApp(t, [Visit], {
    '/stream': (ctx) => {
      ctx.sessions.set(Visit, { count: 1 })
      ctx.body = Readable.from(
        (async function* broken() {
          yield 'first'
          throw new Error('the stream broke')
        })(),
      )
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
  })
  const ada = browser()
  await ada.get('/stream').catch(() => 'cut off')
  t.true(ada.cookies.has('visit'))
  t.deepEqual(await ada.json('/get'), { count: 1 })
  t.is((errors[0] as Error).message, 'the stream broke')
})

test('a request whose client goes away is stored as if it had stayed, and nothing is thrown', async (t) => {
  const { Visit } = stored()
  const stop = gate()
  const finished = gate()
  const { browser, url, errors } = await serveApp(
    t,
    [Visit],
    {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/slow': async (ctx) => {
        const closed = once(ctx.res, 'close')
        await stop.pass()
        await closed
        ctx.sessions.set(Visit, { count: 2 })
        ctx.body = 'nobody hears'
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
    },
    { around: (ctx, next) => next().finally(() => void (ctx.path === '/slow' && finished.pass())) },
  )
  const ada = browser()
  await ada.get('/set')
  const going = request(`${url}/slow`, { headers: { cookie: `visit=${ada.cookies.get('visit')}` } })
  going.on('error', () => {})
  going.end()
  await stop.reached
  going.destroy()
  stop.open()
  await finished.reached
  t.deepEqual(await ada.json('/get'), { count: 2 })
  t.deepEqual(codes(errors), [])
})

test('a middleware that answers before the sessions are mounted needs none', async (t) => {
  const { Visit, control } = stored()
  const { browser } = await serveMiddlewares(t, [
    async (ctx, next) => {
      if (ctx.path === '/health') ctx.body = 'well'
      else await next()
    },
    sessions([Visit]),
    routed({ '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }) }),
  ])
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/health')).text, 'well')
  t.deepEqual(control.calls, ['create'])
})

test('a middleware around that catches an error and answers by itself sends the session along', async (t) => {
  const { Visit } = stored()
  const { browser, errors } = await serveMiddlewares(t, [
    async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = (error as { status?: number }).status ?? 500
        ctx.body = { error: (error as Error).message }
      }
    },
    sessions([Visit]),
    routed({
      '/401': (ctx) => {
        ctx.sessions.set(Visit, { count: 1 })
        ctx.throw(401, 'who are you?')
      },
      '/500': (ctx) => {
        ctx.sessions.set(Visit, { count: 2 })
        throw new Error('broken')
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
    }),
  ])
  const ada = browser()
  const page = await ada.get('/401')
  t.is(page.text, '{"error":"who are you?"}')
  t.is(page.setCookie.length, 1)
  t.deepEqual((await ada.get('/500')).setCookie, [])
  t.deepEqual(await ada.json('/get'), { count: 1 })
  t.deepEqual(errors, [])
})

test('a handler that sets a session and then waits for the response is committed by hand, once', async (t) => {
  const { Visit, control } = stored()
  const { browser } = await serveApp(t, [Visit], {
    '/events': async (ctx) => {
      ctx.respond = false
      ctx.sessions.set(Visit, { count: 1 })
      await ctx.sessions.commit()
      ctx.res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      ctx.res.write('data: 1\n\n')
      await ctx.sessions.update(Visit, () => ({ count: 2 }))
      ctx.res.end('data: 2\n\n')
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
  })
  const ada = browser()
  t.is((await ada.get('/events')).text, 'data: 1\n\ndata: 2\n\n')
  t.deepEqual(await ada.json('/get'), { count: 2 })
  t.deepEqual(control.calls, ['create', 'update', 'read'])
})

test('two requests never share a value: what one is given is not what another is given', async (t) => {
  const { Visit } = stored()
  const values: unknown[] = []
  const { browser } = await serveApp(t, [Visit], {
    '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
    '/get': (ctx) => {
      values.push(ctx.sessions.get(Visit))
      ctx.body = 'got'
    },
  })
  const ada = browser()
  await ada.get('/set')
  await Promise.all([ada.get('/get'), ada.get('/get')])
  t.deepEqual(values[0], values[1])
  t.not(values[0], values[1])
})

test('one app serves several hosts and one middleware several apps', async (t) => {
  const { Visit } = stored()
  const mount = sessions([Visit], { keys: KEYS })
  const routes = {
    '/set': (ctx: Context) => ctx.sessions.set(Visit, { count: 1 }),
    '/get': (ctx: Context) => void (ctx.body = ctx.sessions.get(Visit)),
  }
  const [one, other] = [
    await serveMiddlewares(t, [mount, routed(routes)]),
    await serveMiddlewares(t, [mount, routed(routes)]),
  ]
  const [ada, same] = [one.browser(), other.browser()]
  await ada.get('/set')
  for (const [name, value] of ada.cookies) same.cookies.set(name, value)
  t.deepEqual(await same.json('/get'), { count: 1 })
})
