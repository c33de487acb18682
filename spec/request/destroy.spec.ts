import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { type Routes, serveApp } from '../support/app.ts'
import { bag, codeOf, codeOfAsync, KINDS, STORED, type BagDefinition, type BagSession } from './_bag.ts'

function routes(Bags: BagDefinition): Routes {
  return {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada', count: 1 }),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`after destroy reading gives nothing and writing throws, for the rest of the request (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/out': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('tags', ['lost'])
        session.destroy()
        session.destroy()
        const read = (): void => {
          const { id, handle, createdAt, expiresAt, value, size, destroyed } = session
          t.deepEqual(
            [id, handle, createdAt, expiresAt, value],
            [undefined, undefined, undefined, undefined, undefined],
          )
          t.deepEqual([size, destroyed, session.get('name'), session.has('name')], [0, true, undefined, false])
          t.deepEqual([[...session], [...session.keys()], session.toJSON()], [[], [], {}])
          t.is(ctx.sessions.get(Bags), undefined)
        }
        const write = async (): Promise<void> => {
          for (const change of [
            () => session.set('name', 'eve'),
            () => session.set('note', undefined),
            () => session.unset('name'),
            () => session.flash('notice', 'x'),
            () => session.regenerateId(),
            () => (session.idleTimeout = '1h'),
          ])
            t.is(codeOf(change), 'ERR_SESSION_GONE', String(change))
          t.is(await codeOfAsync(() => session.load()), 'ERR_SESSION_GONE')
          t.is(await codeOfAsync(() => session.touch()), 'ERR_SESSION_GONE')
        }
        read()
        await write()
        await session.save()
        read()
        await write()
        t.false(session.dirty)
        t.is(ctx.sessions.open(Bags), session)
        ctx.body = 'bye'
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const thief = ada.copy()
    t.is((await ada.get('/out')).text, 'bye')
    t.is(ada.cookies.size, 0)
    if (kind === 'by id') t.is((await thief.get('/')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`what is set after destroy is another session, not that of the destroyed object (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      ...routes(Bags),
      '/again': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        const before = session.id
        session.destroy()
        ctx.sessions.set(Bags, { name: 'new' })
        const other = ctx.sessions.open(Bags)
        t.not(other, session)
        other.set('count', 9)
        await ctx.sessions.commit()
        t.deepEqual([session.size, session.destroyed, session.dirty, session.createdAt], [0, true, false, undefined])
        t.is(
          codeOf(() => session.set('count', 1)),
          'ERR_SESSION_GONE',
        )
        if (kind === 'by id') t.not(other.id, before)
        ctx.body = other
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const thief = ada.copy()
    t.deepEqual(await ada.json('/again'), { name: 'new', count: 9 })
    t.deepEqual(await ada.json('/'), { name: 'new', count: 9 })
    if (kind === 'by id') t.is((await thief.get('/')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`a destroyed session stays so, also where it brought flash and is loaded again (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada').flash('notice', 'hi'),
      '/out': async (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.destroy()
        t.is(await ctx.sessions.load(Bags), undefined)
        t.is(ctx.sessions.open(Bags), session)
        ctx.status = 204
      },
    })
    const ada = browser()
    await ada.get('/fill')
    t.is((await ada.get('/out')).status, 204)
    t.is(ada.cookies.size, 0)
    t.deepEqual(errors, [])
  })

  test(`where the session is cleared otherwise, its live object shows nothing of it either (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada').flash('notice', 'hi'),
      '/out': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.sessions.clear(Bags)
        t.deepEqual([session.get('name'), session.get('notice'), session.has('notice')], [undefined, undefined, false])
        t.deepEqual([session.size, session.id, session.value, [...session]], [0, undefined, undefined, []])
        t.true(session.dirty)
        ctx.status = 204
      },
    })
    const ada = browser()
    await ada.get('/fill')
    t.is((await ada.get('/out')).status, 204)
    t.is(ada.cookies.size, 0)
    t.deepEqual(errors, [])
  })

  test(`a new session that is destroyed before it was stored leaves nothing behind (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/': (ctx) => ctx.sessions.open(Bags).set('count', 1).flash('notice', 'x').destroy(),
    })
    const ada = browser()
    const page = await ada.get('/')
    t.deepEqual(page.setCookie, [])
  })
}

/** What one request does, whatever the order: every id that it has held is dead afterwards. */
const LAST_ACTS: Readonly<Record<string, (session: BagSession) => unknown>> = {
  'regenerateId, destroy': (session) => {
    session.regenerateId()
    session.destroy()
  },
  'regenerateId that leaves the old id, destroy': (session) => {
    session.regenerateId({ deleteOld: false })
    session.destroy()
  },
  'regenerateId, save, destroy': async (session) => {
    session.regenerateId()
    await session.save()
    session.destroy()
  },
  'regenerateId that leaves the old id, save, destroy': async (session) => {
    session.regenerateId({ deleteOld: false })
    await session.save()
    session.destroy()
  },
  'three ids, saved each, and destroy': async (session) => {
    for (const deleteOld of [false, true, false]) {
      session.regenerateId({ deleteOld })
      await session.save()
    }
    session.destroy()
  },
  'set, destroy': (session) => {
    session.set('count', 2)
    session.destroy()
  },
  'destroy, save': async (session) => {
    session.destroy()
    await session.save()
  },
}

for (const [where, make] of Object.entries(STORED)) {
  for (const [what, act] of Object.entries(LAST_ACTS)) {
    test(`${what}: every id that the request has held is dead (${where})`, async (t) => {
      const Bags = make(t)
      const held = new Set<string>()
      const { browser, errors } = await serveApp(t, [Bags], {
        ...routes(Bags),
        '/out': async (ctx) => {
          const session = ctx.sessions.open(Bags)
          held.add(session.id!)
          await act(new Proxy(session, { get: noting(held) }))
        },
      })
      const ada = browser()
      await ada.get('/fill')
      await ada.get('/out')
      t.is(ada.cookies.size, 0)
      for (const id of held) {
        const thief = browser()
        thief.cookies.set('bag', id)
        t.is((await thief.get('/')).text, 'none')
      }
      t.is(held.size, { 'three ids, saved each, and destroy': 4, 'set, destroy': 1, 'destroy, save': 1 }[what] ?? 2)
      t.deepEqual(errors, [])
    })
  }
}

/** Notes each id that the session has, after whatever was called. */
function noting(held: Set<string>) {
  return (session: BagSession, member: string): unknown => {
    const found: unknown = Reflect.get(session, member, session)
    if (typeof found !== 'function') return found
    return (...given: unknown[]): unknown => {
      const result: unknown = Reflect.apply(found, session, given)
      if (session.id !== undefined) held.add(session.id)
      return result
    }
  }
}

test('destroying a session costs one deletion, and reads nothing again', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser } = await serveApp(t, [Bags], { ...routes(Bags), '/out': (ctx) => ctx.sessions.open(Bags).destroy() })
  const ada = browser()
  await ada.get('/fill')
  await ada.get('/out')
  t.deepEqual(control.calls, ['create', 'read', 'delete'])
})

test('a session that was destroyed stays so behind a failure of the app’s own', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    ...routes(Bags),
    '/out': (ctx) => {
      ctx.sessions.open(Bags).destroy()
      ctx.throw(500)
    },
  })
  const ada = browser()
  await ada.get('/fill')
  const thief = ada.copy()
  await ada.get('/out')
  t.is((await ada.get('/')).text, 'none')
  t.is((await thief.get('/')).text, 'none')
})
