import test from 'ava'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { KEYS, type Routes, codes, routed, serveApp, serveMiddlewares } from '../support/app.ts'

interface Visits {
  count: number
}

function stored() {
  const control = controlledStorage(memoryStorage())
  const Visit = cookie<Visits>('visit', { storage: control })
  const routes: Routes = {
    '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
    '/count': async (ctx) => void (await ctx.sessions.update(Visit, (now) => ({ count: (now?.count ?? 0) + 1 }))),
  }
  return { control, Visit, routes }
}

for (const [kind, options] of [
  ['by value', {}],
  ['by id', { storage: memoryStorage() }],
] as const) {
  test(`an update gives what its function gave, and later reads see it (${kind})`, async (t) => {
    const Visit = cookie<Visits>('visit', options)
    const { browser } = await serveApp(t, [Visit], {
      '/count': async (ctx) => {
        const { count } = await ctx.sessions.update(Visit, (now) => ({ count: (now?.count ?? 0) + 1 }))
        ctx.body = [count, ctx.sessions.get(Visit)?.count]
      },
    })
    const ada = browser()
    t.deepEqual(await ada.json('/count'), [1, 1])
    t.deepEqual(await ada.json('/count'), [2, 2])
  })

  test(`an update that gives undefined ends the session, and one where there is none starts none (${kind})`, async (t) => {
    const Visit = cookie<Visits>('visit', options)
    const given: unknown[] = []
    const { browser } = await serveApp(t, [Visit], {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/end': async (ctx) => {
        const result = await ctx.sessions.update(Visit, (now) => {
          given.push(now)
          return undefined
        })
        ctx.body = [result ?? 'undefined', ctx.sessions.get(Visit) ?? 'none']
      },
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/end'), ['undefined', 'none'])
    t.is(ada.cookies.size, 0)
    const again = await ada.get('/end')
    t.deepEqual(again.setCookie, [])
    t.deepEqual(given, [{ count: 1 }, undefined])
  })
}

for (const [kind, options] of [
  ['by value', {}],
  ['by id', { storage: memoryStorage() }],
] as const) {
  test(`load gives what this request has committed, and drops what it has not (${kind})`, async (t) => {
    const Visit = cookie<Visits>('visit', options)
    const { browser } = await serveApp(t, [Visit], {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/load': async (ctx) => {
        ctx.sessions.set(Visit, { count: 2 })
        await ctx.sessions.commit()
        ctx.sessions.set(Visit, { count: 3 })
        ctx.body = await ctx.sessions.load(Visit)
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
    })
    const ada = browser()
    t.deepEqual(await ada.json('/load'), { count: 2 }, 'a new one')
    t.deepEqual(await ada.json('/get'), { count: 2 })
    await ada.get('/set')
    t.deepEqual(await ada.json('/load'), { count: 2 }, 'one that was there')
    t.deepEqual(await ada.json('/get'), { count: 2 })
  })

  test(`load does not bring back what this request has ended (${kind})`, async (t) => {
    const Visit = cookie<Visits>('visit', options)
    const { browser } = await serveApp(t, [Visit], {
      '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
      '/out': async (ctx) => {
        ctx.sessions.clear(Visit)
        const before = await ctx.sessions.load(Visit)
        await ctx.sessions.commit()
        const after = await ctx.sessions.load(Visit)
        ctx.body = [before ?? 'none', after ?? 'none', ctx.sessions.get(Visit) ?? 'none']
      },
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/out'), ['none', 'none', 'none'])
    t.is(ada.cookies.size, 0)
  })
}

test('where another request comes first, the function is called again with the fresh value', async (t) => {
  const { control, Visit, routes } = stored()
  const given: unknown[] = []
  // Two apps, so that the two do not wait for each other in one process.
  const one = await serveApp(t, [Visit], routes)
  const other = await serveApp(t, [Visit], {
    '/slow': async (ctx) => {
      await ctx.sessions.update(Visit, (now) => {
        given.push(now?.count)
        return { count: (now?.count ?? 0) + 10 }
      })
    },
  })
  const [ada, same] = [one.browser(), other.browser()]
  await ada.get('/set')
  for (const [name, value] of ada.cookies) same.cookies.set(name, value)
  const writing = control.hold('update')
  const slow = same.get('/slow')
  await writing.reached
  await ada.get('/count')
  writing.open()
  await slow
  t.deepEqual(given, [1, 2])
  t.deepEqual(await ada.json('/get'), { count: 12 })
})

test('an update that changes nothing writes nothing', async (t) => {
  const { control, Visit, routes } = stored()
  const { browser } = await serveApp(t, [Visit], {
    ...routes,
    '/same': async (ctx) => void (await ctx.sessions.update(Visit, (now) => now as Visits)),
  })
  const ada = browser()
  await ada.get('/set')
  await ada.get('/same')
  t.is(control.count('update'), 0)
})

test('an update whose function throws, or gives a promise, rejects and changes nothing', async (t) => {
  const { control, Visit, routes } = stored()
  const { browser, errors } = await serveApp(t, [Visit], {
    ...routes,
    '/throw': async (ctx) => {
      await ctx.sessions.update(Visit, () => {
        throw new Error('from the app')
      })
    },
    '/promise': async (ctx) => {
      await ctx.sessions.update(Visit, (async () => Promise.reject(new Error('unheard'))) as never)
    },
  })
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/throw')).status, 500)
  t.is((await ada.get('/promise')).status, 500)
  t.deepEqual(codes(errors), [undefined, 'ERR_SESSION_VALUE'])
  t.regex(String(errors[1]), /synchronous/)
  t.is(control.count('update'), 0)
  t.deepEqual(await ada.json('/get'), { count: 1 })
})

test('what reaches Koa of a conflict or a lost session is a 409 that tells the client nothing more', async (t) => {
  const { control, Visit, routes } = stored()
  const { browser } = await serveApp(t, [Visit], { ...routes, '/out': (ctx) => ctx.sessions.clear(Visit) })
  const ada = browser()
  await ada.get('/set')
  const writing = control.hold('update')
  const counting = ada.copy().get('/count')
  await writing.reached
  await ada.get('/out')
  writing.open()
  const page = await counting
  t.is(page.status, 409)
  t.is(page.text, 'Conflict')
})

test('an update is stored at once: an error behind it does not take it back', async (t) => {
  const { Visit, routes } = stored()
  const { browser } = await serveApp(t, [Visit], {
    ...routes,
    '/fail': async (ctx) => {
      await ctx.sessions.update(Visit, () => ({ count: 7 }))
      throw new Error('from the app')
    },
  })
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/fail')).status, 500)
  t.deepEqual(await ada.json('/get'), { count: 7 })
})

test('getOrSet makes a session where there is none, and leaves alone what there is', async (t) => {
  const { control, Visit } = stored()
  let made = 0
  const { browser } = await serveApp(t, [Visit], {
    '/': (ctx) => {
      const first = ctx.sessions.getOrSet(Visit, () => ({ count: ++made }))
      const second = ctx.sessions.getOrSet(Visit, () => ({ count: ++made }))
      ctx.body = [first.count, second.count]
    },
  })
  const ada = browser()
  t.deepEqual(await ada.json('/'), [1, 1])
  t.deepEqual(await ada.json('/'), [1, 1])
  t.is(made, 1)
  t.deepEqual(control.calls, ['create', 'read'])
})

test('sweep removes what has expired from each storage once, and says how many', async (t) => {
  const clock = manualClock()
  const shared = memoryStorage({ clock })
  const [A, B] = [cookie<Visits>('a', { storage: shared }), cookie<Visits>('b', { storage: shared })]
  const mount = sessions([A, B, cookie<Visits>('c')], { clock, keys: KEYS })
  const { browser } = await serveMiddlewares(t, [
    mount,
    routed({
      '/set': (ctx) => {
        ctx.sessions.set(A, { count: 1 })
        ctx.sessions.set(B, { count: 1 })
      },
    }),
  ])
  await browser().get('/set')
  t.is(await mount.sweep(), 0)
  clock.advance(8 * 24 * 3_600_000)
  t.is(await mount.sweep(1), 1)
  t.is(await mount.sweep(), 1)
  await mount.close()
})
