import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { serveApp } from '../support/app.ts'
import { bag, KINDS, type BagSession } from './_bag.ts'

/** What a request does with a session, and whether a commit would write then. */
const CHANGES: Readonly<Record<string, readonly [change: (session: BagSession) => unknown, dirty: boolean]>> = {
  reading: [(session) => [session.get('count'), session.size, [...session], session.value], false],
  'setting another value': [(session) => session.set('count', 2), true],
  'setting the same value': [(session) => session.set('count', 1), false],
  'setting the same list again': [(session) => session.set('tags', ['x']), false],
  'setting another value and the old one again': [(session) => session.set('count', 2).set('count', 1), false],
  'removing a key': [(session) => session.unset('count'), true],
  'removing a key that is not there': [(session) => session.unset('note'), false],
  flashing: [(session) => session.flash('notice', 'hi'), true],
  'a new id': [(session) => session.regenerateId(), true],
  'a new id beside the old one': [(session) => session.regenerateId({ deleteOld: false }), true],
  'another idle timeout': [(session) => (session.idleTimeout = '14d'), true],
  destroying: [(session) => session.destroy(), true],
}

for (const [what, [change, dirty]] of Object.entries(CHANGES)) {
  test(`${what} ${dirty ? 'makes a session dirty, and is' : 'leaves it clean, and is not'} written`, async (t) => {
    const control = controlledStorage(memoryStorage())
    for (const Bags of [bag({ storage: control }), bag()]) {
      const { browser, errors } = await serveApp(t, [Bags], {
        '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1, tags: ['x'] }),
        '/': (ctx) => {
          const session = ctx.sessions.open(Bags)
          t.false(session.dirty)
          change(session)
          ctx.body = String(session.dirty)
        },
      })
      const ada = browser()
      await ada.get('/fill')
      const before = control.calls.length
      const page = await ada.get('/')
      t.is(page.text, String(dirty))
      const verbs = control.calls.slice(before).filter((verb) => verb !== 'read')
      const written = verbs.length > 0 || page.setCookie.length > 0
      t.is(written, dirty)
      t.deepEqual(errors, [])
    }
  })
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a session is clean again after it was saved, and is not written once more (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/': async (ctx) => {
        const session = ctx.sessions.open(Bags).set('count', 1)
        const before = session.dirty
        await session.save()
        ctx.body = [before, session.dirty]
      },
    })
    t.deepEqual(await browser().json('/'), [true, false])
  })

  test(`without a session, to remove, regenerate or destroy changes nothing (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.unset('count')
        session.regenerateId()
        const before = session.dirty
        session.destroy()
        ctx.body = [before, session.dirty]
      },
    })
    const page = await browser().get('/')
    t.is(page.text, '[false,false]')
    t.deepEqual(page.setCookie, [])
  })

  test(`a session that brings flash is dirty once it is opened: that uses it up (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/flash': (ctx) => void ctx.sessions.open(Bags).flash('notice', 'hi'),
      '/': (ctx) => void (ctx.body = String(ctx.sessions.open(Bags).dirty)),
    })
    const ada = browser()
    await ada.get('/flash')
    t.is((await ada.get('/')).text, 'true')
    t.is((await ada.get('/')).text, 'false')
  })
}

test('a commit after a save writes nothing more', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { browser } = await serveApp(t, [Bags], {
    '/': async (ctx) => {
      await ctx.sessions.open(Bags).set('count', 1).save()
      await ctx.sessions.open(Bags).save()
    },
  })
  await browser().get('/')
  t.deepEqual(control.calls, ['create'])
})
