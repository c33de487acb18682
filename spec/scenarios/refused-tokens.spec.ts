import test from 'ava'
import { cookie, memoryStorage, sign, type RefusalReason } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/manual-clock.ts'
import { KEY, OTHER_KEY, serveApp } from '../support/app.ts'
import { attributesOf, cookieOf, lineOf, tokenOf } from '../support/set-cookie.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface Visit {
  count: number
}

const HOUR = 3_600_000

test('a malformed, a forged and an expired token by value are no session, and are told to be forgotten', async (t) => {
  const clock = manualClock()
  const reasons: RefusalReason[] = []
  const Visits = cookie<Visit>('visits', { idleTimeout: '1h', onInvalid: (reason) => reasons.push(reason) })
  const { request, errors } = await serveApp(
    t,
    [Visits],
    {
      '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
      '/': ({ sessions }) => ({ none: sessions.get(Visits) === undefined, id: sessions.id(Visits) === undefined }),
    },
    { clock },
  )
  const token = tokenOf(await request('/set'), 'visits')
  const other = await serveApp(
    t,
    [Visits],
    { '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }) },
    { keys: [OTHER_KEY] },
  )
  const foreign = tokenOf(await other.request('/set'), 'visits')

  const refused = async (presented: string): Promise<void> => {
    const reply = await request('/', { cookie: `visits=${presented}` })
    t.is(reply.status, 200, presented)
    t.deepEqual(JSON.parse(reply.text), { none: true, id: true }, presented)
    t.regex(lineOf(reply, 'visits'), /^visits=; .*Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT$/, presented)
  }
  await refused('nonsense')
  await refused('')
  await refused(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)
  await refused(foreign)
  clock.advance(HOUR)
  await refused(token)
  t.deepEqual(reasons, ['malformed', 'malformed', 'bad-signature', 'unknown-key', 'expired'])
  t.deepEqual(errors, [])
})

test('a refused cookie is expired with the attributes that it has on that request', async (t) => {
  const Visits = cookie<Visit>('visits', {
    transform: sign(KEY),
    cookie: {
      path: (ctx) => `/${(ctx as { path: string }).path.split('/')[1]}`,
      domain: 'example.org',
      sameSite: 'none',
      partitioned: true,
      priority: 'high',
      httpOnly: false,
    },
  })
  const { request } = await serveApp(t, [Visits], {
    '/a/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/a/clear': ({ sessions }) => sessions.clear(Visits),
    '/a/get': ({ sessions }) => sessions.get(Visits),
    '/b/get': ({ sessions }) => sessions.get(Visits),
  })
  const set = await request('/a/set')
  const attributes = attributesOf(lineOf(set, 'visits'))
  t.deepEqual(attributes, ['Domain=example.org', 'Partitioned', 'Path=/a', 'Priority=High', 'SameSite=None', 'Secure'])
  t.deepEqual(attributesOf(lineOf(await request('/a/get', { cookie: 'visits=forged' }), 'visits')), attributes)
  t.deepEqual(
    attributesOf(lineOf(await request('/a/clear', { cookie: cookieOf(set, 'visits') }), 'visits')),
    attributes,
  )
  t.true(lineOf(await request('/b/get', { cookie: 'visits=forged' }), 'visits').includes('; Path=/b;'))
})

test('a genuine token whose value cannot be read any more is no session', async (t) => {
  const storage = controlledStorage(memoryStorage())
  const reasons: RefusalReason[] = []
  const Before = cookie<Visit>('visits', { storage })
  const writing = await serveApp(t, [Before], { '/set': ({ sessions }) => sessions.set(Before, { count: 1 }) })
  const header = cookieOf(await writing.request('/set'), 'visits')
  const serializer = {
    stringify: JSON.stringify,
    parse: (): never => {
      throw new Error('another format')
    },
  }
  const After = cookie<Visit>('visits', { storage, serializer, onInvalid: (reason) => reasons.push(reason) })
  const { request, errors } = await serveApp(t, [After], {
    '/': ({ sessions }) => ({ none: sessions.get(After) === undefined, again: sessions.get(After) === undefined }),
  })
  const reply = await request('/', { cookie: header })
  t.is(reply.status, 200)
  t.deepEqual(JSON.parse(reply.text), { none: true, again: true })
  t.regex(lineOf(reply, 'visits'), /^visits=; .*Max-Age=0/)
  t.deepEqual(reasons, ['invalid-value'])
  t.deepEqual(errors, [])
})

test('an onInvalid that throws goes to the error event, and the response is as if it had not', async (t) => {
  const failure = new Error('the logger is down')
  const onInvalid = (): never => {
    throw failure
  }
  const ById = cookie<Visit>('by_id', { storage: memoryStorage(), onInvalid })
  const ByValue = cookie<Visit>('by_value', { onInvalid })
  const { request, errors } = await serveApp(t, [ById, ByValue], {
    '/': ({ sessions }) => ({ none: !sessions.get(ById) && !sessions.get(ByValue) }),
  })
  const reply = await request('/', { cookie: 'by_id=forged; by_value=forged' })
  t.is(reply.status, 200)
  t.deepEqual(JSON.parse(reply.text), { none: true })
  t.is(reply.setCookie.length, 2)
  t.deepEqual(errors, [failure, failure])
})

test('an onInvalid that is asynchronous is not waited for, and what it rejects with goes to the error event', async (t) => {
  const failure = new Error('the audit log is down')
  let fail: (error: Error) => void = () => {}
  const onInvalid = (): Promise<never> => new Promise((_, reject) => (fail = reject))
  const ById = cookie<Visit>('by_id', { storage: memoryStorage(), onInvalid })
  const { request, errors } = await serveApp(t, [ById], { '/': ({ sessions }) => ({ none: !sessions.get(ById) }) })
  const reply = await request('/', { cookie: 'by_id=forged' })
  t.is(reply.status, 200)
  t.deepEqual(errors, [])
  fail(failure)
  await request('/')
  t.deepEqual(errors, [failure])
})

test('an onInvalid that gives something like a promise, or rejects with nothing, ends no process either', async (t) => {
  const answers: readonly (() => unknown)[] = [
    () => Promise.reject(undefined),
    () => Promise.reject(null),
    // oxlint-disable-next-line unicorn/no-thenable -- what looks like a promise is one
    () => ({ then: (_: unknown, reject: (why: unknown) => void) => reject('a text') }),
    () => 7,
    () => () => {},
  ]
  for (const answer of answers) {
    const Visits = cookie<Visit>('visits', { onInvalid: answer })
    const { request, errors } = await serveApp(t, [Visits], {
      '/': ({ sessions }) => ({ none: !sessions.get(Visits) }),
    })
    t.is((await request('/', { cookie: 'visits=forged' })).status, 200)
    t.true(errors.every((error) => error instanceof Error))
  }
})

test('an error event whose listener throws itself neither changes the response nor ends the process', async (t) => {
  for (const onInvalid of [
    () => {
      throw new Error('the audit log is down')
    },
    () => Promise.reject(new Error('the audit log is down')),
  ]) {
    const Visits = cookie<Visit>('visits', { onInvalid })
    const { app, request } = await serveApp(t, [Visits], { '/': ({ sessions }) => ({ none: !sessions.get(Visits) }) })
    app.removeAllListeners('error')
    app.on('error', () => {
      throw new Error('so is the logger')
    })
    t.is((await request('/', { cookie: 'visits=forged' })).status, 200)
  }
})
