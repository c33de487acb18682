import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { cookieJar, manualClock } from 'koa-typed-sessions/testing'

interface Request {
  readonly method: string
  readonly path: string
  readonly cookie: string | undefined
  readonly authorization: string | undefined
  readonly type: string | undefined
  readonly body: string
}

type Answer = { readonly status?: number; readonly location?: string; readonly setCookie?: string | readonly string[] }

/** A server that answers as it is told by path, and notes what it was asked. */
async function serve(
  t: ExecutionContext,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<{ url: string; asked: Request[] }> {
  const asked: Request[] = []
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url: path = '', headers } = request
    const { cookie, authorization, 'content-type': type } = headers
    asked.push({ method, path, cookie, authorization, type, body })
    const { status = 200, location, setCookie = [] } = answers[path] ?? {}
    response.setHeader('Set-Cookie', [setCookie].flat())
    if (location !== undefined) response.setHeader('Location', location)
    response.writeHead(status).end(path)
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('a cookie that a response sets comes with the next request, until it is taken back', async (t) => {
  const { url, asked } = await serve(t, {
    '/in': { setCookie: ['user=ada; Path=/; HttpOnly', 'theme=a=b'] },
    '/out': { setCookie: 'user=; Path=/; Max-Age=0' },
  })
  const jar = cookieJar()
  for (const path of ['/in', '/', '/out', '/']) await jar.fetch(url + path)
  t.deepEqual(
    asked.map(({ cookie }) => cookie),
    [undefined, 'user=ada; theme=a=b', 'user=ada; theme=a=b', 'theme=a=b'],
  )
})

test('a test can look at a cookie and at its attributes', (t) => {
  const clock = manualClock()
  const jar = cookieJar({ clock })
  jar.set('http://127.0.0.1/', 'user=ada; Path=/account; HttpOnly; SameSite=Lax; Max-Age=60')
  const user = jar.get('user')!
  t.is(user.value, 'ada')
  t.is(user.host, '127.0.0.1')
  t.is(user.path, '/account')
  t.is(user.expiresAt, clock() + 60_000)
  t.is(user.attributes.get('samesite'), 'Lax')
  t.is(user.attributes.get('httponly'), '')
  t.is(jar.get('User'), undefined)
  t.deepEqual(jar.cookies, [user])
})

for (const [path, goes, stays] of [
  ['/account', ['/account', '/account/', '/account/orders'], ['/', '/accounts']],
  ['/account/', ['/account/', '/account/orders'], ['/account', '/']],
  ['/', ['/', '/account'], []],
] as const) {
  test(`a cookie of the path ${path} goes to what is below it, and nowhere else`, (t) => {
    const jar = cookieJar()
    jar.set('http://127.0.0.1/', `user=ada; Path=${path}`)
    for (const one of goes) t.is(jar.get('user', `http://127.0.0.1${one}`)?.value, 'ada', one)
    for (const one of stays) t.is(jar.get('user', `http://127.0.0.1${one}`), undefined, one)
  })
}

test('a cookie without a path belongs to the folder that it came from', (t) => {
  const jar = cookieJar()
  jar.set('http://127.0.0.1/account/login', ['user=ada', 'other=1; Path=account'])
  t.is(jar.get('user')?.path, '/account')
  t.is(jar.get('other')?.path, '/account')
  jar.set('http://127.0.0.1/login', 'top=1')
  t.is(jar.get('top')?.path, '/')
})

test('of two cookies of one name the one with the longer path comes first', async (t) => {
  const { url, asked } = await serve(t)
  const jar = cookieJar()
  jar.set(url, ['user=outer; Path=/', 'user=inner; Path=/account'])
  await jar.fetch(`${url}/account`)
  t.is(asked[0]?.cookie, 'user=inner; user=outer')
  t.is(jar.get('user', `${url}/account`)?.value, 'inner')
  t.is(jar.get('user', url)?.value, 'outer')
  jar.set(url, 'user=; Path=/account; Max-Age=0')
  t.is(jar.get('user', `${url}/account`)?.value, 'outer')
})

test('a cookie belongs to one host, whatever the port', (t) => {
  const jar = cookieJar()
  jar.set('http://127.0.0.1:3000/', 'user=ada')
  t.is(jar.get('user', 'http://127.0.0.1:4000/')?.value, 'ada')
  t.is(jar.get('user', 'http://localhost:3000/'), undefined)
})

for (const [what, line] of [
  ['Max-Age', 'user=ada; Max-Age=60'],
  ['Expires', 'user=ada; Expires=Thu, 01 Jan 2026 00:01:00 GMT'],
  ['Max-Age, whatever Expires says', 'user=ada; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Max-Age=60'],
] as const) {
  test(`a cookie ends by ${what}, and by the clock that is given`, (t) => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    const jar = cookieJar({ clock })
    jar.set('http://127.0.0.1/', line)
    clock.advance(59_999)
    t.is(jar.get('user')?.value, 'ada')
    clock.advance(1)
    t.is(jar.get('user'), undefined)
    t.is(jar.get('user', 'http://127.0.0.1/'), undefined)
    t.deepEqual(jar.cookies, [])
  })
}

test('a cookie without a deadline, or with one that is none, stays', (t) => {
  const clock = manualClock()
  const jar = cookieJar({ clock })
  jar.set('http://127.0.0.1/', ['a=1', 'b=1; Max-Age=soon', 'c=1; Expires=some day'])
  clock.advance(10 * 365 * 86_400_000)
  t.deepEqual(
    jar.cookies.map(({ name, expiresAt }) => [name, expiresAt]),
    [
      ['a', null],
      ['b', null],
      ['c', null],
    ],
  )
})

for (const line of ['user=; Max-Age=0', 'user=; Max-Age=-1', 'user=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']) {
  test(`'${line}' takes a cookie away`, (t) => {
    const jar = cookieJar()
    jar.set('http://127.0.0.1/', 'user=ada')
    jar.set('http://127.0.0.1/', line)
    t.deepEqual(jar.cookies, [])
  })
}

test('a Secure cookie goes by TLS and to loopback hosts, and is taken from nowhere else', (t) => {
  const jar = cookieJar()
  const hosts = ['https://example.org', 'http://127.0.0.1', 'http://localhost', 'http://[::1]']
  for (const host of [...hosts, 'http://example.net']) jar.set(host, 'user=ada; Secure')
  for (const host of hosts) t.is(jar.get('user', host)?.value, 'ada', host)
  t.is(jar.get('user', 'http://example.org'), undefined)
  t.is(jar.get('user', 'https://example.net'), undefined)
})

test('what has no name is no cookie', (t) => {
  const jar = cookieJar()
  jar.set('http://127.0.0.1/', ['', '=ada', '; Path=/'])
  t.deepEqual(jar.cookies, [])
})

test('redirects are followed, and the cookies on the way are kept and sent on', async (t) => {
  const { url, asked } = await serve(t, {
    '/login': { status: 303, location: '/welcome?new=1', setCookie: 'user=ada; Path=/' },
    '/welcome?new=1': { status: 302, location: 'home', setCookie: 'seen=1; Path=/' },
  })
  const jar = cookieJar()
  const response = await jar.fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ user: 'ada' }) })
  t.is(response.status, 200)
  t.is(await response.text(), '/home')
  t.is(response.url, `${url}/home`)
  t.deepEqual(
    asked.map(({ method, path, cookie, body }) => [method, path, cookie, body]),
    [
      ['POST', '/login', undefined, 'user=ada'],
      ['GET', '/welcome?new=1', 'user=ada', ''],
      ['GET', '/home', 'user=ada; seen=1', ''],
    ],
  )
  t.is(asked[1]?.type, undefined)
})

test("with redirect: 'manual' the redirect is the answer, and its cookies are kept all the same", async (t) => {
  const { url, asked } = await serve(t, { '/login': { status: 302, location: '/', setCookie: 'user=ada' } })
  const jar = cookieJar()
  t.is((await jar.fetch(`${url}/login`, { redirect: 'manual' })).status, 302)
  t.is(jar.get('user')?.value, 'ada')
  t.is(asked.length, 1)
})

test("with redirect: 'error' a redirect is an error, and its cookies are kept all the same", async (t) => {
  const { url } = await serve(t, { '/login': { status: 302, location: '/', setCookie: 'user=ada' } })
  const jar = cookieJar()
  await t.throwsAsync(jar.fetch(`${url}/login`, { redirect: 'error' }), { instanceOf: TypeError })
  t.is(jar.get('user')?.value, 'ada')
})

for (const [status, method, then, body] of [
  [301, 'POST', 'GET', ''],
  [302, 'POST', 'GET', ''],
  [303, 'PUT', 'GET', ''],
  [302, 'PUT', 'PUT', 'a=1'],
  [307, 'POST', 'POST', 'a=1'],
  [308, 'POST', 'POST', 'a=1'],
] as const) {
  test(`behind a ${status} a ${method} goes on as ${then}`, async (t) => {
    const { url, asked } = await serve(t, { '/from': { status, location: '/to' } })
    await cookieJar().fetch(`${url}/from`, { method, body: new URLSearchParams({ a: '1' }) })
    t.deepEqual(
      asked.map((request) => [request.method, request.path, request.body]),
      [
        [method, '/from', 'a=1'],
        [then, '/to', body],
      ],
    )
  })
}

test('a HEAD stays one behind a 303', async (t) => {
  const { url, asked } = await serve(t, { '/from': { status: 303, location: '/to' } })
  await cookieJar().fetch(`${url}/from`, { method: 'HEAD' })
  t.is(asked[1]?.method, 'HEAD')
})

test('a redirect to another origin loses Authorization, one to the same keeps it', async (t) => {
  const other = await serve(t)
  const { url, asked } = await serve(t, {
    '/near': { status: 302, location: '/' },
    '/far': { status: 302, location: `${other.url}/` },
  })
  const headers = { authorization: 'Bearer secret' }
  await cookieJar().fetch(`${url}/near`, { headers })
  await cookieJar().fetch(`${url}/far`, { headers })
  t.is(asked[1]?.authorization, 'Bearer secret')
  t.is(other.asked[0]?.authorization, undefined)
})

test('redirects without end are an error', async (t) => {
  const { url, asked } = await serve(t, { '/round': { status: 302, location: '/round' } })
  await t.throwsAsync(cookieJar().fetch(`${url}/round`), { instanceOf: TypeError, message: /20 redirects/ })
  t.is(asked.length, 21)
})

test('a 3xx that leads nowhere is an answer', async (t) => {
  const { url } = await serve(t, { '/same': { status: 304 }, '/bare': { status: 302 } })
  t.is((await cookieJar().fetch(`${url}/same`)).status, 304)
  t.is((await cookieJar().fetch(`${url}/bare`)).status, 302)
})

test('a copy has the same cookies, and what comes later is its own', (t) => {
  const jar = cookieJar()
  jar.set('http://127.0.0.1/', 'user=ada')
  const copy = jar.copy()
  copy.set('http://127.0.0.1/', 'user=grace')
  t.is(jar.get('user')?.value, 'ada')
  t.is(copy.get('user')?.value, 'grace')
})

test('a Cookie header of the request is refused: cookies are put into the jar', async (t) => {
  const { url, asked } = await serve(t)
  await t.throwsAsync(cookieJar().fetch(url, { headers: { Cookie: 'user=ada' } }), { instanceOf: TypeError })
  t.is(asked.length, 0)
})

test('a misspelt option is refused', (t) => {
  t.throws(() => cookieJar({ time: () => 0 } as object), { code: 'ERR_SESSION_CONFIG' })
})
