import { runInNewContext } from 'node:vm'
import test from 'ava'
import type { Context } from 'koa'
import { cookie, header, memoryStorage, type AnyDefinition } from 'koa-typed-sessions'
import { namesSetBy } from '../support/browser.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { codes, serveApp } from '../support/app.ts'

interface Visits {
  count: number
}

const KINDS = {
  'by value': () => cookie<Visits>('visits'),
  'by id': () => cookie<Visits>('visits', { storage: memoryStorage() }),
}

function failWith(fields: Record<string, unknown>): (ctx: Context) => never {
  return () => {
    throw Object.assign(new Error('from the app'), fields)
  }
}

for (const [kind, define] of Object.entries(KINDS)) {
  for (const [name, fail, status] of [
    ['ctx.throw(401)', (ctx) => ctx.throw(401), 401],
    ['an error with status 404', failWith({ status: 404 }), 404],
    ['an error with statusCode 409', failWith({ statusCode: 409 }), 409],
    ['an error of another realm with status 403', () => throwForeign(403), 403],
  ] as const satisfies readonly (readonly [string, (ctx: Context) => unknown, number])[]) {
    test(`behind ${name} a session ${kind} is stored, and its cookie reaches the client`, async (t) => {
      const Visit = define()
      const { browser } = await serveApp(t, [Visit], {
        '/fail': (ctx) => {
          ctx.sessions.set(Visit, { count: 1 })
          fail(ctx)
        },
        '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
      })
      const ada = browser()
      const page = await ada.get('/fail')
      t.is(page.status, status)
      t.is(page.setCookie.length, 1)
      t.is(page.headers.get('cache-control'), 'private, no-store')
      t.is(page.headers.get('vary'), 'Cookie')
      t.is((await ada.get('/get')).text, '{"count":1}')
    })
  }

  for (const [name, fail] of [
    ['an error', failWith({})],
    ['ctx.throw(500)', (ctx) => ctx.throw(500)],
    ['an error with status 503', failWith({ status: 503 })],
    ['an error with a status that is none', failWith({ status: 999 })],
    ['an error with a status that is a text', failWith({ status: '404' })],
    ['a missing file, which Koa takes for its own fault', failWith({ code: 'ENOENT' })],
    ['something thrown that is no error', () => throwIt({ status: 404 })],
    ['a response of status 500', (ctx) => void (ctx.status = 500)],
    ['a response of status 502 with a body', (ctx) => void Object.assign(ctx, { status: 502, body: 'bad gateway' })],
  ] as const satisfies readonly (readonly [string, (ctx: Context) => unknown])[]) {
    test(`behind ${name} no value is stored ${kind}, and a logout is carried out`, async (t) => {
      const Visit = define()
      const { browser } = await serveApp(t, [Visit], {
        '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
        '/fail': (ctx) => {
          ctx.sessions.set(Visit, { count: 2 })
          fail(ctx)
        },
        '/out': (ctx) => {
          ctx.sessions.clear(Visit)
          fail(ctx)
        },
        '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
      })
      const stranger = await browser().get('/fail')
      t.true(stranger.status >= 500)
      t.deepEqual(stranger.setCookie, [])

      const ada = browser()
      await ada.get('/set')
      t.deepEqual((await ada.get('/fail')).setCookie, [])
      t.is((await ada.get('/get')).text, '{"count":1}')
      const thief = ada.copy()
      t.regex((await ada.get('/out')).setCookie.join(), /^visits=;.*Max-Age=0/)
      t.is(ada.cookies.size, 0)
      if (kind === 'by id') t.is((await thief.get('/get')).text, 'none')
    })
  }
}

test('an error that brings headers of its own does not cost the session its cookie', async (t) => {
  const Visit = cookie<Visits>('visits')
  const { browser } = await serveApp(t, [Visit], {
    '/fail': (ctx) => {
      ctx.sessions.set(Visit, { count: 1 })
      ctx.throw(401, {
        headers: { 'Cache-Control': 'max-age=5', 'Set-Cookie': 'lang=en', 'WWW-Authenticate': 'Bearer' },
      })
    },
  })
  const page = await browser().get('/fail')
  t.is(page.headers.get('www-authenticate'), 'Bearer')
  t.deepEqual(namesSetBy(page), ['lang', 'visits'])
  t.regex(page.headers.get('cache-control') ?? '', /no-store/)
})

test('an error behind a question for the session still varies by it', async (t) => {
  const Visit = cookie<Visits>('visits')
  const { browser } = await serveApp(t, [Visit], {
    '/page': (ctx) => {
      if (!ctx.sessions.get(Visit)) ctx.throw(404)
    },
  })
  t.is((await browser().get('/page')).headers.get('vary'), 'Cookie')
})

test('a logout behind ctx.throw(401) is carried out: row gone, cookie expired', async (t) => {
  const Visit = cookie<Visits>('visits', { storage: memoryStorage() })
  const { browser } = await serveApp(t, [Visit], {
    '/set': (ctx) => ctx.sessions.set(Visit, { count: 1 }),
    '/out': (ctx) => {
      ctx.sessions.clear(Visit)
      ctx.throw(401)
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/set')
  const thief = ada.copy()
  t.regex((await ada.get('/out')).setCookie.join(), /^visits=;.*Max-Age=0/)
  t.is((await thief.get('/get')).text, 'none')
})

test('a header session survives an error of the client too', async (t) => {
  const Api = header<Visits>('X-Visits')
  const { browser } = await serveApp(t, [Api], {
    '/fail': (ctx) => {
      ctx.sessions.set(Api, { count: 1 })
      ctx.throw(422)
    },
  })
  const page = await browser().get('/fail', { headers: { origin: 'https://elsewhere.example' } })
  t.truthy(page.headers.get('x-visits'))
  t.is(page.headers.get('access-control-expose-headers'), 'X-Visits')
})

test('one error object that two requests throw at once never carries the cookie of one to the other', async (t) => {
  const Visit = cookie<{ name: string }>('visit', { storage: memoryStorage() })
  const shared = Object.assign(new Error('shared'), { status: 403, expose: true })
  const stops = { ada: gate(), bob: gate() }
  const { browser } = await serveApp(t, [Visit], {
    '/fail': async (ctx) => {
      const name = ctx.query['name'] as 'ada' | 'bob' | 'none'
      if (name === 'none') throw shared
      ctx.sessions.set(Visit, { name })
      await stops[name].pass()
      throw shared
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)?.name),
  })
  const [ada, bob, stranger] = [browser(), browser(), browser()]
  const both = [ada.get('/fail?name=ada'), bob.get('/fail?name=bob')]
  await Promise.all([stops.ada.reached, stops.bob.reached])
  stops.bob.open()
  stops.ada.open()
  for (const page of await Promise.all(both)) t.is(page.setCookie.length, 1)
  t.is((await ada.get('/get')).text, 'ada')
  t.is((await bob.get('/get')).text, 'bob')
  t.deepEqual((await stranger.get('/fail?name=none')).setCookie, [])
  t.deepEqual(Object.keys(shared).toSorted(), ['expose', 'status'])
})

test('a commit that fails behind an error goes to the error event, and the client gets the original error', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Visit = cookie<Visits>('visits', { storage: control })
  control.break('rejects', 'create')
  const { browser, errors } = await serveApp(t, [Visit], {
    '/fail': (ctx) => {
      ctx.sessions.set(Visit, { count: 1 })
      ctx.throw(418, 'a teapot')
    },
  })
  const page = await browser().get('/fail')
  t.is(page.status, 418)
  t.is(page.text, 'a teapot')
  t.deepEqual(page.setCookie, [])
  t.deepEqual(
    errors.map((error) => (error as { status: number }).status),
    [503, 418],
  )
})

test('a cookie that is too large fails the response, and tells nobody what was in it', async (t) => {
  const Note = cookie<{ text: string }>('note')
  const { browser, errors } = await serveApp(t, [Note], {
    '/set': (ctx) => ctx.sessions.set(Note, { text: 'secret'.repeat(1000) }),
  })
  const page = await browser().get('/set')
  t.is(page.status, 500)
  t.is(page.text, 'Internal Server Error')
  t.deepEqual(page.setCookie, [])
  t.deepEqual(codes(errors), ['ERR_SESSION_TOO_LARGE'])
  t.notRegex(String(errors[0]), /secret/)
})

test('what an explicit commit has stored reaches the client, also where the handler fails afterwards', async (t) => {
  const Visit = cookie<Visits>('visits', { storage: memoryStorage() })
  const definitions: AnyDefinition[] = [Visit]
  const { browser } = await serveApp(t, definitions, {
    '/fail': async (ctx) => {
      ctx.sessions.set(Visit, { count: 1 })
      await ctx.sessions.commit()
      ctx.sessions.set(Visit, { count: 2 })
      throw new Error('from the app')
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit)),
  })
  const ada = browser()
  t.is((await ada.get('/fail')).status, 500)
  t.deepEqual(await ada.json('/get'), { count: 1 })
})

function throwForeign(status: number): never {
  throw runInNewContext('Object.assign(new Error("foreign"), { status })', { status })
}

function throwIt(what: unknown): never {
  throw what
}
