import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { type Handler, serveApp } from '../support/app.ts'
import { bag, codeOf, KINDS, STORED, type BagDefinition, type BagSession } from './_bag.ts'

/** What a member does within one request, on a session that holds `name` and `count`, and a flash `notice`. */
const MEMBERS: Readonly<Record<string, readonly [act: (session: BagSession) => unknown, result: unknown]>> = {
  'get gives a value': [(session) => session.get('name'), 'ada'],
  'get gives what was flashed': [(session) => session.get('notice'), 'hi'],
  'get gives undefined for what there is not': [(session) => session.get('note') === undefined, true],
  'has knows values and flash': [
    (session) => [session.has('name'), session.has('notice'), session.has('note')],
    [true, true, false],
  ],
  'set replaces': [(session) => session.set('name', 'eve').get('name'), 'eve'],
  'set of null removes': [(session) => session.set('note', 'x').set('note', null).has('note'), false],
  'set of undefined removes': [(session) => session.set('note', 'x').set('note', undefined).has('note'), false],
  'set of zero stays': [(session) => session.set('count', 0).get('count'), 0],
  'set of the empty text stays': [(session) => session.set('name', '').has('name'), true],
  'unset removes a value': [(session) => [session.unset('name'), session.has('name')], [true, false]],
  'unset leaves flash readable': [
    (session) => [session.unset('notice' as never), session.get('notice')],
    [false, 'hi'],
  ],
  'flash is for the next request': [(session) => session.flash('level', 1).has('level'), false],
  'size counts values and flash': [(session) => session.size, 3],
  'size counts a name once': [(session) => session.set('notice' as 'name', 'both').size, 3],
  'dirty is true where flash came in': [(session) => session.dirty, true],
  'destroyed tells': [(session) => (session.destroy(), session.destroyed), true],
  'destroy empties': [
    (session) => (session.destroy(), [session.size, session.has('notice'), session.has('name')]),
    [0, false, false],
  ],
  'destroy twice is destroy once': [
    (session) => codeOf(() => (session.destroy(), session.destroy())) ?? 'quiet',
    'quiet',
  ],
  'destroy makes writing throw': [
    (session) => (session.destroy(), codeOf(() => session.set('count', 1))),
    'ERR_SESSION_GONE',
  ],
}

for (const [kind, make] of Object.entries(KINDS)) {
  for (const [what, [act, result]] of Object.entries(MEMBERS)) {
    test(`${what} (${kind})`, async (t) => {
      const Bags = make(t)
      const { browser, errors } = await serveApp(t, [Bags], {
        '/fill': (ctx) => void ctx.sessions.open(Bags).set('name', 'ada').set('count', 1).flash('notice', 'hi'),
        '/': (ctx) => void (ctx.body = JSON.stringify(act(ctx.sessions.open(Bags)))),
      })
      const ada = browser()
      await ada.get('/fill')
      t.deepEqual(await ada.json('/'), result)
      t.deepEqual(errors, [])
    })
  }
}

const fill =
  (Bags: BagDefinition): Handler =>
  (ctx) =>
    ctx.sessions.set(Bags, { name: 'ada' })
const read =
  (Bags: BagDefinition): Handler =>
  (ctx) =>
    void (ctx.body = ctx.sessions.get(Bags) ?? 'none')

for (const [where, make] of Object.entries(STORED)) {
  test(`regenerateId followed by destroy leaves no old cookie that still works (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': fill(Bags),
      '/': read(Bags),
      '/out': (ctx) => {
        const session = ctx.sessions.open(Bags)
        session.regenerateId()
        session.destroy()
      },
    })
    const ada = browser()
    await ada.get('/fill')
    const old = ada.copy()
    await ada.get('/out')
    t.is((await old.get('/')).text, 'none')
  })

  test(`regenerateId as it stands by default leaves no record from before (${where})`, async (t) => {
    const Bags = make(t)
    const { browser } = await serveApp(t, [Bags], {
      '/fill': fill(Bags),
      '/': read(Bags),
      '/login': (ctx) => ctx.sessions.open(Bags).set('count', 1).regenerateId(),
    })
    const ada = browser()
    await ada.get('/fill')
    const old = ada.copy()
    await ada.get('/login')
    t.is((await old.get('/')).text, 'none')
    t.deepEqual(await ada.json('/'), { name: 'ada', count: 1 })
  })

  test(`a Date is a Date on every storage, and what is nested changes only by set (${where})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => void ctx.sessions.open(Bags).set('since', new Date(7)).set('tags', ['a']),
      '/change': (ctx) => {
        const session = ctx.sessions.open(Bags)
        t.throws(() => (session.get('tags') as string[]).push('b'))
        ctx.status = 204
      },
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.body = [session.get('since') instanceof Date, session.get('since')?.getTime(), session.get('tags')]
      },
    })
    const ada = browser()
    await ada.get('/fill')
    await ada.get('/change')
    t.deepEqual(await ada.json('/'), [true, 7, ['a']])
    t.deepEqual(errors, [])
  })
}

test('a logout expires the cookie, whatever Max-Age it had, and who had none gets none', async (t) => {
  const Bags = bag({ storage: memoryStorage(), cookie: { maxAge: '1h' } })
  const { browser } = await serveApp(t, [Bags], {
    '/fill': fill(Bags),
    '/out': (ctx) => ctx.sessions.open(Bags).destroy(),
  })
  const ada = browser()
  await ada.get('/fill')
  const [line = ''] = (await ada.get('/out')).setCookie
  t.regex(line, /^bag=;/)
  t.regex(line, /; Max-Age=0(?:;|$)/i)
  t.notRegex(line, /3600/)
  t.deepEqual((await browser().get('/out')).setCookie, [])
})

test('a request that only reads what has no flash sends and stores nothing', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser } = await serveApp(t, [Bags], {
    '/fill': fill(Bags),
    '/': (ctx) => void (ctx.body = ctx.sessions.open(Bags).get('name')),
  })
  const ada = browser()
  await ada.get('/fill')
  t.deepEqual((await ada.get('/')).setCookie, [])
})
