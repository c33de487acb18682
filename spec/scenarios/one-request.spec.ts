import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import { cookie, type SessionDefinition, type SessionStorage } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from './_support/engines.ts'
import { serveApp } from '../support/app.ts'

interface User {
  id: string
  count: number
}
type Work = (ctx: Context, User: SessionDefinition<User>) => unknown

for (const [where, engine] of Object.entries(ENGINES)) {
  async function story(t: ExecutionContext, storage: SessionStorage, work: Work) {
    const User = cookie<User>('user', { storage })
    const { browser, errors } = await serveApp(t, [User], {
      '/in': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
      '/work': (ctx) => work(ctx, User),
    })
    const ada = browser()
    await ada.get('/in')
    return { ada, thief: ada.copy(), errors }
  }

  test(`a logout ${where} while an update of the same request is on its way is a logout`, async (t) => {
    const control = controlledStorage(engine(t))
    const writing = control.hold('update')
    const { ada, thief, errors } = await story(t, control, async (ctx, User) => {
      const updating = ctx.sessions.update(User, () => ({ id: 'ada', count: 1 }))
      await writing.reached
      ctx.sessions.clear(User)
      writing.open()
      await updating
      t.is(ctx.sessions.get(User), undefined)
      ctx.body = 'out'
    })
    t.is((await ada.get('/work')).text, 'out')
    t.is(ada.cookies.size, 0)
    t.is((await thief.get('/get')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`a logout ${where} while a commit of the same request is on its way is a logout`, async (t) => {
    const control = controlledStorage(engine(t))
    const writing = control.hold('update')
    const { ada, thief, errors } = await story(t, control, async (ctx, User) => {
      ctx.sessions.set(User, { id: 'ada', count: 1 })
      const committing = ctx.sessions.commit()
      await writing.reached
      ctx.sessions.clear(User)
      writing.open()
      await committing
      ctx.body = 'out'
    })
    t.is((await ada.get('/work')).text, 'out')
    t.is(ada.cookies.size, 0)
    t.is((await thief.get('/get')).text, 'none')
    t.deepEqual(errors, [])
  })

  test(`a logout ${where} while the first commit of a new session is on its way leaves no session`, async (t) => {
    const control = controlledStorage(engine(t))
    const User = cookie<User>('user', { storage: control })
    const creating = control.hold('create')
    let id: string | undefined
    const { browser } = await serveApp(t, [User], {
      '/work': async (ctx) => {
        ctx.sessions.set(User, { id: 'ada', count: 1 })
        id = ctx.sessions.id(User)
        const committing = ctx.sessions.commit()
        await creating.reached
        ctx.sessions.clear(User)
        creating.open()
        await committing
        ctx.body = 'out'
      },
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(User) ?? 'none'),
    })
    const ada = browser()
    t.is((await ada.get('/work')).text, 'out')
    t.is(ada.cookies.size, 0)
    ada.cookies.set('user', id as string)
    t.is((await ada.get('/get')).text, 'none')
  })

  test(`a whole value ${where} that is set while an update of the same request is on its way is kept`, async (t) => {
    const control = controlledStorage(engine(t))
    const writing = control.hold('update')
    const { ada } = await story(t, control, async (ctx, User) => {
      const updating = ctx.sessions.update(User, () => ({ id: 'ada', count: 1 }))
      await writing.reached
      ctx.sessions.set(User, { id: 'ada', count: 50 })
      writing.open()
      await updating
      ctx.body = ctx.sessions.get(User)
    })
    t.deepEqual(await ada.json('/work'), { id: 'ada', count: 50 })
    t.deepEqual(await ada.json('/get'), { id: 'ada', count: 50 })
  })
}
