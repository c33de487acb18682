import test from 'ava'
import { cookie, header } from 'koa-typed-sessions'
import { namesSetBy } from '../support/browser.ts'
import { serveApp } from '../support/app.ts'

interface Visits {
  count: number
}

const ByValue = cookie<Visits>('visits')

for (const [said, kept] of [
  ['public, max-age=3600', 'private, no-store'],
  ['max-age=60', 'private, no-store'],
  ['no-cache', 'private, no-store'],
  ['no-store', 'no-store'],
  ['private, no-store, max-age=0', 'private, no-store, max-age=0'],
] as const) {
  test(`a response that carries a token and says Cache-Control: ${said} leaves with ${kept}`, async (t) => {
    const { browser } = await serveApp(t, [ByValue], {
      '/set': (ctx) => {
        ctx.set('Cache-Control', said)
        ctx.sessions.set(ByValue, { count: 1 })
      },
    })
    t.is((await browser().get('/set')).headers.get('cache-control'), kept)
  })
}

test('no middleware around can make a response public that carries a token', async (t) => {
  const { browser } = await serveApp(
    t,
    [ByValue],
    { '/set': (ctx) => ctx.sessions.set(ByValue, { count: 1 }) },
    {
      around: async (ctx, next) => {
        await next()
        ctx.set('Cache-Control', 'public, max-age=3600')
      },
    },
  )
  const page = await browser().get('/set')
  t.is(page.setCookie.length, 1)
  t.regex(page.headers.get('cache-control') ?? '', /no-store/)
})

test('a response whose handler asked for a session varies by it, found or not, and keeps what it varied by before', async (t) => {
  const Api = header<Visits>('X-Visits')
  const { browser } = await serveApp(t, [ByValue, Api], {
    '/get': (ctx) => {
      ctx.vary('Accept')
      ctx.sessions.get(ByValue)
    },
    '/header': (ctx) => void ctx.sessions.get(Api),
    '/static': (ctx) => void (ctx.body = 'static'),
  })
  const stranger = browser()
  t.is((await stranger.get('/get')).headers.get('vary'), 'Accept, Cookie')
  t.is((await stranger.get('/header')).headers.get('vary'), 'X-Visits')
  t.is((await stranger.get('/static')).headers.get('vary'), null)
})

test('other cookies are left alone, whichever way the app set them', async (t) => {
  const { browser } = await serveApp(
    t,
    [ByValue],
    {
      '/set': (ctx) => {
        ctx.set('Set-Cookie', 'first=1; path=/')
        ctx.sessions.set(ByValue, { count: 1 })
        ctx.cookies.set('second', '2', { signed: false })
      },
    },
    {
      around: async (ctx, next) => {
        await next()
        ctx.append('Set-Cookie', 'third=3')
      },
    },
  )
  t.deepEqual(namesSetBy(await browser().get('/set')), ['first', 'second', 'third', 'visits'])
})
