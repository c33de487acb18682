import test from 'ava'
import { z } from 'zod'
import { cookie, jsonSerializer, memoryStorage, type CookieSessionOptions } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'

class Cart {
  static made = 0
  items: { name: string; price: number }[]

  constructor(items: { name: string; price: number }[]) {
    Cart.made++
    this.items = items
  }

  get total(): number {
    return this.items.reduce((sum, { price }) => sum + price, 0)
  }

  describe(): string {
    return `${this.items.length} for ${this.total}`
  }
}

const schema = z.object({ items: z.array(z.object({ name: z.string(), price: z.number() })) })

const KINDS: Readonly<Record<string, CookieSessionOptions<Cart>>> = {
  'by value': { type: Cart },
  'by id': { type: Cart, storage: memoryStorage() },
  'with plain JSON': { type: Cart, serializer: jsonSerializer },
  'with JSON itself': { type: Cart, serializer: JSON },
  'with a schema': { type: Cart, schema: schema as never },
}

for (const [kind, options] of Object.entries(KINDS)) {
  test(`an instance comes back as an instance, and its constructor is not called for it (${kind})`, async (t) => {
    const Carts = cookie<Cart>('cart', options)
    const { browser, errors } = await serveApp(t, [Carts], {
      '/set': (ctx) =>
        ctx.sessions.set(
          new Cart([
            { name: 'pear', price: 2 },
            { name: 'fig', price: 3 },
          ]),
        ),
      '/get': (ctx) => {
        const made = Cart.made
        const cart = ctx.sessions.get(Cart)
        t.true(cart instanceof Cart)
        t.is(Cart.made, made)
        t.is(cart, ctx.sessions.get(Carts), 'read once')
        t.deepEqual(Object.keys(cart ?? {}), ['items'])
        ctx.body = cart?.describe()
      },
    })
    const ada = browser()
    await ada.get('/set')
    t.is((await ada.get('/get')).text, '2 for 5')
    t.deepEqual(errors, [])
  })
}

test('an instance comes back read-only, all the way down', async (t) => {
  const Carts = cookie<Cart>('cart', { type: Cart })
  const { browser } = await serveApp(t, [Carts], {
    '/': (ctx) => {
      ctx.sessions.set(new Cart([{ name: 'pear', price: 2 }]))
      const cart = ctx.sessions.get(Cart) as Cart
      t.throws(() => cart.items.push({ name: 'fig', price: 3 }), { instanceOf: TypeError })
      t.throws(() => (cart.items = []), { instanceOf: TypeError })
      t.throws(() => ((cart.items[0] as { price: number }).price = 0), { instanceOf: TypeError })
      ctx.body = cart.describe()
    },
  })
  t.is((await browser().get('/')).text, '1 for 2')
})

test('an instance that is changed after it was set changes nothing that is kept', async (t) => {
  const Carts = cookie<Cart>('cart', { type: Cart })
  const { browser } = await serveApp(t, [Carts], {
    '/set': (ctx) => {
      const cart = new Cart([{ name: 'pear', price: 2 }])
      ctx.sessions.set(cart)
      cart.items.push({ name: 'fig', price: 3 })
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Cart)?.describe()),
  })
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/get')).text, '1 for 2')
})

test('update, getOrSet and subject work on instances', async (t) => {
  const Carts = cookie<Cart>('cart', {
    type: Cart,
    storage: memoryStorage(),
    subject: (cart) => (cart instanceof Cart ? cart.items[0]?.name : 'no instance'),
  })
  const { browser, errors } = await serveApp(t, [Carts], {
    '/first': (ctx) =>
      void (ctx.body = ctx.sessions.getOrSet(Carts, () => new Cart([{ name: 'pear', price: 2 }])).describe()),
    '/add': async (ctx) => {
      const cart = await ctx.sessions.update(Carts, (now) => {
        t.true(now instanceof Cart)
        return new Cart([...(now?.items ?? []), { name: 'fig', price: 3 }])
      })
      ctx.body = cart.describe()
    },
  })
  const ada = browser()
  t.is((await ada.get('/first')).text, '1 for 2')
  const added = await ada.get('/add')
  t.is(added.text, '2 for 5')
  t.deepEqual(added.setCookie, [], 'the subject is the same: no login')
  t.deepEqual(errors, [])
})

test('an own field that the class has as a method does not become one', async (t) => {
  const Carts = cookie<Cart>('cart', { type: Cart })
  const { browser, errors } = await serveApp(t, [Carts], {
    '/': (ctx) => {
      ctx.sessions.set(Object.assign(new Cart([]), { describe: () => 'other' }) as Cart)
      ctx.body = 'set'
    },
  })
  t.is((await browser().get('/')).status, 500)
  t.is((errors[0] as { path?: string }).path, 'describe')
})

class Discounted extends Cart {
  discount = 1
}
/** Another class of the same name, as when a module is loaded twice. */
// oxlint-disable-next-line no-shadow -- that is what it is about
const Other = class Cart {
  items: unknown[] = []
}
const own = { items: [], constructor: Cart }

for (const [what, value, said] of [
  ['a plain object', { items: [] }, 'a plain object'],
  ['an object without a prototype', Object.assign(Object.create(null), { items: [] }), 'a plain object'],
  ['an object whose constructor property is the class', own, 'a plain object'],
  ['an object that has the class for a prototype', Object.create(Cart), 'an instance of Function'],
  ['the prototype itself', Cart.prototype, 'a plain object'],
  ['an instance of a subclass', new Discounted([]), 'an instance of Discounted'],
  ['an instance of another class of that name', new Other(), 'an instance of Cart'],
  ['an array', [], 'an instance of Array'],
] as const) {
  test(`${what} is no instance of the class, and the error says what to pass`, async (t) => {
    const Carts = cookie<Cart>('cart', { type: Cart })
    const { browser, errors } = await serveApp(t, [Carts], {
      '/definition': (ctx) => ctx.sessions.set(Carts, value as never),
      '/update': (ctx) => ctx.sessions.update(Carts, () => value as never),
      '/alone': (ctx) => ctx.sessions.set(value as never),
    })
    for (const path of ['/definition', '/update']) {
      const page = await browser().get(path)
      t.deepEqual(page.setCookie, [])
      const error = errors.pop() as { code: string; message: string }
      t.is(error.code, 'ERR_SESSION_VALUE')
      t.true(
        error.message.startsWith(`session 'cart': the value is ${said}, not an instance of the class Cart itself: `),
      )
      t.regex(error.message, /pass new Cart\(…\)/)
    }
    await browser().get('/alone')
    t.like(errors.pop(), { code: 'ERR_SESSION_NOT_MOUNTED' })
  })
}

test('a property named constructor in what a client sent chooses no session', async (t) => {
  const User = cookie<{ admin: boolean }>('user')
  const Carts = cookie<Cart>('cart', { type: Cart })
  const { browser, errors } = await serveApp(t, [User, Carts], {
    '/': (ctx) => ctx.sessions.set(JSON.parse('{"constructor":"user","name":"a secret","admin":true}')),
  })
  t.deepEqual((await browser().get('/')).setCookie, [])
  const [error] = errors as { code: string; message: string }[]
  t.is(error?.code, 'ERR_SESSION_NOT_MOUNTED')
  t.regex(error?.message ?? '', /write set\(definition, value\).*mounted: user, cart/)
  t.false(error?.message.includes('secret'))
})

test('an instance with a field named constructor is found all the same', async (t) => {
  const Carts = cookie<Cart>('cart', { type: Cart })
  const { browser, errors } = await serveApp(t, [Carts], {
    '/set': (ctx) => ctx.sessions.set(Object.assign(new Cart([]), { constructor: 'nothing' })),
    '/get': (ctx) => void (ctx.body = String(Object.getPrototypeOf(ctx.sessions.get(Cart)) === Cart.prototype)),
  })
  const ada = browser()
  await ada.get('/set')
  t.is((await ada.get('/get')).text, 'true')
  t.deepEqual(errors, [])
})

test('single keys of an instance are written, and it stays an instance', async (t) => {
  const Carts = cookie<Cart>('cart', { type: Cart, schema: schema as never })
  const { browser, errors } = await serveApp(t, [Carts], {
    '/set': (ctx) => ctx.sessions.set(new Cart([])),
    '/key': (ctx) => void ctx.sessions.open(Carts).set('items', [{ name: 'fig', price: 3 }]),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Cart)?.describe()),
  })
  const ada = browser()
  await ada.get('/set')
  await ada.get('/key')
  t.is((await ada.get('/get')).text, '1 for 3')
  t.deepEqual(errors, [])
})

test('a type that is no class is refused when it is defined', (t) => {
  for (const type of [() => {}, Cart.prototype.describe.bind(null)])
    t.throws(() => cookie('cart', { type: type as never }), {
      code: 'ERR_SESSION_CONFIG',
      message: /'type' must be a class/,
    })
})
