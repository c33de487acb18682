import test from 'ava'
import { cookie, memoryStorage, plain, sign, type SessionSerializer } from 'koa-typed-sessions'
import { z } from 'zod'
import { codec } from '../../lib/definition/codec.ts'
import { any } from '../scenarios/_support/refusals.ts'
import { KEYS, serveApp } from '../support/app.ts'

const writing = (given: unknown): SessionSerializer => ({ stringify: () => any(given), parse: JSON.parse })
const reading = (parse: (text: string) => unknown): SessionSerializer => ({ stringify: JSON.stringify, parse })

for (const [what, make] of [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a Buffer', () => Buffer.from('{}')],
  ['a promise', () => Promise.resolve('{}')],
  ['a promise', () => Promise.reject(new Error('nobody waits for it'))],
  ['a number', () => 1],
  ['a boolean', () => true],
  ['a function', () => () => '{}'],
  ['a String', () => Object('text')],
] as const) {
  test(`a serializer that writes no text is named, and what it gave: ${what}, ${String(make)}`, (t) => {
    const expected = {
      code: 'ERR_SESSION_VALUE',
      message: `session 'user': the serializer's 'stringify' must return a string, not ${what}`,
    }
    const one = codec('user', { serializer: writing(make()) })
    t.throws(() => one.write({}), expected)
    t.throws(() => one.writePart('key', 1), expected)
    t.throws(() => codec('user', { serializer: writing(make()), schema: any(z.any()) }).write({}), expected)
  })
}

test('JSON itself, given a value that it says nothing of, is named', (t) => {
  t.throws(() => codec('user', { serializer: JSON }).write({ toJSON: () => undefined }), {
    message: /'user': .* must return a string, not undefined/,
  })
})

test('half of a surrogate pair in a text is refused, since no storage and no cookie could carry it', (t) => {
  for (const text of ['\ud800', 'a\udfffb', '\udc00\ud800']) {
    const one = codec('user', { serializer: writing(text) })
    for (const write of [() => one.write({}), () => one.writePart('key', 1)])
      t.throws(write, {
        code: 'ERR_SESSION_VALUE',
        message: /'user': .* half of a surrogate pair.*JSON\.stringify/,
      })
  }
})

/** Every other character, those that storages, cookies and headers have trouble with included. */
const ODD = '\0\u0001\u001f\u007f\u0080\u2028\ufeff\ufffd\uffff🦊"%;,\\ \r\n\t+~'

for (const [where, options] of Object.entries({
  'a signed cookie': { transform: sign(KEYS) },
  'a plain cookie': { transform: plain() },
  'a storage': { storage: memoryStorage() },
})) {
  test(`any other character comes back from ${where}`, async (t) => {
    const One = cookie<{ text: string }>('one', {
      ...options,
      serializer: {
        stringify: (value) => `${ODD}${(value as { text: string }).text}`,
        parse: (text) => ({ text: text.slice(ODD.length), whole: text }),
      },
    })
    const { browser, errors } = await serveApp(t, [One], {
      '/set': (ctx) => ctx.sessions.set(One, { text: ODD }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(One)),
    })
    const ada = browser()
    await ada.get('/set')
    t.deepEqual(await ada.json('/get'), { text: ODD, whole: ODD + ODD })
    t.deepEqual(errors, [])
  })
}

for (const [what, parse] of Object.entries({
  'an error': () => {
    throw new Error('no')
  },
  null: () => {
    throw null
  },
  undefined: () => {
    throw undefined
  },
  'a promise': () => Promise.resolve({ a: 1 }),
  'a promise that rejects': () => Promise.reject(new Error('nobody waits for it')),
  // oxlint-disable-next-line unicorn/no-thenable -- what a library may return for a promise
  'what looks like a promise': () => ({ then: () => {} }),
}) as [string, () => unknown][]) {
  test(`a text for which a serializer gives or throws ${what} is no value`, (t) => {
    class User {}
    const serializer = reading(parse)
    for (const one of [
      codec('user', { serializer }),
      codec('user', { serializer, schema: any(z.any()) }),
      codec('user', { serializer, type: User }),
      codec('user', { serializer, transform: plain() }),
    ])
      t.is(one.read('{}'), null)
  })
}

test('a text that is no plain object is no instance', (t) => {
  class Cart {
    items: string[] = []
  }
  const one = codec('cart', { type: Cart })
  for (const text of ['"text"', '[1,2]', '1', 'null', 'true', '~{"json":[],"meta":{"values":["map"],"v":1}}'])
    t.is(one.read(text), null, text)
  t.true(one.read('{}')?.value instanceof Cart)
})
