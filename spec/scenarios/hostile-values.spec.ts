import test from 'ava'
import { cookie, plain } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'

test('a few bytes in a plain cookie cannot make the server fill memory', async (t) => {
  const Plain = cookie<{ a: unknown }>('plain', { transform: plain() })
  const { request } = await serveApp(t, [Plain], { '/': ({ sessions }) => typeof sessions.get(Plain) })
  const until = (Date.now() + 3_600_000).toString(36)
  // Two hundred million instead of a thousand hold the process for half a minute.
  for (const length of [1000, { length: 1000 }]) {
    const json = JSON.stringify({ json: { a: length }, meta: { values: { a: [['typed-array', 'Uint8Array']] } } })
    const reply = await request('/', {
      cookie: `plain=${encodeURIComponent(`${Date.now().toString(36)}.${until}.~${json}`)}`,
    })
    t.is(reply.text, 'undefined')
  }
})

test('what a client writes into a plain cookie changes no prototype, and is a value or nothing', async (t) => {
  const Plain = cookie<Record<string, unknown>>('plain', { transform: plain() })
  const { request, errors } = await serveApp(t, [Plain], {
    '/': ({ sessions }) => ({ is: sessions.get(Plain) !== undefined, admin: sessions.get(Plain)?.['admin'] ?? null }),
  })
  const far = (Date.now() + 3_600_000).toString(36)
  const now = Date.now().toString(36)
  const present = async (text: string): Promise<unknown> => {
    const reply = await request('/', { cookie: `plain=${encodeURIComponent(`${now}.${far}.${text}`)}` })
    t.is(reply.status, 200, text)
    return JSON.parse(reply.text)
  }
  t.deepEqual(await present('{"admin":true}'), { is: true, admin: true })
  const nobody = { is: false, admin: null }
  for (const text of [
    '{"__proto__":{"admin":true}}',
    '{"a":{"__proto__":{"admin":true}}}',
    '[{"__proto__":{"admin":true}}]',
    '~{"json":{"__proto__":{"admin":true}}}',
    '~{"json":{"a":{}},"meta":{"values":{"__proto__.admin":["Date"]}}}',
    '~{"json":{"a":{"admin":true}},"meta":{"referentialEqualities":{"a":["__proto__"]}}}',
    '~{"json":{"a":{"admin":true}},"meta":{"referentialEqualities":{"a":["constructor.prototype.admin"]}}}',
    '~{"json":{"a":1},"meta":{"values":{"a":[["class","Object"]]}}}',
    '~{"json":{"a":1},"meta":{"values":{"a":[["custom","x"]]}}}',
    '~{"json":{"a":"("},"meta":{"values":{"a":["regexp"]}}}',
    '~null',
    '~1',
    '~{}',
    '~[]',
    '~{"json":null}',
    '~{"json":1}',
    '~',
    '',
    '['.repeat(3000),
  ])
    t.deepEqual(await present(text), nobody, text)
  t.is(({} as { admin?: unknown }).admin, undefined)
  t.deepEqual(errors, [])
})
