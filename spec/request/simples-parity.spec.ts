import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { type Handler, codes, serveApp } from '../support/app.ts'
import { bag, KINDS, STORED, type BagDefinition } from './_bag.ts'

const HOUR = 3_600_000
const fill =
  (Bags: BagDefinition): Handler =>
  (ctx) =>
    ctx.sessions.set(Bags, { name: 'ada' })
const read =
  (Bags: BagDefinition): Handler =>
  (ctx) =>
    void (ctx.body = ctx.sessions.get(Bags) ?? 'none')

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a session is gone through like a Map, and is an object of its entries as JSON (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada').set('count', 1),
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        const each: unknown[] = []
        session.forEach((value, key) => each.push([key, value]))
        ctx.body = [[...session], [...session.keys()], [...session.values()], [...session.entries()], each, session]
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const entries = [
      ['name', 'ada'],
      ['count', 1],
    ]
    t.deepEqual(await ada.json('/'), [
      entries,
      ['name', 'count'],
      ['ada', 1],
      entries,
      entries,
      { name: 'ada', count: 1 },
    ])
  })

  test(`timeout is idleTimeout in milliseconds, and expiration is expiresAt (${kind})`, async (t) => {
    const clock = manualClock()
    const storage = memoryStorage({ clock })
    const Bags = make(t, { idleTimeout: '1h', ...(kind === 'by id' && { storage }) })
    const { browser } = await serveApp(
      t,
      [Bags],
      {
        '/fill': fill(Bags),
        '/': (ctx) => {
          const { idleTimeout, expiresAt } = ctx.sessions.open(Bags)
          ctx.body = [idleTimeout, expiresAt]
        },
      },
      { clock },
    )
    const ada = browser()
    await ada.get('/fill')
    t.deepEqual(await ada.json('/'), [HOUR, clock() + HOUR])
  })

  test(`what the handler has changed is stored by itself, before the client has the response (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = String(session.set('count', (session.get('count') ?? 0) + 1).get('count'))
      },
    })
    const ada = browser()
    for (const count of ['1', '2', '3']) t.is((await ada.get('/')).text, count)
  })
}

for (const [where, make] of Object.entries(STORED)) {
  test(`the second request finds the data of the first, not the object that held it (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': fill(Bags),
      '/': (ctx) => void (ctx.body = [...ctx.sessions.open(Bags)]),
    })
    const ada = browser()
    await ada.get('/fill')
    t.deepEqual(await ada.json('/'), [['name', 'ada']])
  })

  test(`a new id that a handler asks for reaches the client (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': fill(Bags),
      '/': read(Bags),
      '/generate': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.regenerateId()
        ctx.body = session.id
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const old = ada.cookies.get('bag')
    t.is((await ada.get('/generate')).text, ada.cookies.get('bag')!)
    t.not(ada.cookies.get('bag'), old)
    t.deepEqual(await ada.json('/'), { name: 'ada' })
  })

  test(`what is set and then destroyed in one request is not written back at its end (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': fill(Bags),
      '/': read(Bags),
      '/out': (ctx) => ctx.sessions.open(Bags).set('count', 9).destroy(),
    })
    const ada = browser()
    await ada.get('/fill')
    const old = ada.copy()
    await ada.get('/out')
    t.is((await old.get('/')).text, 'none')
  })
}

test('the cookie lives as long as the session may, in seconds', async (t) => {
  const Bags = bag({ storage: memoryStorage(), idleTimeout: '30m', absoluteTimeout: '1h' })
  const { browser } = await serveApp(t, [Bags], { '/fill': fill(Bags) })
  t.regex((await browser().get('/fill')).setCookie[0]!, /; Max-Age=3600(?:;|$)/)
})

test('a session is clean after a save, and is written once', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser } = await serveApp(t, [Bags], {
    '/fill': fill(Bags),
    '/': async (ctx) => {
      const session = await ctx.sessions.open(Bags).set('count', 1).save()
      ctx.body = String(session.dirty)
    },
  })
  const ada = browser()
  await ada.get('/fill')
  t.is((await ada.get('/')).text, 'false')
  t.is(control.count('update'), 1)
})

test('where storing fails the response ends, with an error that says so', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser, errors } = await serveApp(t, [Bags], { '/fill': fill(Bags) })
  control.break('rejects', 'create')
  t.is((await browser().get('/fill')).status, 503)
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
})

test('an id that the client has made up is not adopted, and a broken cookie is no session', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser, errors } = await serveApp(t, [Bags], { '/fill': fill(Bags), '/': read(Bags) })
  for (const made of ['A'.repeat(43), '%', '%E0%A4%A', 'admin']) {
    const eve = browser()
    eve.cookies.set('bag', made)
    t.is((await eve.get('/')).text, 'none', made)
    eve.cookies.set('bag', made)
    await eve.get('/fill')
    t.not(eve.cookies.get('bag'), made)
  }
  t.deepEqual(errors, [])
})

test('a visitor whose session nobody writes gets no cookie, and no storage is asked', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser } = await serveApp(t, [Bags], {
    '/': (ctx) => void (ctx.body = String(ctx.sessions.open(Bags).size)),
  })
  t.deepEqual((await browser().get('/')).setCookie, [])
  t.deepEqual(control.calls, [])
})
