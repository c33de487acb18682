// Whatever else happens on the request: a logout is carried out, and the client knows what it has.
import test from 'ava'
import { cookie, encrypt, memoryStorage } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { KEYS, codes, serveApp } from '../support/app.ts'

interface User {
  name?: string
  count: number
}

interface Notices {
  notice: string
}

const KINDS = {
  'by id': () => ({ storage: memoryStorage() }),
  signed: () => ({}),
  encrypted: () => ({ transform: encrypt({ keys: KEYS }) }),
}

for (const [kind, make] of Object.entries(KINDS)) {
  const user = () => cookie<User, Notices>('user', { ...make(), subject: ({ name }) => name })

  test(`behind a failure of the app a logout is carried out and what was set afterwards is not (${kind})`, async (t) => {
    const Users = user()
    const { browser } = await serveApp(t, [Users], {
      '/in': (ctx) => ctx.sessions.set(Users, { name: 'ada', count: 0 }),
      '/swap': (ctx) => {
        ctx.sessions.clear(Users)
        ctx.sessions.set(Users, { name: 'bob', count: 0 })
        ctx.throw(500)
      },
      '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.name ?? 'none'),
    })
    const ada = browser()
    await ada.get('/in')
    const thief = ada.copy()
    t.regex((await ada.get('/swap')).setCookie.join(), /^user=;.*Max-Age=0/)
    t.is((await ada.get('/')).text, 'none')
    if (kind === 'by id') t.is((await thief.get('/')).text, 'none')
  })

  test(`after a login, an update, a logout and a failure the client has no session left (${kind})`, async (t) => {
    const Users = user()
    const { browser } = await serveApp(t, [Users], {
      '/visit': (ctx) => ctx.sessions.set(Users, { count: 0 }),
      '/all': async (ctx) => {
        ctx.sessions.set(Users, { name: 'ada', count: 0 })
        await ctx.sessions.update(Users, (now) => ({ ...now!, count: 1 }))
        ctx.sessions.clear(Users)
        ctx.throw(500)
      },
      '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.count ?? 'none'),
    })
    for (const visitor of [false, true]) {
      const ada = browser()
      if (visitor) await ada.get('/visit')
      await ada.get('/all')
      t.is(ada.cookies.size, 0)
      t.is((await ada.get('/')).text, 'none')
    }
  })

  test(`flash of a session that was cleared is not readable in its successor (${kind})`, async (t) => {
    const Users = user()
    const { browser } = await serveApp(t, [Users], {
      '/flash': (ctx) => void ctx.sessions.open(Users).set('name', 'ada').flash('notice', 'for ada'),
      '/swap': async (ctx) => {
        const before = ctx.sessions.open(Users)
        const seen = before.get('notice')
        ctx.sessions.clear(Users)
        ctx.sessions.set(Users, { name: 'bob', count: 0 })
        await ctx.sessions.commit()
        const after = ctx.sessions.open(Users)
        ctx.body = [seen, before.get('notice'), before.has('notice'), after.get('notice'), [...after.keys()]]
      },
    })
    const ada = browser()
    await ada.get('/flash')
    t.deepEqual(await ada.json('/swap'), ['for ada', null, false, null, ['name', 'count']])
  })
}

test('where the logout itself fails, the client learns the id that it has by now, and can try again', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Users = cookie<User>('user', { storage: control, subject: ({ name }) => name })
  const { browser, errors } = await serveApp(t, [Users], {
    '/visit': (ctx) => ctx.sessions.set(Users, { count: 0 }),
    '/all': async (ctx) => {
      ctx.sessions.set(Users, { name: 'ada', count: 0 })
      await ctx.sessions.update(Users, (now) => ({ ...now!, count: 1 }))
      ctx.sessions.clear(Users)
      ctx.throw(500)
    },
    '/out': (ctx) => ctx.sessions.clear(Users),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Users)?.count ?? 'none'),
  })
  const ada = browser()
  await ada.get('/visit')
  control.break('rejects', 'delete')
  t.is((await ada.get('/all')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE', undefined])
  t.is((await ada.get('/')).text, '1')
  control.mend()
  await ada.get('/out')
  t.is((await ada.get('/')).text, 'none')
})

test('behind a failure of the app a logout that fails is told, and the error stays what it was', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Users = cookie<User>('user', { storage: control })
  const { browser, errors } = await serveApp(t, [Users], {
    '/in': (ctx) => ctx.sessions.set(Users, { count: 0 }),
    '/out': (ctx) => {
      ctx.sessions.clear(Users)
      ctx.throw(502, 'from the app')
    },
  })
  const ada = browser()
  await ada.get('/in')
  control.break('throws', 'delete')
  const page = await ada.get('/out')
  t.is(page.status, 502)
  t.deepEqual(page.setCookie, [])
  t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE', undefined])
  t.is((errors[1] as Error).message, 'from the app')
})
