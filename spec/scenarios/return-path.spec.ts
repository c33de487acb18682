import test from 'ava'
import fc from 'fast-check'
import type { Middleware } from 'koa'
import { authenticate, cookie, returnPath, sessions } from 'koa-typed-sessions'
import { any } from './_support/refusals.ts'
import { type ServedApp, routed, serveMiddlewares } from '../support/app.ts'

interface User {
  id: string
}
const User = cookie<User>('user')

/** An app whose every page but the login sends strangers to the login. */
function site(
  t: Parameters<typeof serveMiddlewares>[0],
  challenge = '/login',
  around: readonly Middleware[] = [],
): Promise<ServedApp> {
  return serveMiddlewares(t, [
    ...around,
    sessions([User]),
    routed({
      '/login': (ctx) => {
        ctx.sessions.set(User, { id: 'ada' })
        ctx.redirect(returnPath(ctx, '/home'))
      },
    }),
    any(authenticate(User, { challenge })),
    (ctx) => void (ctx.body = `you are at ${ctx.originalUrl}`),
  ])
}

for (const path of [
  '/account',
  '/',
  '/search?q=a%20b&q=c&returnTo=%2Felsewhere',
  '/caf%C3%A9/%2F%2Fevil.example?x=%23',
  '/search?q=a\\b|c',
  "/a.b/~c/!$&'()*+,;=:@",
]) {
  test(`who is sent to the login from ${path} comes back to it`, async (t) => {
    const { browser, url } = await site(t)
    const ada = browser()
    const challenge = await ada.get(path)
    t.is(challenge.status, 302)
    const login = challenge.headers.get('location') ?? ''
    t.true(login.startsWith('/login?returnTo='), login)
    const back = (await ada.get(login)).headers.get('location') ?? ''
    t.is(new URL(back, url).href, new URL(path, url).href)
    t.is((await ada.get(back)).status, 200)
  })
}

test('a page that was asked for by HEAD is gone back to as well', async (t) => {
  const { browser } = await site(t)
  const page = await browser().get('/account', { method: 'HEAD' })
  t.is(page.status, 302)
  t.is(page.headers.get('location'), '/login?returnTo=%2Faccount')
})

test('what was sent by another method is neither sent again nor gone back to', async (t) => {
  const { browser } = await site(t)
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const page = await browser().get('/account', { method })
    t.is(page.status, 303, method)
    t.is(page.headers.get('location'), '/login', method)
  }
})

test('the login may have a query and a fragment of its own, and be on another site', async (t) => {
  for (const [challenge, location] of [
    ['/login?lang=de', '/login?lang=de&returnTo=%2Faccount'],
    ['/login#form', '/login?returnTo=%2Faccount#form'],
    ['/login?lang=de#form', '/login?lang=de&returnTo=%2Faccount#form'],
    ['https://accounts.example/login', 'https://accounts.example/login?returnTo=%2Faccount'],
  ] as const) {
    const { browser } = await site(t, challenge)
    t.is((await browser().get('/account')).headers.get('location'), location)
  }
})

test('the way back is where the browser was, also in an app that is mounted below a path', async (t) => {
  const { browser } = await site(t, '/shop/login', [
    async (ctx, next) => {
      ctx.path = ctx.path.replace(/^\/shop/, '')
      await next()
    },
  ])
  t.is((await browser().get('/shop/cart?a=1')).headers.get('location'), '/shop/login?returnTo=%2Fshop%2Fcart%3Fa%3D1')
})

const TRAPS: readonly string[] = [
  '',
  '?returnTo=',
  '?returnTo=account',
  '?returnTo=//evil.example',
  '?returnTo=///evil.example',
  '?returnTo=/%5Cevil.example',
  '?returnTo=%5C%5Cevil.example',
  '?returnTo=/%09/evil.example',
  '?returnTo=/%0A/evil.example',
  '?returnTo=%09//evil.example',
  '?returnTo=%20//evil.example',
  '?returnTo=/a%5C..%5C..%5C/evil.example',
  '?returnTo=https://evil.example/',
  '?returnTo=https:evil.example',
  '?returnTo=javascript:alert(1)',
  '?returnTo=/a%0D%0ASet-Cookie:x=y',
  '?returnTo=/%00',
  '?returnTo=/a&returnTo=/b',
  '?returnTo[]=/a',
]

for (const query of TRAPS) {
  test(`a login at ${JSON.stringify(query)} goes to the page that the app names`, async (t) => {
    const { browser } = await site(t)
    const page = await browser().get(`/login${query}`)
    t.is(page.status, 302)
    t.is(page.headers.get('location'), '/home')
  })
}

test('whatever stands in the query, a browser stays on the site', (t) => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('/', '\\', '?', '#', ':', '@', '.', '\t', '\n', '\r', ' ', '%2f', 'e', '[', '\0'),
      fc.string({ maxLength: 1, unit: 'grapheme' }),
    ),
  })
  fc.assert(
    fc.property(
      fc.oneof(
        hostile,
        hostile.map((text) => `/${text}`),
      ),
      (returnTo) => {
        const path = returnPath(any({ query: { returnTo } }))
        t.is(new URL(path, 'https://site.example/login').origin, 'https://site.example', returnTo)
      },
    ),
    { numRuns: 2000 },
  )
})

test('without a page that the app names it is the front page', (t) => {
  t.is(returnPath(any({ query: {} })), '/')
})
