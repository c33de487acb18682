import test from 'ava'
import { z } from 'zod'
import { cookie, jsonSerializer, memoryStorage, type CookieSessionOptions } from 'koa-typed-sessions'
import { tell } from './_support/story.ts'

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
    const { browser, errors } = await tell(t, [Carts], {
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
  const { browser } = await tell(t, [Carts], {
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
  const { browser } = await tell(t, [Carts], {
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
  const { browser, errors } = await tell(t, [Carts], {
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
  const { browser, errors } = await tell(t, [Carts], {
    '/': (ctx) => {
      ctx.sessions.set(Object.assign(new Cart([]), { describe: () => 'other' }) as Cart)
      ctx.body = 'set'
    },
  })
  t.is((await browser().get('/')).status, 500)
  t.is((errors[0] as { path?: string }).path, 'describe')
})
