import test from 'ava'
import { cookie, isSessionError, memoryStorage, type Duration } from 'koa-typed-sessions'
import { any } from './_support/refusals.ts'
import { serveApp } from '../support/app.ts'

interface User {
  id: string
}

/** What `set` says where the app's `subject` gives something. */
async function told(t: Parameters<typeof serveApp>[0], subject: () => unknown, idleTimeout: Duration = '1h') {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: any(subject), idleTimeout })
  const { browser } = await serveApp(t, [User], {
    '/': (ctx) => {
      try {
        ctx.sessions.set(User, { id: 'ada' })
        ctx.body = 'set'
      } catch (error) {
        ctx.body = isSessionError(error) ? `${error.code} ${error.session}: ${error.message}` : String(error)
      }
    },
  })
  const page = await browser().get('/')
  return { text: page.text, cookies: page.setCookie.length }
}

for (const [what, subject, given] of [
  ['a promise', async () => 'ada', 'a promise'],
  ['a promise that rejects', () => Promise.reject(new Error('never unhandled')), 'a promise'],
  ['a number', () => 42, 'a number'],
  ['an object', () => ({ id: 'ada' }), 'an object'],
  ['null', () => null, 'null'],
  ['true', () => true, 'a boolean'],
  ['an empty text, who all users without a name would be', () => '', 'an empty one'],
] as const) {
  test(`a subject that is ${what} is refused at set, and nothing is stored`, async (t) => {
    t.deepEqual(await told(t, subject), {
      text:
        `ERR_SESSION_CONFIG user: session 'user': 'subject' must return a text that names one user, not ${given}: ` +
        'write String(…) around a number, and return undefined before a login',
      cookies: 0,
    })
  })
}

test('a session of nobody, whose subject is undefined, is set', async (t) => {
  t.deepEqual(await told(t, () => undefined), { text: 'set', cookies: 1 })
})

test('an id that comes as a promise, or as something else, is refused at set', async (t) => {
  for (const [generateId, given] of [
    [async () => 'a'.repeat(43), 'a promise'],
    [() => Promise.reject(new Error('never unhandled')), 'a promise'],
    [() => 42, 'a number'],
    [() => undefined, 'undefined'],
    [() => 'short', 'another text'],
  ] as const) {
    const User = cookie<User>('user', { storage: memoryStorage(), generateId: any(generateId) })
    const { browser, errors } = await serveApp(t, [User], { '/': (ctx) => ctx.sessions.set(User, { id: 'ada' }) })
    t.is((await browser().get('/')).status, 500)
    t.like(errors, [{ code: 'ERR_SESSION_CONFIG', session: 'user' }])
    t.regex(String(errors[0]), new RegExp(`generateId of session 'user' must give 16 to 256 .*; it gave ${given}$`))
  }
})

test('two users whose names differ in half a character are two', async (t) => {
  const User = cookie<User>('user', { storage: memoryStorage(), subject: ({ id }) => id })
  const ids = ['\ud800', '\ud801', '\udc00', '\ufffd']
  const { browser } = await serveApp(t, [User], {
    '/': (ctx) => {
      const before = ctx.sessions.id(User)
      ctx.sessions.set(User, { id: ids[Number(ctx.query['user'])] as string })
      ctx.body = ctx.sessions.id(User) === before ? 'the same session' : 'a login'
    },
  })
  const one = browser()
  for (const user of ids.keys()) {
    t.is((await one.get(`/?user=${user}`)).text, 'a login')
    t.is((await one.get(`/?user=${user}`)).text, 'the same session')
  }
})
