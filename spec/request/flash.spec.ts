import test from 'ava'
import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { slowStorage } from '../support/slow-storage.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'
import { bag, KINDS, STORED, type BagDefinition } from './_bag.ts'

/** `/flash?notice=…` leaves one, `/read` opens and shows it. */
function flashing(Bags: BagDefinition): Routes {
  return {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/flash': (ctx) => void ctx.sessions.open(Bags).flash('notice', String(ctx.query['notice'] ?? 'hi')),
    '/read': (ctx) => void (ctx.body = ctx.sessions.open(Bags).get('notice') ?? 'none'),
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`flash is read by the next request that opens the session, and by no later one (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/flash': (ctx) => {
        const session = ctx.sessions.open(Bags).flash('notice', 'hi').flash('level', 3)
        ctx.body = [session.get('notice') ?? null, session.has('notice'), session.size]
      },
      '/read': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = { has: session.has('level'), size: session.size, all: [...session], json: session }
      },
    })
    const ada = browser()
    await ada.get('/fill')
    t.deepEqual(await ada.json('/flash'), [null, false, 1])
    t.deepEqual(await ada.json('/read'), {
      has: true,
      size: 3,
      all: [
        ['count', 1],
        ['notice', 'hi'],
        ['level', 3],
      ],
      json: { count: 1 },
    })
    t.deepEqual(await ada.json('/read'), { has: false, size: 1, all: [['count', 1]], json: { count: 1 } })
    t.deepEqual(errors, [])
  })

  test(`a request that does not open the session leaves its flash, whatever else it does (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/nothing': (ctx) => void (ctx.status = 204),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Bags)),
      '/set': (ctx) => ctx.sessions.set(Bags, { count: 2 }),
      '/update': async (ctx) => void (await ctx.sessions.update(Bags, (now) => ({ count: now!.count! + 1 }))),
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/flash')
    for (const path of ['/nothing', '/get', '/set', '/update']) await ada.get(path)
    t.deepEqual(await ada.json('/get'), { count: 3 })
    t.is((await ada.get('/read')).text, 'hi')
  })

  test(`a session that holds nothing but flash has no value, and leaves none behind (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/get': (ctx) => {
        ctx.body = ctx.sessions.get(Bags) ?? 'none'
      },
      '/value': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = [session.value ?? 'none', session.get('notice'), session.isNew]
      },
    })
    const ada = browser()
    await ada.get('/flash')
    t.is((await ada.get('/get')).text, 'none')
    t.deepEqual(await ada.json('/value'), ['none', 'hi', false])
    t.is((await ada.get('/get')).text, 'none')
    t.is((await ada.get('/read')).text, 'none')
  })

  test(`what each request flashes is added to what is left, and the later one of a name wins (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/again': (ctx) => {
        const session = ctx.sessions.open(Bags)
        const notice = session.get('notice')
        session.flash('notice', `${notice} again`).flash('level', 1).flash('level', 2)
      },
      '/both': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = [session.get('notice'), session.get('level')]
      },
    })
    const ada = browser()
    await ada.get('/flash')
    await ada.get('/again')
    t.deepEqual(await ada.json('/both'), ['hi again', 2])
    t.is((await ada.get('/read')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`flash is given back where the request that got it fails (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/fail': (ctx) => ctx.throw(500, String(ctx.sessions.open(Bags).get('notice')), { expose: true }),
      '/refuse': (ctx) => ctx.throw(403, String(ctx.sessions.open(Bags).get('notice'))),
    })
    const ada = browser()
    await ada.get('/flash')
    t.is((await ada.get('/fail')).text, 'hi')
    t.is((await ada.get('/fail')).text, 'hi')
    t.is((await ada.get('/refuse')).text, 'hi')
    t.is((await ada.get('/read')).text, 'none')
  })

  test(`loading again does not deliver it twice, and the request that got it can read it on (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/session': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = [session.get('notice'), (await session.load()).get('notice')]
      },
      '/sessions': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        const before = session.get('notice')
        await ctx.sessions.load(Bags)
        ctx.body = [before, session.get('notice')]
      },
    })
    for (const path of ['/session', '/sessions']) {
      const ada = browser()
      await ada.get('/flash')
      t.deepEqual(await ada.json(path), ['hi', 'hi'], path)
      t.is((await ada.get('/read')).text, 'none', path)
    }
  })

  test(`what a request flashes is for the next one, though it saves and loads meanwhile (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/flash': async (ctx) => {
        const session = await ctx.sessions.open(Bags).flash('notice', 'hi').save()
        ctx.body = [session.has('notice'), (await session.load()).has('notice')]
      },
    })
    const ada = browser()
    t.deepEqual(await ada.json('/flash'), [false, false])
    t.is((await ada.get('/read')).text, 'hi')
    t.is((await ada.get('/read')).text, 'none')
  })

  test(`flash moves along with a new id, and ends with the session (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/move': (ctx) => {
        const session = ctx.sessions.open(Bags).flash('notice', 'moved')
        session.regenerateId()
      },
      '/out': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.destroy()
        ctx.body = [session.has('notice'), session.size]
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/move')
    t.is((await ada.get('/read')).text, 'moved')
    await ada.get('/flash')
    t.deepEqual(await ada.json('/out'), [false, 0])
    t.is((await ada.get('/read')).text, 'none')
  })
}

for (const [where, make] of Object.entries({ ...STORED, 'by value': KINDS['by value']! })) {
  test(`of fifty readers at once in one process exactly one gets the flash (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    let inside = 0
    const { browser, errors } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/crowd': async (ctx) => {
        // All have the session as it was with its flash before any opens it.
        ctx.sessions.get(Bags)
        if (++inside === 50) hall.open()
        await hall.pass()
        ctx.body = ctx.sessions.open(Bags).get('notice') ?? 'none'
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/flash')
    const pages = await Promise.all(Array.from({ length: 50 }, () => ada.copy().get('/crowd')))
    t.deepEqual(
      pages.filter(({ text }) => text !== 'none').map(({ text }) => text),
      ['hi'],
    )
    t.true(pages.every(({ status }) => status === 200))
    if (where !== 'by value') t.is((await ada.get('/read')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`while one request holds the flash no other gets it, until that one fails (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/fail': async (ctx) => {
        const notice = ctx.sessions.open(Bags).get('notice')
        await hall.pass()
        ctx.throw(500, String(notice), { expose: true })
      },
      '/write': (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 2)
        ctx.body = session.get('notice') ?? 'none'
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/flash')
    const failing = ada.copy().get('/fail')
    await hall.reached
    t.is((await ada.get('/write')).text, 'none')
    hall.open()
    t.is((await failing).text, 'hi')
    t.is((await ada.get('/read')).text, 'hi')
    t.is((await ada.get('/read')).text, 'none')
  })

  test(`what is flashed while another request holds earlier flash comes alone (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser } = await serveApp(t, [Bags], {
      ...flashing(Bags),
      '/slow': async (ctx) => {
        ctx.body = ctx.sessions.open(Bags).get('notice')
        await hall.pass()
      },
      '/level': (ctx) => void ctx.sessions.open(Bags).flash('level', 7),
      '/both': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = [session.get('notice') ?? 'none', session.get('level') ?? 'none']
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/flash')
    const slow = ada.copy().get('/slow')
    await hall.reached
    await ada.get('/level')
    hall.open()
    t.is((await slow).text, 'hi')
    t.deepEqual(await ada.json('/both'), ['none', 7])
    t.deepEqual(await ada.json('/both'), ['none', 'none'])
  })
}

const ENGINES: Readonly<Record<string, (storage: SessionStorage) => SessionStorage>> = {
  'that answers at once': (storage) => storage,
  'that answers later': slowStorage,
}

for (const [kind, engine] of Object.entries(ENGINES)) {
  test(`what was claimed is given back where storing fails (a storage ${kind})`, async (t) => {
    const control = controlledStorage(engine(memoryStorage()))
    const Bags = bag({ storage: control })
    const { browser, errors } = await serveApp(t, [Bags], flashing(Bags))
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/flash')
    control.break(kind === 'that answers at once' ? 'throws' : 'rejects', 'update')
    t.is((await ada.get('/read')).status, 503)
    control.mend()
    t.is((await ada.get('/read')).text, 'hi')
    t.is((await ada.get('/read')).text, 'none')
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
  })
}

test('what a request flashes on top of one that it has not seen is delivered beside it', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const hall = gate()
  const { browser } = await serveApp(t, [Bags], {
    ...flashing(Bags),
    '/slow': async (ctx) => {
      ctx.sessions.open(Bags).flash('level', 1)
      await hall.pass()
    },
    '/both': (ctx) => {
      const session = ctx.sessions.open(Bags)
      ctx.body = [session.get('notice') ?? 'none', session.get('level') ?? 'none']
    },
  })
  const ada = browser()
  await ada.get('/fill')
  const slow = ada.copy().get('/slow')
  await hall.reached
  await ada.get('/flash')
  hall.open()
  await slow
  t.deepEqual(await ada.json('/both'), ['hi', 1])
  t.deepEqual(await ada.json('/both'), ['none', 'none'])
})

test('a key of the value is read before a flash of the same name, which is found once the key is gone', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/flash': (ctx) =>
      void ctx.sessions
        .open(Bags)
        .set('name', 'value')
        .flash('name' as 'notice', 'flash'),
    '/': (ctx) => {
      const session = ctx.sessions.open(Bags)
      const before = [session.get('name'), session.size]
      session.unset('name')
      ctx.body = [...before, session.get('name'), session.has('name'), session.size]
    },
  })
  const ada = browser()
  await ada.get('/flash')
  t.deepEqual(await ada.json('/'), ['value', 1, 'flash', true, 1])
})
