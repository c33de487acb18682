import test from 'ava'
import { jsonSerializer, SessionConfigError, SessionValueError } from 'koa-typed-sessions'
import { z } from 'zod'
import { codec } from '../../lib/definition/codec.ts'
import { any } from '../scenarios/_support/refusals.ts'

test('a value is an object, and the error says how to end a session', (t) => {
  for (const value of [undefined, null, 'text', 1, true, 1n, Symbol('s'), () => {}]) {
    t.throws(() => codec('user', {}).write(value), {
      code: 'ERR_SESSION_VALUE',
      message: /session 'user': the value must be an object, not .*clear\(\)/,
    })
  }
})

test('a serializer that gives no text, or throws, is an error that names the session and keeps the cause', (t) => {
  const giving = (given: unknown) => codec('user', { serializer: { stringify: () => any(given), parse: JSON.parse } })
  for (const given of [undefined, null, 1, {}])
    t.throws(() => giving(given).write({}), { code: 'ERR_SESSION_VALUE', message: /'user': .* must return a string/ })

  const cause = new TypeError('a secret of the value')
  const throwing = codec('user', {
    serializer: {
      stringify: () => {
        throw cause
      },
      parse: JSON.parse,
    },
  })
  for (const write of [() => throwing.write({}), () => throwing.writePart('key', 1)]) {
    const error = t.throws(write, {
      instanceOf: SessionValueError,
      message: /'user': the serializer refuses the value/,
    })
    t.is(error.cause, cause)
    t.false(error.message.includes('secret'))
  }
})

test('what cannot be stored is an error that names the session and the path', (t) => {
  for (const [make, path] of [
    [() => codec('user', {}).write({ a: [{ b: () => {} }] }), 'a[0].b'],
    [() => codec('user', { serializer: jsonSerializer }).write({ at: Symbol('s') }), 'at'],
    [() => codec('user', { schema: z.object({ age: z.number() }) }).write({ age: 'old' }), 'age'],
    [() => codec('user', {}).writePart('key', { f: () => {} }), 'key.f'],
  ] as const) {
    const error = t.throws(make, { instanceOf: SessionValueError })
    t.is(error.path, path)
    t.is(error.session, 'user')
    t.regex(error.message, /'user'/)
  }
})

test('a text that is not ours is no value, and never an error', (t) => {
  const plain = codec('user', {})
  const strict = codec('user', { schema: z.object({ age: z.number() }) })
  for (const text of ['', '{', 'null', '1', '"text"', 'true', '[', '\0'])
    for (const one of [plain, strict]) t.is(one.read(text), null, text)
  t.is(strict.read(plain.write({ age: 'old' })), null)
  t.is(codec('user', { serializer: { stringify: String, parse: any(() => 7) } }).read('x'), null)
})

test('a schema that answers with a promise is the app’s mistake, on write and on read', (t) => {
  const schema = any<z.ZodObject>({
    '~standard': { version: 1, vendor: 'slow', validate: (value: unknown) => Promise.resolve({ value }) },
  })
  const slow = codec('user', { schema })
  t.throws(() => slow.write({}), { instanceOf: SessionConfigError, message: /slow.*synchronous/ })
  t.throws(() => slow.read(codec('user', {}).write({})), { instanceOf: SessionConfigError, message: /synchronous/ })
})

test('plain values come frozen all the way down, and may be handed out again', (t) => {
  const one = codec('user', {})
  const read = one.read(one.write({ a: { b: [{ c: 1 }] } }))
  t.true(read?.lasting)
  const { a } = read!.value as { a: { b: object[] } }
  for (const part of [read?.value, a, a.b, a.b[0]]) t.true(Object.isFrozen(part))
})

test('a value with something in it that can be changed must be read anew', (t) => {
  const one = codec('user', {})
  for (const value of [
    { at: new Date(0) },
    { deep: [{ tags: new Set(['a']) }] },
    { map: new Map([['a', 1]]) },
    { url: new URL('https://site.example/') },
  ]) {
    const text = one.write(value)
    t.false(one.read(text)?.lasting)
    t.deepEqual(one.read(text)?.value, value)
  }
})

test('a schema that freezes its output does not hide what in it can be changed', (t) => {
  const schema = z.object({ tags: z.set(z.string()), inner: z.object({ a: z.number() }) }).readonly()
  const one = codec('user', { schema: any(schema) })
  const read = one.read(one.write({ tags: new Set(['a']), inner: { a: 1 } }))
  t.false(read?.lasting)
  t.true(Object.isFrozen((read!.value as { inner: object }).inner))
})

test('an instance comes back as one, frozen', (t) => {
  class Cart {
    items: string[] = []
    get size(): number {
      return this.items.length
    }
  }
  const one = codec('cart', { type: Cart })
  const cart = new Cart()
  cart.items.push('book')
  const read = one.read(one.write(cart))
  t.true(read?.value instanceof Cart)
  t.is((read!.value as Cart).size, 1)
  t.true(read?.lasting)
  t.true(Object.isFrozen((read!.value as Cart).items))
})

test('a part of a value is not shown to the schema, which knows only the whole', (t) => {
  const one = codec('user', { schema: z.object({ name: z.string(), age: z.number() }) })
  t.deepEqual(one.readPart(one.writePart('age', new Date(0))), { age: new Date(0) })
})
