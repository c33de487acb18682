import test from 'ava'
import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'
import { slowStorage } from '../support/slow-storage.ts'
import { bag, codeOfAsync, KINDS, STORED, type BagDefinition } from './_bag.ts'

const HOUR = 3_600_000

function routes(Bags: BagDefinition): Routes {
  return {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/name': (ctx) => void ctx.sessions.open(Bags).set('name', 'other'),
    '/out': (ctx) => ctx.sessions.open(Bags).destroy(),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
  }
}

for (const [where, make] of Object.entries(STORED)) {
  test(`load shows what another request has stored, and drops what this one has not (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/slow': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 9).flash('notice', 'dropped')
        await hall.pass()
        t.is(await session.load(), session)
        t.false(session.dirty)
        ctx.body = session
      },
      '/notice': (ctx) => void (ctx.body = ctx.sessions.open(Bags).get('notice') ?? 'none'),
    })
    const ada = browser()
    await ada.get('/fill')
    const slow = ada.copy().get('/slow')
    await hall.reached
    await ada.get('/name')
    hall.open()
    t.is((await slow).text, '{"count":1,"name":"other"}')
    t.deepEqual(await ada.json('/'), { count: 1, name: 'other' })
    t.is((await ada.get('/notice')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`save writes now: a request that comes before this one ends sees it (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/slow': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        t.is(await session.set('count', 2).save(), session)
        await hall.pass()
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const slow = ada.copy().get('/slow')
    await hall.reached
    t.deepEqual(await ada.json('/'), { count: 2 })
    hall.open()
    t.is((await slow).status, 204)
  })

  test(`save and touch of a session that another request destroyed say so, and end there (${where})`, async (t) => {
    const Bags = make(t)
    const results: unknown[] = []
    const halls = { '/save': gate(), '/touch': gate() }
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/save': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 9)
        await halls['/save'].pass()
        results.push(await codeOfAsync(() => session.save()), session.value, session.id)
      },
      '/touch': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        await halls['/touch'].pass()
        results.push(await codeOfAsync(() => session.touch()), session.value, session.id)
      },
    })
    for (const path of ['/save', '/touch'] as const) {
      const ada = browser()
      await ada.get('/fill')
      const late = ada.copy()
      const before = late.copy()
      const slow = late.get(path)
      await halls[path].reached
      await ada.get('/out')
      halls[path].open()
      const page = await slow
      t.deepEqual(page.setCookie, [], 'a request that was under way tells the client nothing')
      t.is((await before.get('/')).text, 'none')
    }
    t.deepEqual(results, ['ERR_SESSION_GONE', undefined, undefined, 'ERR_SESSION_GONE', undefined, undefined])
    t.deepEqual(errors, [])
  })
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`load keeps what was saved, and drops what was not (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/load': async (ctx) => {
        const session = await ctx.sessions.open(Bags).set('count', 2).save()
        await session.set('count', 3).load()
        ctx.body = session
      },
    })
    const ada = browser()
    t.deepEqual(await ada.json('/load'), { count: 2 })
    t.deepEqual(await ada.json('/'), { count: 2 })
  })

  test(`save puts the cookie on a response that the handler writes by itself (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/raw': async (ctx) => {
        await ctx.sessions.open(Bags).set('count', 5).save()
        ctx.respond = false
        ctx.res.end('raw')
      },
    })
    const ada = browser()
    t.is((await ada.get('/raw')).text, 'raw')
    t.deepEqual(await ada.json('/'), { count: 5 })
    t.deepEqual(errors, [])
  })

  test(`touch moves the idle deadline, due or not, and not past the absolute one (${kind})`, async (t) => {
    const clock = manualClock()
    const storage = memoryStorage({ clock })
    const timeouts = { idleTimeout: '4h', touchAfter: '3h', absoluteTimeout: '6h' } as const
    const Bags = make(t, { ...timeouts, ...(kind === 'by id' && { storage }) })
    const { browser } = await serveApp(
      t,
      [Bags],
      {
        ...routes(Bags),
        '/touch': async (ctx) => {
          const session = ctx.sessions.open(Bags)
          const before = session.expiresAt!
          t.is(await session.touch(), session)
          t.false(session.dirty)
          ctx.body = [before - clock(), session.expiresAt! - clock()]
        },
      },
      { clock },
    )
    const ada = browser()
    await ada.get('/fill')
    clock.advance(HOUR)
    t.deepEqual(await ada.json('/touch'), [3 * HOUR, 4 * HOUR])
    clock.advance(4 * HOUR - 1)
    t.deepEqual(await ada.json('/touch'), [1, HOUR + 1])
    clock.advance(HOUR + 1)
    t.is((await ada.get('/')).text, 'none')
  })
}

test('where there is no session, load, save and touch make none', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser, errors } = await serveApp(t, [Bags], {
    '/': async (ctx) => {
      const session = ctx.sessions.open(Bags)
      await session.load()
      await session.touch()
      await session.save()
    },
  })
  t.deepEqual((await browser().get('/')).setCookie, [])
  t.deepEqual(control.calls, [])
  t.deepEqual(errors, [])
})

test('a save that would overwrite what it must not rejects with a conflict, and writes nothing', async (t) => {
  const Bags = bag({ storage: memoryStorage(), conflict: 'reject' })
  const hall = gate()
  const { browser, errors } = await serveApp(t, [Bags], {
    ...routes(Bags),
    '/slow': async (ctx) => {
      ctx.sessions.set(Bags, { count: 9 })
      await hall.pass()
      await ctx.sessions.open(Bags).save()
    },
  })
  const ada = browser()
  await ada.get('/fill')
  const slow = ada.copy().get('/slow')
  await hall.reached
  await ada.get('/name')
  hall.open()
  t.is((await slow).status, 409)
  t.deepEqual(await ada.json('/'), { count: 1, name: 'other' })
  t.true(codes(errors).every((code) => code === 'ERR_SESSION_CONFLICT'))
})

const ASYNC: Readonly<Record<string, (storage: SessionStorage) => SessionStorage>> = {
  'that answers at once': (storage) => storage,
  'that answers later': slowStorage,
}

for (const [kind, engine] of Object.entries(ASYNC)) {
  test(`two saves at once, or a save and a commit, make one session (a storage ${kind})`, async (t) => {
    const control = controlledStorage(engine(memoryStorage()))
    const Bags = bag({ storage: control })
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/saves': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 1)
        await Promise.all([session.save(), session.save()])
      },
      '/commit': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 1)
        await Promise.all([session.save(), ctx.sessions.commit()])
      },
      '/forgotten': (ctx) => {
        void ctx.sessions.open(Bags).set('count', 1).save()
      },
    })
    for (const path of ['/saves', '/commit', '/forgotten']) {
      const before = control.count('create')
      const ada = browser()
      await ada.get(path)
      t.is(control.count('create') - before, 1, path)
      t.deepEqual(await ada.json('/'), { count: 1 }, path)
    }
    t.deepEqual(errors, [])
  })
}
