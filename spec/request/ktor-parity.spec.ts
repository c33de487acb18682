import test from 'ava'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type Sessions } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'
import { serve } from '../support/serve.ts'
import { Browser } from '../support/browser.ts'
import { bag, codeOf, codeOfAsync, KINDS } from './_bag.ts'

class Cart {
  items: string[] = []
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`get, set and clear by definition and by name mean the same session (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/definition': (ctx) => {
        ctx.sessions.set(Bags, { count: 1 })
        ctx.body = ctx.sessions.get('bag')
      },
      '/name': (ctx) => {
        ctx.sessions.set('bag', { count: 2 })
        ctx.body = ctx.sessions.get(Bags)
      },
      '/clear': (ctx) => {
        ctx.sessions.clear('bag')
        ctx.body = ctx.sessions.get(Bags) ?? 'none'
      },
    })
    const ada = browser()
    t.deepEqual(await ada.json('/definition'), { count: 1 })
    t.deepEqual(await ada.json('/name'), { count: 2 })
    t.is((await ada.get('/clear')).text, 'none')
    t.is(ada.cookies.size, 0)
    t.deepEqual(errors, [])
  })

  test(`getOrSet makes a session once (${kind})`, async (t) => {
    const Bags = make(t)
    let made = 0
    const { browser } = await serveApp(t, [Bags], {
      '/': (ctx) => void (ctx.body = ctx.sessions.getOrSet(Bags, () => ({ count: ++made }))),
    })
    const ada = browser()
    t.deepEqual(await ada.json('/'), { count: 1 })
    t.deepEqual(await ada.json('/'), { count: 1 })
  })

  test(`set of null or undefined is refused, and neither clears nor drops what was set before (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        ctx.sessions.set(Bags, { count: 1 })
        ctx.body = [null, undefined].map((value) => codeOf(() => ctx.sessions.set(Bags, value as never)))
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Bags)),
    })
    const ada = browser()
    t.deepEqual(await ada.json('/'), ['ERR_SESSION_VALUE', 'ERR_SESSION_VALUE'])
    t.deepEqual(await ada.json('/get'), { count: 1 })
  })

  test(`after the response get still reads, and set, update and clear throw (${kind})`, async (t) => {
    const Bags = make(t)
    let kept: Sessions | undefined
    const { browser } = await serveApp(t, [Bags], {
      '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
      '/': (ctx) => {
        kept = ctx.sessions
        ctx.body = kept.get(Bags)
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/')
    t.deepEqual(kept!.get(Bags), { count: 1 })
    t.is(
      codeOf(() => kept!.set(Bags, { count: 2 })),
      'ERR_SESSION_TOO_LATE',
    )
    t.is(
      codeOf(() => kept!.clear(Bags)),
      'ERR_SESSION_TOO_LATE',
    )
    if (kind === 'by value')
      t.is(await codeOfAsync(() => kept!.update(Bags, () => ({ count: 2 }))), 'ERR_SESSION_TOO_LATE')
    t.deepEqual(await ada.json('/'), { count: 1 })
  })
}

test('get by class gives an instance, and set takes one without naming its session', async (t) => {
  const Carts = cookie('cart', { type: Cart })
  const { browser } = await serveApp(t, [Carts], {
    '/set': (ctx) => ctx.sessions.set(Object.assign(new Cart(), { items: ['a'] })),
    '/': (ctx) => {
      const cart = ctx.sessions.get(Cart)
      ctx.body = [cart instanceof Cart, cart?.items]
    },
    '/clear': (ctx) => ctx.sessions.clear(Cart),
  })
  const ada = browser()
  await ada.get('/set')
  t.deepEqual(await ada.json('/'), [true, ['a']])
  await ada.get('/clear')
  t.is(ada.cookies.size, 0)
})

test('a definition says its own name, and what is not mounted throws and lists what is', async (t) => {
  const [Mounted, Other] = [bag(), cookie('other')]
  t.is(Mounted.name, 'bag')
  const { browser } = await serveApp(t, [Mounted], {
    '/': (ctx) => {
      const error = t.throws(() => ctx.sessions.get(Other), { code: 'ERR_SESSION_NOT_MOUNTED' })
      t.throws(() => ctx.sessions.get('other'), { code: 'ERR_SESSION_NOT_MOUNTED' })
      ctx.body = error.message
    },
  })
  t.regex((await browser().get('/')).text, /'other'.*bag/)
})

test('the id of a new session is known before the response; each has its own, and none by value', async (t) => {
  const storage = memoryStorage()
  const [One, Two, Value] = [
    cookie<{ n: number }>('one', { storage }),
    cookie<{ n: number }>('two', { storage }),
    cookie<{ n: number }>('value'),
  ]
  const { browser } = await serveApp(t, [One, Two, Value], {
    '/before': (ctx) => void (ctx.body = [ctx.sessions.id(One) ?? null]),
    '/': (ctx) => {
      for (const each of [One, Two, Value]) ctx.sessions.set(each, { n: 1 })
      ctx.body = [ctx.sessions.id(One), ctx.sessions.id('two'), ctx.sessions.id(Value) ?? null]
    },
  })
  const ada = browser()
  t.deepEqual(await ada.json('/before'), [null])
  t.deepEqual(await ada.json('/'), [ada.cookies.get('one'), ada.cookies.get('two'), null])
  t.not(ada.cookies.get('one'), ada.cookies.get('two'))
})

test('an id that the client sends and the storage does not know is no id', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], { '/': (ctx) => void (ctx.body = ctx.sessions.id(Bags) ?? 'none') })
  const eve = browser()
  eve.cookies.set('bag', 'A'.repeat(43))
  t.is((await eve.get('/')).text, 'none')
})

test('the app may make the ids itself', async (t) => {
  let made = 0
  const Bags = bag({ storage: memoryStorage(), generateId: () => `made-by-the-app-${++made}` })
  const { browser } = await serveApp(t, [Bags], { '/': (ctx) => ctx.sessions.set(Bags, { count: 1 }) })
  const ada = browser()
  await ada.get('/')
  t.is(ada.cookies.get('bag'), 'made-by-the-app-1')
})

test('clear and then set in one request gives a new id, and the old one is dead', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/set': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/again': (ctx) => {
      ctx.sessions.clear(Bags)
      ctx.sessions.set(Bags, { count: 2 })
    },
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/set')
  const old = ada.copy()
  await ada.get('/again')
  t.deepEqual(await ada.json('/'), { count: 2 })
  t.is((await old.get('/')).text, 'none')
})

test('a deferred session costs nothing until it is loaded, and get before that throws', async (t) => {
  const Bags = bag({ storage: memoryStorage(), deferred: true })
  const { browser } = await serveApp(t, [Bags], {
    '/set': async (ctx) => {
      await ctx.sessions.load(Bags)
      ctx.sessions.set(Bags, { count: 1 })
    },
    '/': async (ctx) => void (ctx.body = [codeOf(() => ctx.sessions.get(Bags)), await ctx.sessions.load(Bags)]),
  })
  const ada = browser()
  await ada.get('/set')
  t.deepEqual(await ada.json('/'), ['ERR_SESSION_NOT_LOADED', { count: 1 }])
})

test('before the middleware there are no sessions', async (t) => {
  const app = new Koa()
  app.keys = ['a key of the parity, long enough for anything']
  let before: unknown = 'not asked'
  app.use((ctx, next) => {
    before = (ctx as { sessions?: unknown }).sessions
    return next()
  })
  app.use(sessions([bag()]))
  app.use((ctx) => void (ctx.body = typeof ctx.sessions.get))
  t.is((await new Browser(await serve(t, app)).get('/')).text, 'function')
  t.is(before, undefined)
})
