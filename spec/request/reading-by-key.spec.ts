import test from 'ava'
import { cookie, jsonSerializer, memoryStorage, plain } from 'koa-typed-sessions'
import { z } from 'zod'
import { codes, serveApp } from '../support/app.ts'
import { bag, codeOf, KINDS, type Bag } from './_bag.ts'

const FULL: Bag = { name: 'ada', count: 2, tags: ['x'], since: new Date(5) }

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a live session is read like a Map, in the order in which its keys were set (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => ctx.sessions.set(Bags, FULL),
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        const each: unknown[] = []
        session.forEach((value, key) => each.push([key, value]))
        t.deepEqual(session.value, FULL)
        t.deepEqual(session.get('since'), new Date(5))
        t.is(session.get('note'), undefined)
        t.deepEqual([session.has('count'), session.has('note'), session.has('toString' as never)], [true, false, false])
        t.is(session.get('toString' as never), undefined)
        t.deepEqual([...session.keys()], ['name', 'count', 'tags', 'since'])
        t.deepEqual([...session.values()], ['ada', 2, ['x'], new Date(5)])
        t.deepEqual([...session.entries()], Object.entries(FULL))
        t.deepEqual([...session], Object.entries(FULL))
        t.deepEqual(each, Object.entries(FULL))
        t.deepEqual(session.toJSON(), FULL)
        t.is(session.size, 4)
        t.deepEqual([session.isNew, session.dirty, session.destroyed], [false, false, false])
        ctx.body = 'read'
      },
    })
    const ada = browser()
    await ada.get('/fill')
    t.is((await ada.get('/')).text, 'read')
    t.deepEqual(errors, [])
  })

  test(`where there is no session, opening gives an empty one, and stores nothing (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        const { id, handle, size, createdAt, expiresAt, value, isNew, dirty, destroyed } = session
        t.deepEqual([id, handle, createdAt, expiresAt, value], [undefined, undefined, undefined, undefined, undefined])
        t.deepEqual([size, isNew, dirty, destroyed, [...session]], [0, true, false, false, []])
        ctx.body = session
      },
    })
    const page = await browser().get('/')
    t.is(page.text, '{}')
    t.deepEqual(page.setCookie, [])
    t.deepEqual(errors, [])
  })

  test(`what a request has changed is read by the same request, as a whole and by key (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.sessions.set(Bags, { name: 'ada', count: 1 })
        session.set('count', 2).set('tags', ['y'])
        t.deepEqual([session.get('name'), session.get('count'), session.size], ['ada', 2, 3])
        t.deepEqual(ctx.sessions.get(Bags), { name: 'ada', count: 2, tags: ['y'] })
        t.is(ctx.sessions.open(Bags), session)
        ctx.status = 204
      },
    })
    t.is((await browser().get('/')).status, 204)
    t.deepEqual(errors, [])
  })

  test(`what is read cannot be used to change what is kept (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => ctx.sessions.set(Bags, FULL),
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        t.throws(() => (session.get('tags') as string[]).push('z'))
        session.get('since')!.setTime(9)
        session.toJSON().count = 9
        t.deepEqual([session.get('tags'), session.get('since'), session.get('count')], [['x'], new Date(5), 2])
        t.false(session.dirty)
        ctx.status = 204
      },
    })
    const ada = browser()
    await ada.get('/fill')
    t.is((await ada.get('/')).status, 204)
    t.deepEqual(errors, [])
  })
}

test('a session’s JSON shows its values, and never its id', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags).set('name', 'ada')
      t.regex(session.id!, /^[\w-]{43}$/)
      ctx.body = session
    },
  })
  const ada = browser()
  t.is((await ada.get('/')).text, '{"name":"ada"}')
  t.is((await ada.get('/')).text, '{"name":"ada"}')
})

test('the id of a new session is known from its first write on, and is the one that the client gets', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags)
      const before = session.id
      session.set('count', 1)
      ctx.body = [before ?? null, session.id, session.set('count', 2).id]
    },
  })
  const ada = browser()
  const [before, first, second] = await ada.json<string[]>('/')
  t.is(before, null as never)
  t.is(first, ada.cookies.get('bag')!)
  t.is(second, first)
})

test('the id of a session that is not complete yet is known too', async (t) => {
  const Strict = cookie('strict', {
    storage: memoryStorage(),
    schema: z.object({ name: z.string(), count: z.number() }),
  })
  const { browser, errors } = await serveApp(t, [Strict], {
    '/': (ctx) => {
      const session = ctx.sessions.open(Strict).set('name', 'ada')
      t.true(session.dirty)
      const { id } = session
      session.set('count', 1)
      ctx.body = id
    },
  })
  const ada = browser()
  const page = await ada.get('/')
  t.deepEqual(codes(errors), [])
  t.is(page.text, ada.cookies.get('strict')!)
})

test('the handle is a public name: not the id, and the same under the next id', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, FULL),
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags)
      session.regenerateId()
      ctx.body = { handle: session.handle, id: session.id }
    },
  })
  const ada = browser()
  await ada.get('/fill')
  const first = await ada.json<{ handle: string; id: string }>('/')
  const second = await ada.json<{ handle: string; id: string }>('/')
  t.truthy(first.handle)
  t.is(first.handle, second.handle)
  t.not(first.id, second.id)
  t.false([first.id, second.id].some((id) => first.handle.includes(id)))
})

test('a value that a schema refuses by now is no session by its keys either', async (t) => {
  const storage = memoryStorage()
  const Old = cookie<{ count: string }>('visit', { storage })
  const New = cookie('visit', { storage, schema: z.object({ count: z.number() }) })
  const before = await serveApp(t, [Old], { '/': (ctx) => ctx.sessions.set(Old, { count: 'two' }) })
  const now = await serveApp(t, [New], {
    '/': (ctx) => {
      const session = ctx.sessions.open(New)
      ctx.body = [session.get('count') ?? null, session.size, session.isNew]
    },
  })
  const [old, ada] = [before.browser(), now.browser()]
  await old.get('/')
  ada.cookies.set('visit', old.cookies.get('visit')!)
  t.deepEqual(await ada.json('/'), [null, 0, true])
  t.deepEqual(now.errors, [])
})

test('what a schema adds to an older value is read by key as it is as a whole', async (t) => {
  const storage = memoryStorage()
  const Old = cookie<{ lang: string }>('prefs', { storage })
  const New = cookie('prefs', { storage, schema: z.object({ lang: z.string(), size: z.number().default(3) }) })
  const before = await serveApp(t, [Old], { '/': (ctx) => ctx.sessions.set(Old, { lang: 'en' }) })
  const now = await serveApp(t, [New], {
    '/': (ctx) => {
      const session = ctx.sessions.open(New)
      session.set('lang', 'de')
      ctx.body = [session.get('size'), session.value, session.toJSON()]
    },
  })
  const [old, ada] = [before.browser(), now.browser()]
  await old.get('/')
  ada.cookies.set('prefs', old.cookies.get('prefs')!)
  t.deepEqual(await ada.json('/'), [3, { lang: 'de', size: 3 }, { lang: 'de', size: 3 }])
})

test('an unprotected cookie that holds nonsense is an empty session, and no error', async (t) => {
  const Open = bag({ transform: plain(), serializer: jsonSerializer })
  const { browser, errors } = await serveApp(t, [Open], {
    '/set': (ctx) => void ctx.sessions.open(Open).set('name', 'ada'),
    '/': (ctx) => {
      const session = ctx.sessions.open(Open)
      ctx.body = [session.get('name') ?? null, session.get('notice') ?? null, session.size]
    },
  })
  const ada = browser()
  await ada.get('/set')
  const sound = decodeURIComponent(ada.cookies.get('bag')!)
  const marks = [...sound.matchAll(/\./g)].map(({ index }) => index)
  t.true(sound.endsWith('{"name":"ada"}'), sound)
  const head = sound.slice(0, -'{"name":"ada"}'.length)
  t.true(marks.length >= 2)
  for (const text of [
    'nonsense',
    '"text"',
    '7',
    '{"__proto__":{"name":"mallory"}}',
    '+nonsense',
    '+["{}",[["a","nonsense"]],null]',
    '+["{}",[["a","7"],["b","{}"]],null]',
    '+["nonsense",null,null]',
    '+[7,[[1,2]],"x"]',
  ]) {
    const page = await ada.get('/', { headers: { cookie: `bag=${encodeURIComponent(head + text)}` } })
    t.is(page.text, '[null,null,0]', text)
  }
  t.deepEqual(errors, [])
})

test('a session of a class is read and written by key, and comes back as an instance', async (t) => {
  class Cart {
    items: string[] = []
    owner = 'nobody'
    get full(): boolean {
      return this.items.length > 1
    }
  }
  const Carts = cookie('cart', { type: Cart, storage: memoryStorage() })
  const { browser, errors } = await serveApp(t, [Carts], {
    '/fill': (ctx) => ctx.sessions.set(new Cart()),
    '/add': (ctx) => void ctx.sessions.open(Carts).set('items', ['a', 'b']),
    '/': (ctx) => {
      const session = ctx.sessions.open(Carts)
      ctx.body = [session.value instanceof Cart, session.value?.full, [...session.keys()], session.get('owner')]
    },
  })
  const ada = browser()
  await ada.get('/fill')
  await ada.get('/add')
  t.deepEqual(await ada.json('/'), [true, true, ['items', 'owner'], 'nobody'])
  t.deepEqual(errors, [])
})

test('a deferred session is opened after it was loaded, and not before', async (t) => {
  const Bags = bag({ storage: memoryStorage(), deferred: true })
  const { browser } = await serveApp(t, [Bags], {
    '/fill': async (ctx) => {
      await ctx.sessions.load(Bags)
      ctx.sessions.open(Bags).set('count', 1)
    },
    '/': async (ctx) => {
      const before = codeOf(() => ctx.sessions.open(Bags))
      await ctx.sessions.load(Bags)
      ctx.body = [before, ctx.sessions.open(Bags).get('count')]
    },
  })
  const ada = browser()
  await ada.get('/fill')
  t.deepEqual(await ada.json('/'), ['ERR_SESSION_NOT_LOADED', 1])
})
