import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { serveApp } from '../support/app.ts'

interface Visits {
  count: number
}

const ByValue = cookie<Visits>('visits')

function stored() {
  const control = controlledStorage(memoryStorage())
  return { control, ById: cookie<Visits>('visits', { storage: control }) }
}

test('a value that is set several times is stored once, as it was set last', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => {
      for (const count of [1, 2, 3]) ctx.sessions.set(ById, { count })
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  const { setCookie } = await ada.get('/set')
  t.is(setCookie.length, 1)
  t.deepEqual(control.calls, ['create'])
  t.deepEqual(await ada.json('/get'), { count: 3 })
})

test('the row is stored before the cookie leaves', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], { '/set': (ctx) => ctx.sessions.set(ById, { count: 1 }) })
  const stop = control.hold('create')
  let arrived = false
  const page = browser()
    .get('/set')
    .then((answer) => {
      arrived = true
      return answer
    })
  await stop.reached
  t.false(arrived)
  stop.open()
  t.is((await page).setCookie.length, 1)
})

test('a session that nobody touches costs no header and no write', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => ctx.sessions.set(ById, { count: 1 }),
    '/static': (ctx) => void (ctx.body = 'static'),
  })
  const ada = browser()
  await ada.get('/set')
  const page = await ada.get('/static')
  t.deepEqual(page.setCookie, [])
  t.is(page.headers.get('vary'), null)
  t.is(page.headers.get('cache-control'), null)
  t.deepEqual(control.calls, ['create', 'read'])
})

test('a value that is set again as it was read is not written, also where it was another one in between', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => ctx.sessions.set(ById, { count: 1 }),
    '/back': (ctx) => {
      ctx.sessions.set(ById, { count: 2 })
      ctx.sessions.set(ById, { count: 1 })
    },
  })
  const ada = browser()
  await ada.get('/set')
  t.deepEqual((await ada.get('/set')).setCookie, [])
  t.deepEqual((await ada.get('/back')).setCookie, [])
  t.is(control.count('update'), 0)
})

test('by value too, a value that is set again as it was read sends no cookie', async (t) => {
  const { browser } = await serveApp(t, [ByValue], { '/set': (ctx) => ctx.sessions.set(ByValue, { count: 1 }) })
  const ada = browser()
  t.is((await ada.get('/set')).setCookie.length, 1)
  t.deepEqual((await ada.get('/set')).setCookie, [])
})

test('a write by id sends no cookie again: the id is the same', async (t) => {
  const { ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => ctx.sessions.set(ById, { count: Number(ctx.query['count']) }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  await ada.get('/set?count=1')
  t.deepEqual((await ada.get('/set?count=2')).setCookie, [])
  t.deepEqual(await ada.json('/get'), { count: 2 })
})

test('an explicit commit puts the headers on for a handler that answers by itself', async (t) => {
  const { control, ById } = stored()
  const { browser, errors } = await serveApp(t, [ById], {
    '/raw': async (ctx) => {
      ctx.respond = false
      ctx.sessions.set(ById, { count: 1 })
      await ctx.sessions.commit()
      ctx.res.writeHead(200, { 'Content-Type': 'text/plain' })
      ctx.res.end('raw')
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  const raw = await ada.get('/raw')
  t.is(raw.text, 'raw')
  t.is(raw.setCookie.length, 1)
  t.is(raw.headers.get('cache-control'), 'private, no-store')
  t.deepEqual(await ada.json('/get'), { count: 1 })
  t.is(control.count('create'), 1)
  t.deepEqual(errors, [])
})

test('two commits at once store a new session once, and what is set after a commit is stored behind the handler', async (t) => {
  const { control, ById } = stored()
  const stop = control.hold('create')
  const { browser } = await serveApp(t, [ById], {
    '/set': async (ctx) => {
      ctx.sessions.set(ById, { count: 1 })
      const id = ctx.sessions.id(ById)
      const commits = [ctx.sessions.commit(), ctx.sessions.commit()]
      await stop.reached
      stop.open()
      await Promise.all(commits)
      ctx.sessions.set(ById, { count: 2 })
      ctx.body = ctx.sessions.id(ById) === id
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  const page = await ada.get('/set')
  t.is(page.text, 'true')
  t.is(page.setCookie.length, 1)
  t.deepEqual(control.calls, ['create', 'update'])
  t.deepEqual(await ada.json('/get'), { count: 2 })
})

test('a value set while a commit is under way is stored too, and the session keeps the id that it was given', async (t) => {
  const { control, ById } = stored()
  const stop = control.hold('create')
  const { browser } = await serveApp(t, [ById], {
    '/set': async (ctx) => {
      ctx.sessions.set(ById, { count: 1 })
      const id = ctx.sessions.id(ById)
      const committing = ctx.sessions.commit()
      await stop.reached
      ctx.sessions.set(ById, { count: 2 })
      stop.open()
      await committing
      await ctx.sessions.commit()
      ctx.body = ctx.sessions.id(ById) === id
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById)),
  })
  const ada = browser()
  t.is((await ada.get('/set')).text, 'true')
  t.deepEqual(await ada.json('/get'), { count: 2 })
})

test('what is cleared and set in one request is a new session with a new id, and the old one is dead', async (t) => {
  const { ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/set': (ctx) => ctx.sessions.set(ById, { count: 1 }),
    '/anew': (ctx) => {
      ctx.sessions.clear(ById)
      t.is(ctx.sessions.get(ById), undefined)
      ctx.sessions.set(ById, { count: 10 })
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(ById) ?? null),
  })
  const ada = browser()
  await ada.get('/set')
  const old = ada.copy()
  const { setCookie } = await ada.get('/anew')
  t.is(setCookie.length, 1, 'one line, not an expired one and a live one')
  t.deepEqual(await ada.json('/get'), { count: 10 })
  t.is((await old.get('/get')).text, '')
})

test('what is set and cleared in one request leaves nothing: no row, no cookie', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], {
    '/both': (ctx) => {
      ctx.sessions.set(ById, { count: 1 })
      ctx.sessions.clear(ById)
    },
  })
  t.deepEqual((await browser().get('/both')).setCookie, [])
  t.is(control.count('create'), 0)
})

test('a visitor without a session who is logged out is sent nothing', async (t) => {
  const { control, ById } = stored()
  const { browser } = await serveApp(t, [ById], { '/out': (ctx) => ctx.sessions.clear(ById) })
  t.deepEqual((await browser().get('/out')).setCookie, [])
  t.deepEqual(control.calls, [])
})
