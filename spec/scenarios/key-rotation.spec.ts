import test from 'ava'
import {
  cookie,
  encrypt,
  memoryStorage,
  seal,
  sign,
  type RefusalReason,
  type SessionTransformer,
} from 'koa-typed-sessions'
import { KEY, OTHER_KEY, serveApp } from '../support/app.ts'
import { cookieOf, lineOf, tokenOf } from '../support/set-cookie.ts'

interface Visit {
  count: number
}

const TRANSFORMERS: Readonly<Record<string, (keys: () => readonly string[]) => SessionTransformer>> = {
  sign: (keys) => sign(keys),
  encrypt: (keys) => encrypt({ keys }),
  seal: (password) => seal({ password }),
}

for (const [name, make] of Object.entries(TRANSFORMERS)) {
  for (const kind of ['by value', 'by id']) {
    test(`a token of an old key is taken and replaced by one of the new key, until the old key is removed (${name}, ${kind})`, async (t) => {
      let keys: readonly string[] = [KEY]
      const reasons: RefusalReason[] = []
      const Visits = cookie<Visit>('visits', {
        transform: make(() => keys),
        onInvalid: (reason) => reasons.push(reason),
        ...(kind === 'by id' && { storage: memoryStorage() }),
      })
      const { request } = await serveApp(t, [Visits], {
        '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
        '/unused': () => 'ok',
        '/': ({ sessions }) => sessions.get(Visits) ?? 'none',
      })
      const old = cookieOf(await request('/set'), 'visits')
      t.deepEqual((await request('/', { cookie: old })).setCookie, [])

      keys = [OTHER_KEY, KEY]
      t.deepEqual((await request('/unused', { cookie: old })).setCookie, [])
      const replaced = await request('/', { cookie: old })
      t.is(replaced.text, '{"count":1}')
      t.not(tokenOf(replaced, 'visits'), '')
      t.is(replaced.headers.get('cache-control'), 'private, no-store')
      const fresh = cookieOf(replaced, 'visits')
      t.not(fresh, old)
      t.deepEqual((await request('/', { cookie: fresh })).setCookie, [])

      keys = [OTHER_KEY]
      const refused = await request('/', { cookie: old })
      t.is(refused.text, 'none')
      t.regex(lineOf(refused, 'visits'), /Max-Age=0/)
      t.is((await request('/', { cookie: fresh })).text, '{"count":1}')
      t.deepEqual(reasons, ['unknown-key'])
    })
  }
}

test('the keys of the app may be rotated while it runs', async (t) => {
  const Visits = cookie<Visit>('visits')
  const { app, request } = await serveApp(t, [Visits], {
    '/set': ({ sessions }) => sessions.set(Visits, { count: 1 }),
    '/': ({ sessions }) => sessions.get(Visits) ?? 'none',
  })
  const old = cookieOf(await request('/set'), 'visits')
  app.keys = [OTHER_KEY, KEY]
  const replaced = await request('/', { cookie: old })
  t.is(replaced.text, '{"count":1}')
  app.keys = [OTHER_KEY]
  t.is((await request('/', { cookie: old })).text, 'none')
  t.is((await request('/', { cookie: cookieOf(replaced, 'visits') })).text, '{"count":1}')
})
