import test from 'ava'
import type { Context } from 'koa'
import { cookie, header, isSessionError, memoryStorage } from 'koa-typed-sessions'
import { serveApp } from '../support/app.ts'

class Basket {
  items: string[] = []
  static made = 0
  constructor() {
    Basket.made++
  }
  get size(): number {
    return this.items.length
  }
  with(item: string): Basket {
    return Object.assign(new Basket(), { items: [...this.items, item] })
  }
}

class Stranger {
  name = 'stranger'
}

const User = cookie<{ id: string }>('user')
const Baskets = cookie<Basket>('basket', { storage: memoryStorage(), type: Basket })
const Api = header<{ token: string }>('X-Api')

/** The message of the error that a call throws. */
function refusal(call: () => unknown): string {
  try {
    call()
    return 'none'
  } catch (error) {
    return isSessionError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

test('a session is found by its definition, its name and its class', async (t) => {
  const { browser } = await serveApp(t, [User, Baskets, Api], {
    '/set': (ctx) => {
      ctx.sessions.set('user', { id: 'ada' })
      ctx.sessions.set(new Basket().with('pear'))
    },
    '/get': (ctx) => {
      ctx.body = [
        ctx.sessions.get(User)?.id,
        ctx.sessions.get<{ id: string }>('user')?.id,
        ctx.sessions.get(Basket)?.size,
        ctx.sessions.get(Baskets)?.size,
        ctx.sessions.get<Basket>('basket')?.size,
      ]
    },
    '/out': (ctx) => {
      ctx.sessions.clear(Basket)
      ctx.sessions.clear('user')
    },
    '/id': (ctx) => {
      t.is(ctx.sessions.id(Basket), ctx.sessions.id(Baskets))
      t.is(ctx.sessions.id('basket'), ctx.sessions.id(Baskets))
      t.is(ctx.sessions.id(User), undefined)
    },
  })
  const ada = browser()
  await ada.get('/set')
  t.deepEqual(await ada.json('/get'), ['ada', 'ada', 1, 1, 1])
  t.is((await ada.get('/id')).status, 204)
  await ada.get('/out')
  t.is(ada.cookies.size, 0)
})

test('the only session of an app needs no name; where there are several, the error lists them', async (t) => {
  const { browser } = await serveApp(t, [User], {
    '/': (ctx) => {
      ctx.sessions.set(User, { id: 'ada' })
      ctx.body = ctx.sessions.get<{ id: string }>()?.id
    },
  })
  t.is((await browser().get('/')).text, 'ada')

  const several = await serveApp(t, [User, Baskets], {
    '/': (ctx) => void (ctx.body = refusal(() => ctx.sessions.get())),
  })
  t.regex((await several.browser().get('/')).text, /^ERR_SESSION_NOT_MOUNTED: .*user.*basket/)
})

for (const [name, call] of [
  ['a definition', (ctx) => ctx.sessions.get(Api)],
  ['a name', (ctx) => ctx.sessions.get('X-Api')],
  ['a class', (ctx) => ctx.sessions.get(Stranger)],
  ['an instance', (ctx) => ctx.sessions.set(new Stranger())],
  ['a value for a name', (ctx) => ctx.sessions.set('x-user', { id: 'ada' })],
  ['a logout', (ctx) => ctx.sessions.clear(Api)],
  ['an id', (ctx) => ctx.sessions.id(Stranger)],
  ['a getOrSet', (ctx) => ctx.sessions.getOrSet(Api, () => ({ token: '' }))],
  ['a name that every object has', (ctx) => ctx.sessions.get('constructor')],
  ['a name that is none', (ctx) => ctx.sessions.get('__proto__')],
] as const satisfies readonly (readonly [string, (ctx: Context) => unknown])[]) {
  test(`${name} that is not mounted is an error which lists what is`, async (t) => {
    const { browser } = await serveApp(t, [User, Baskets], { '/': (ctx) => void (ctx.body = refusal(() => call(ctx))) })
    t.regex((await browser().get('/')).text, /^ERR_SESSION_NOT_MOUNTED: .*mounted: user, basket$/)
  })
}

test('an update and a load of what is not mounted reject', async (t) => {
  const { browser } = await serveApp(t, [User], {
    '/': async (ctx) => {
      await t.throwsAsync(
        ctx.sessions.update(Api, () => ({ token: '' })),
        { code: 'ERR_SESSION_NOT_MOUNTED' },
      )
      await t.throwsAsync(ctx.sessions.load(Api), { code: 'ERR_SESSION_NOT_MOUNTED' })
      ctx.body = 'checked'
    },
  })
  t.is((await browser().get('/')).text, 'checked')
})

test('an object that looks like a definition is none', async (t) => {
  const { browser } = await serveApp(t, [User], {
    '/': (ctx) => void (ctx.body = refusal(() => ctx.sessions.get({ ...User } as typeof User))),
  })
  t.regex((await browser().get('/')).text, /^ERR_SESSION_NOT_MOUNTED/)
})

test('set without a value is an error that names clear', async (t) => {
  const { browser } = await serveApp(t, [User], {
    '/': (ctx) => void (ctx.body = refusal(() => ctx.sessions.set('user', undefined as never))),
  })
  t.regex((await browser().get('/')).text, /^ERR_SESSION_VALUE: .*clear\(\)/)
})

for (const value of [null, 'text', 1, true]) {
  test(`set refuses ${JSON.stringify(value)}: a session holds an object`, async (t) => {
    const { browser } = await serveApp(t, [User], {
      '/': (ctx) => void (ctx.body = refusal(() => ctx.sessions.set(User, value as never))),
    })
    t.regex((await browser().get('/')).text, /^ERR_SESSION_VALUE: session 'user': the value must be an object/)
  })
}
