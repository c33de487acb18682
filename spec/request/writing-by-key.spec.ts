import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { z } from 'zod'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'
import { bag, codeOf, KINDS, STORED, type BagDefinition } from './_bag.ts'

function readAt(Bags: BagDefinition): Routes {
  return { '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none') }
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`keys are set and removed one by one, and the rest stays (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/set': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada').set('count', 0).set('since', new Date(7)),
      '/change': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.set('count', 1).set('tags', [])
        ctx.body = [session.unset('name'), session.unset('name'), session.unset('note')]
      },
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/change'), [true, false, false])
    t.deepEqual(await ada.json('/'), { count: 1, since: new Date(7).toJSON(), tags: [] })
    t.deepEqual(errors, [])
  })

  test(`to set undefined or null removes a key; zero, the empty text and false stay (${kind})`, async (t) => {
    const Loose = cookie<{ a?: unknown; b?: unknown; c?: unknown; d?: unknown; e?: unknown }>(
      'loose',
      kind === 'by id' ? { storage: memoryStorage() } : {},
    )
    const { browser } = await serveApp(t, [Loose], {
      '/set': (ctx) => void ctx.sessions.open(Loose).set('a', 1).set('b', 1).set('c', 0).set('d', '').set('e', false),
      '/remove': (ctx) => void ctx.sessions.open(Loose).set('a', undefined).set('b', null),
      '/': (ctx) => void (ctx.body = ctx.sessions.get(Loose)),
    })
    const ada = browser()
    await ada.get('/set')
    await ada.get('/remove')
    t.deepEqual(await ada.json('/'), { c: 0, d: '', e: false })
  })

  test(`a whole value and single keys in one request apply in their order (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/whole-first': (ctx) => {
        ctx.sessions.set(Bags, { name: 'whole', count: 1 })
        ctx.sessions.open(Bags).set('count', 2).unset('name')
      },
      '/key-first': (ctx) => {
        ctx.sessions.open(Bags).set('count', 5).set('tags', ['key'])
        ctx.sessions.set(Bags, { name: 'whole' })
      },
      '/between': (ctx) => {
        ctx.sessions.open(Bags).set('count', 5)
        ctx.sessions.set(Bags, { name: 'whole', tags: ['whole'] })
        ctx.sessions.open(Bags).set('tags', ['key'])
      },
      '/update': async (ctx) => {
        ctx.sessions.open(Bags).set('count', 7)
        await ctx.sessions.update(Bags, (now) => ({ ...now, count: now!.count! + 1 }))
        ctx.sessions.open(Bags).set('name', 'after')
      },
    })
    const ada = browser()
    await ada.get('/whole-first')
    t.deepEqual(await ada.json('/'), { count: 2 })
    await ada.get('/key-first')
    t.deepEqual(await ada.json('/'), { name: 'whole' })
    await ada.get('/between')
    t.deepEqual(await ada.json('/'), { name: 'whole', tags: ['key'] })
    await ada.get('/update')
    t.deepEqual(await ada.json('/'), { name: 'after', tags: ['key'], count: 8 })
  })

  test(`what cannot be kept is refused where it is set, and changes nothing (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/set': (ctx) => {
        const session = ctx.sessions.open(Bags).set('name', 'ada')
        ctx.body = [
          codeOf(() => session.set('count', (() => 1) as never)),
          codeOf(() => session.set('count', Buffer.from('x') as never)),
          codeOf(() => session.set('__proto__' as never, { polluted: true } as never)),
          codeOf(() => session.flash('notice', Symbol('x') as never)),
          codeOf(() => session.flash('__proto__' as never, { polluted: true } as never)),
        ]
      },
    })
    const ada = browser()
    t.deepEqual(await ada.json('/set'), Array(5).fill('ERR_SESSION_VALUE'))
    t.deepEqual(await ada.json('/'), { name: 'ada' })
    t.is(({} as { polluted?: boolean }).polluted, undefined)
    t.deepEqual(errors, [])
  })

  test(`a name that every object has is a key like any other (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/set': (ctx) =>
        void ctx.sessions
          .open(Bags)
          .set('constructor' as 'count', 1)
          .set('hasOwnProperty' as 'count', 2),
      '/': (ctx) => void (ctx.body = [...ctx.sessions.open(Bags)]),
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/'), [
      ['constructor', 1],
      ['hasOwnProperty', 2],
    ])
  })

  test(`a snapshot is taken where a key is set (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/set': (ctx) => {
        const tags = ['before']
        ctx.sessions.open(Bags).set('tags', tags)
        tags.push('after')
      },
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/'), { tags: ['before'] })
  })

  test(`a session that was emptied key by key is a session without keys, not the old one (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/set': (ctx) => void ctx.sessions.open(Bags).set('count', 1),
      '/unset': (ctx) => void ctx.sessions.open(Bags).unset('count'),
    })
    const ada = browser()
    await ada.get('/set')
    await ada.get('/unset')
    t.deepEqual(await ada.json('/'), {})
  })
}

test('a schema is asked when the session is stored, not while its keys come one by one', async (t) => {
  const Strict = cookie('strict', {
    storage: memoryStorage(),
    schema: z.object({ name: z.string(), count: z.number() }),
  })
  const { browser, errors } = await serveApp(t, [Strict], {
    '/both': (ctx) => void ctx.sessions.open(Strict).set('name', 'ada').set('count', 1),
    '/half': (ctx) => {
      const session = ctx.sessions.open(Strict)
      session.unset('name')
      t.deepEqual([session.size, session.dirty, session.get('count')], [1, true, 1])
    },
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Strict)),
  })
  const ada = browser()
  await ada.get('/both')
  t.is((await ada.get('/half')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_VALUE'])
  t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 })
})

for (const [where, make] of Object.entries(STORED)) {
  test(`two requests at once that set different keys both succeed (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser, errors } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/fill': (ctx) => ctx.sessions.set(Bags, { note: 'old', tags: ['kept'] }),
      '/slow': async (ctx) => {
        ctx.sessions.open(Bags).set('name', 'slow').unset('note')
        await hall.pass()
      },
      '/quick': (ctx) => void ctx.sessions.open(Bags).set('count', 1),
    })
    const ada = browser()
    await ada.get('/fill')
    const slow = ada.copy().get('/slow')
    await hall.reached
    await ada.get('/quick')
    hall.open()
    await slow
    t.deepEqual(await ada.json('/'), { tags: ['kept'], count: 1, name: 'slow' })
    t.deepEqual(errors, [])
  })

  test(`of two that set the same key the one that is stored later wins (${where})`, async (t) => {
    const Bags = make(t)
    const hall = gate()
    const { browser } = await serveApp(t, [Bags], {
      ...readAt(Bags),
      '/fill': (ctx) => ctx.sessions.set(Bags, { count: 0 }),
      '/slow': async (ctx) => {
        ctx.sessions.open(Bags).set('name', 'set first, stored last')
        await hall.pass()
      },
      '/quick': (ctx) => void ctx.sessions.open(Bags).set('name', 'set last, stored first'),
    })
    const ada = browser()
    await ada.get('/fill')
    const slow = ada.copy().get('/slow')
    await hall.reached
    await ada.get('/quick')
    hall.open()
    await slow
    t.deepEqual(await ada.json('/'), { count: 0, name: 'set first, stored last' })
  })
}

test('where a whole value may not overwrite, keys on top of it conflict too, and keys alone do not', async (t) => {
  const Bags = bag({ storage: memoryStorage(), conflict: 'reject' })
  const [wholeHall, keyHall] = [gate(), gate()]
  const { browser } = await serveApp(t, [Bags], {
    ...readAt(Bags),
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 0 }),
    '/whole': async (ctx) => {
      ctx.sessions.set(Bags, { note: 'whole' })
      ctx.sessions.open(Bags).set('name', 'on top')
      await wholeHall.pass()
    },
    '/key': async (ctx) => {
      ctx.sessions.open(Bags).set('name', 'key')
      await keyHall.pass()
    },
    '/quick': (ctx) => void ctx.sessions.open(Bags).set('count', 1),
  })
  const ada = browser()
  await ada.get('/fill')
  const [whole, key] = [ada.copy().get('/whole'), ada.copy().get('/key')]
  await Promise.all([wholeHall.reached, keyHall.reached])
  await ada.get('/quick')
  wholeHall.open()
  t.is((await whole).status, 409)
  keyHall.open()
  await key
  t.deepEqual(await ada.json('/'), { count: 1, name: 'key' })
})

test('what was stored by a save is not written over a later request by the next one', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const hall = gate()
  const { browser } = await serveApp(t, [Bags], {
    ...readAt(Bags),
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 0 }),
    '/slow': async (ctx) => {
      const session = ctx.sessions.open(Bags).set('name', 'first')
      const writing = control.hold('update')
      const saving = session.save()
      await writing.reached
      session.set('count', 1)
      writing.open()
      await saving
      await hall.pass()
    },
    '/quick': (ctx) => void ctx.sessions.open(Bags).set('name', 'later'),
  })
  const ada = browser()
  await ada.get('/fill')
  const slow = ada.copy().get('/slow')
  await hall.reached
  await ada.get('/quick')
  hall.open()
  await slow
  t.deepEqual(await ada.json('/'), { count: 1, name: 'later' })
})
