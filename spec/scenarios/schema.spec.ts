import test from 'ava'
import * as v from 'valibot'
import { z } from 'zod'
import { cookie, memoryStorage, plain, type SessionStorage, type StandardSchema } from 'koa-typed-sessions'
import { type Routes, serveApp } from '../support/app.ts'

const SCHEMAS = {
  zod: z.object({ theme: z.enum(['dark', 'light']), sizes: z.array(z.object({ px: z.number() })).default([]) }),
  valibot: v.object({
    theme: v.picklist(['dark', 'light']),
    sizes: v.optional(v.array(v.object({ px: v.number() })), []),
  }),
} as const

const THROWING: StandardSchema<unknown, { theme: string }> = {
  '~standard': {
    version: 1,
    vendor: 'nobody',
    validate() {
      throw new Error('a bug in a schema')
    },
  },
}

const PLACES: Readonly<Record<string, () => { storage?: SessionStorage }>> = {
  'by value': () => ({}),
  'by id': () => ({ storage: memoryStorage() }),
}

for (const [vendor, schema] of Object.entries(SCHEMAS)) {
  for (const [kind, place] of Object.entries(PLACES)) {
    test(`${vendor} fills in what was left out and lets through what fits (${kind})`, async (t) => {
      const Prefs = cookie('prefs', { schema, ...place() })
      const { browser } = await serveApp(t, [Prefs], {
        '/set': (ctx) => {
          ctx.sessions.set('prefs', { theme: 'dark' })
          ctx.body = ctx.sessions.get(Prefs)
        },
        '/get': (ctx) => void (ctx.body = ctx.sessions.get(Prefs)),
      })
      const ada = browser()
      t.deepEqual(await ada.json('/set'), { theme: 'dark', sizes: [] })
      t.deepEqual(await ada.json('/get'), { theme: 'dark', sizes: [] })
    })

    test(`${vendor} refuses what does not fit, with the path to it, before anything is stored (${kind})`, async (t) => {
      const Prefs = cookie('prefs', { schema, ...place() })
      const { browser, errors } = await serveApp(t, [Prefs], {
        '/set': (ctx) => ctx.sessions.set('prefs', { theme: 'dark', sizes: [{ px: 1 }, { px: 'secret' }] }),
      })
      const page = await browser().get('/set')
      t.is(page.status, 500)
      t.is(page.text, 'Internal Server Error')
      t.deepEqual(page.setCookie, [])
      t.like(errors[0], { code: 'ERR_SESSION_VALUE', path: 'sizes[1].px', session: 'prefs' })
      t.regex(String(errors[0]), new RegExp(vendor))
      t.notRegex(String(errors[0]), /secret/)
    })

    test(`a stored value that ${vendor} refuses since a deployment is no session, and its cookie is expired (${kind})`, async (t) => {
      const { storage } = place()
      const reasons: string[] = []
      const before = cookie<{ theme: string }>('prefs', storage ? { storage } : {})
      const after = cookie('prefs', {
        schema,
        onInvalid: (reason) => void reasons.push(reason),
        ...(storage && { storage }),
      })
      const routes: Routes = {
        '/set': (ctx) => ctx.sessions.set('prefs', { theme: String(ctx.query['theme']) }),
        '/get': (ctx) => void (ctx.body = ctx.sessions.get('prefs') ?? 'none'),
      }
      const old = await serveApp(t, [before], routes)
      const fresh = await serveApp(t, [after], routes)
      const ada = old.browser()
      const visit = fresh.browser()

      await ada.get('/set?theme=light')
      for (const [name, value] of ada.cookies) visit.cookies.set(name, value)
      t.deepEqual(await visit.json('/get'), { theme: 'light', sizes: [] })

      await ada.get('/set?theme=pink')
      for (const [name, value] of ada.cookies) visit.cookies.set(name, value)
      const page = await visit.get('/get')
      t.is(page.status, 200)
      t.is(page.text, 'none')
      t.is(visit.cookies.size, 0)
      t.deepEqual(reasons, ['invalid-value'])

      await visit.get('/set?theme=dark')
      t.deepEqual(await visit.json('/get'), { theme: 'dark', sizes: [] })
    })
  }
}

test('what anybody could have written is checked too: a plain cookie that does not fit is no session', async (t) => {
  const Theme = cookie('theme', { transform: plain(), schema: SCHEMAS.zod, idleTimeout: null, absoluteTimeout: null })
  const { browser } = await serveApp(t, [Theme], {
    '/set': (ctx) => ctx.sessions.set(Theme, { theme: 'dark', sizes: [] }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Theme) ?? 'none'),
  })
  const ada = browser()
  await ada.get('/set')
  t.deepEqual(await ada.json('/get'), { theme: 'dark', sizes: [] })
  const token = decodeURIComponent(ada.cookies.get('theme') ?? '')
  t.regex(token, /dark/)
  ada.cookies.set('theme', encodeURIComponent(token.replace('dark', 'pink')))
  t.is((await ada.get('/get')).text, 'none')
})

test('an asynchronous schema is an error that names it, on write and on read', async (t) => {
  const storage = memoryStorage()
  const Sync = cookie<{ theme: string }>('prefs', { storage })
  const Async = cookie('prefs', { storage, schema: v.objectAsync({ theme: v.string() }) })
  const routes: Routes = {
    '/set': (ctx) => ctx.sessions.set('prefs', { theme: 'dark' }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get('prefs') ?? 'none'),
  }
  const sync = (await serveApp(t, [Sync], routes)).browser()
  const { browser, errors } = await serveApp(t, [Async], routes)
  const ada = browser()
  t.is((await ada.get('/set')).status, 500)
  await sync.get('/set')
  for (const [name, value] of sync.cookies) ada.cookies.set(name, value)
  t.is((await ada.get('/get')).status, 500)
  t.is(ada.cookies.size, 1, 'the mistake is not the visitor’s: the cookie stays')
  for (const error of errors) t.like(error, { code: 'ERR_SESSION_CONFIG' })
  for (const error of errors) t.regex(String(error), /valibot.*synchronous/)
  t.is(errors.length, 2)
})

test('a schema whose output is no valid input is an error where the value is set, and not a session lost at the next request', async (t) => {
  const Prefs = cookie('prefs', { schema: z.object({ size: z.string().transform(Number) }) })
  const { browser, errors } = await serveApp(t, [Prefs], {
    '/set': (ctx) => ctx.sessions.set('prefs', { size: '5' }),
  })
  const page = await browser().get('/set')
  t.is(page.status, 500)
  t.deepEqual(page.setCookie, [])
  t.regex(String(errors[0]), /'prefs'|zod/)
})

test('a schema that itself throws refuses the value, and makes what is stored no session', async (t) => {
  const storage = memoryStorage()
  const Fine = cookie<{ theme: string }>('prefs', { storage })
  const Throwing = cookie('prefs', { storage, schema: THROWING })
  const routes: Routes = {
    '/set': (ctx) => ctx.sessions.set('prefs', { theme: 'dark' }),
    '/get': (ctx) => void (ctx.body = ctx.sessions.get('prefs') ?? 'none'),
  }
  const fine = (await serveApp(t, [Fine], routes)).browser()
  const { browser, errors } = await serveApp(t, [Throwing], routes)
  const ada = browser()
  t.is((await ada.get('/set')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_VALUE', session: 'prefs' })
  await fine.get('/set')
  for (const [name, value] of fine.cookies) ada.cookies.set(name, value)
  t.is((await ada.get('/get')).text, 'none')
})
