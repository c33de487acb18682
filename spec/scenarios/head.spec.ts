// What a handler gives to res.writeHead, or sets for itself, beside what the session puts on a response.
import test from 'ava'
import type { Context } from 'koa'
import { cookie, header, memoryStorage, session } from 'koa-typed-sessions'
import { namesSetBy } from '../support/browser.ts'
import { codes, serveApp } from '../support/app.ts'

interface Visit {
  count: number
}

const KINDS = {
  'by value': () => cookie<Visit>('visits'),
  'by id': () => cookie<Visit>('visits', { storage: memoryStorage() }),
}

/** Every form that `writeHead` takes its headers in. */
const HEADS: Readonly<Record<string, (ctx: Context) => void>> = {
  'an object': ({ res }) =>
    void res.writeHead(200, { 'Set-Cookie': 'lang=en', 'Cache-Control': 'public, max-age=60', Vary: 'Accept' }),
  'an object with lists': ({ res }) =>
    void res.writeHead(200, { 'set-cookie': ['lang=en', 'tz=utc'], 'CACHE-CONTROL': 'public', vary: 'Accept' }),
  'an object behind a message': ({ res }) =>
    void res.writeHead(200, 'Fine', { 'Set-Cookie': 'lang=en', 'Cache-Control': 's-maxage=60', Vary: 'Accept' }),
  'a list': ({ res }) =>
    void res.writeHead(200, [
      'Set-Cookie',
      'lang=en',
      'Set-Cookie',
      'tz=utc',
      'Cache-Control',
      'public',
      'Vary',
      'Accept',
    ] as never),
  'a list behind a message': ({ res }) =>
    void res.writeHead(200, 'Fine', ['Set-Cookie', 'lang=en', 'Cache-Control', 'public', 'Vary', 'Accept'] as never),
}

for (const [kind, define] of Object.entries(KINDS)) {
  for (const [form, writeHead] of Object.entries(HEADS)) {
    test(`headers given to writeHead as ${form} are merged with those of a session ${kind}`, async (t) => {
      const Visits = define()
      const raw = (change: (ctx: Context) => unknown) => async (ctx: Context) => {
        await change(ctx)
        await ctx.sessions.commit()
        ctx.respond = false
        writeHead(ctx)
        ctx.res.end('raw')
      }
      const { browser, errors } = await serveApp(t, [Visits], {
        '/set': raw((ctx) => ctx.sessions.set(Visits, { count: 1 })),
        '/out': raw((ctx) => ctx.sessions.clear(Visits)),
        '/': (ctx) => void (ctx.body = ctx.sessions.get(Visits)?.count ?? 'none'),
      })
      const ada = browser()
      for (const path of ['/set', '/out']) {
        const page = await ada.get(path)
        t.is(page.text, 'raw')
        t.deepEqual(
          namesSetBy(page).filter((name) => name !== 'tz'),
          ['lang', 'visits'],
          path,
        )
        t.is(page.headers.get('cache-control'), 'private, no-store', path)
        t.deepEqual(page.headers.get('vary')?.split(', '), ['Accept', 'Cookie'], path)
        t.is((await ada.get('/')).text, path === '/set' ? '1' : 'none')
      }
      t.deepEqual(errors, [])
    })
  }
}

test('a list that writeHead cannot read is refused as by Node', async (t) => {
  const Visits = cookie<Visit>('visits')
  const { browser, errors } = await serveApp(t, [Visits], {
    '/': (ctx) => {
      ctx.sessions.set(Visits, { count: 1 })
      return ctx.sessions.commit().then(() => ctx.res.writeHead(200, ['Set-Cookie'] as never))
    },
  })
  t.is((await browser().get('/')).status, 500)
  t.deepEqual(codes(errors), ['ERR_INVALID_ARG_VALUE'])
})

for (const [kind, define] of Object.entries(KINDS)) {
  for (const when of ['before', 'after', 'behind the response'] as const) {
    test(`a line for the same cookie that the app sets itself ${when} gives way, others stay (${kind})`, async (t) => {
      const Visits = define()
      const own = (ctx: Context): void => {
        ctx.cookies.set('visits', 'mine')
        ctx.cookies.set('visits2', 'other')
        ctx.cookies.set('visits', 'elsewhere', { path: '/elsewhere' })
      }
      const { browser } = await serveApp(
        t,
        [Visits],
        {
          '/set': (ctx) => {
            if (when === 'before') own(ctx)
            ctx.sessions.set(Visits, { count: 1 })
            if (when === 'after') own(ctx)
          },
          '/': (ctx) => void (ctx.body = ctx.sessions.get(Visits)?.count ?? 'none'),
        },
        {
          around: async (ctx, next) => {
            await next()
            if (when === 'behind the response' && ctx.path === '/set') own(ctx)
          },
        },
      )
      const { setCookie } = await browser().get('/set')
      const mine = setCookie.filter((line) => line.startsWith('visits=') && !/path=\/elsewhere/i.test(line))
      t.is(mine.length, 1)
      t.false(mine[0]!.startsWith('visits=mine'))
      t.true(setCookie.some((line) => line.startsWith('visits2=other')))
      t.true(setCookie.some((line) => line.startsWith('visits=elsewhere')))
    })
  }
}

for (const [given, sent] of [
  ['public', 'private, no-store'],
  ['public, no-store', 'private, no-store'],
  ['max-age=60, ext="no-store"', 'private, no-store'],
  ['public, max-age=60, no-transform', 'private, no-store, no-transform'],
  ['private, max-age=60', 'private, no-store'],
  ['no-cache', 'private, no-store'],
  ['No-Store', 'No-Store'],
  ['no-store, private', 'no-store, private'],
] as const) {
  test(`a response with a token that says Cache-Control: ${given} says ${sent}`, async (t) => {
    const Sent = session<Visit>('sent', {
      transport: { receive: () => null, send: ({ context }, token) => context.set('X-Sent', token), clear: () => {} },
    })
    for (const Visits of [cookie<Visit>('visits'), header<Visit>('X-Visits'), Sent]) {
      for (const late of [false, true]) {
        const { browser } = await serveApp(
          t,
          [Visits],
          {
            '/': (ctx) => {
              if (!late) ctx.set('Cache-Control', given)
              ctx.set('CDN-Cache-Control', 'max-age=600')
              ctx.set('Surrogate-Control', 'max-age=600')
              ctx.sessions.set(Visits, { count: 1 })
            },
          },
          {
            around: async (ctx, next) => {
              await next()
              if (late) ctx.set('Cache-Control', given)
            },
          },
        )
        const { headers } = await browser().get('/')
        t.is(headers.get('cache-control'), sent)
        t.is(headers.get('cdn-cache-control'), 'no-store')
        t.is(headers.get('surrogate-control'), 'no-store')
      }
    }
  })
}

test('a response without a token keeps what the app says to caches', async (t) => {
  const Visits = cookie<Visit>('visits')
  const { browser } = await serveApp(t, [Visits], {
    '/': (ctx) => {
      ctx.set({ 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'max-age=600' })
      ctx.body = ctx.sessions.get(Visits)?.count ?? 'none'
    },
  })
  const { headers } = await browser().get('/')
  t.is(headers.get('cache-control'), 'public, max-age=60')
  t.is(headers.get('cdn-cache-control'), 'max-age=600')
})
