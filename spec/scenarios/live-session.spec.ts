import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { tell } from './_support/story.ts'
interface V { count?: number; name?: string }
test('smoke', async (t) => {
  for (const byId of [true, false]) {
  const D = cookie<V, { notice: string }>('v', byId ? { storage: memoryStorage() } : {})
  const { browser, errors } = await tell(t, [D], {
    '/count': (ctx) => { const s = ctx.sessions.open(D); s.set('count', (s.get('count') ?? 0) + 1); ctx.body = String(s.get('count')) },
    '/flash': (ctx) => { ctx.sessions.open(D).flash('notice', 'hi'); ctx.body = 'ok' },
    '/read': (ctx) => { const s = ctx.sessions.open(D); ctx.body = JSON.stringify([s.get('notice') ?? null, s.size, [...s.keys()], s]) },
    '/new': (ctx) => { const s = ctx.sessions.open(D); s.regenerateId(); ctx.body = 'x' },
    '/out': (ctx) => { const s = ctx.sessions.open(D); s.regenerateId(); s.destroy(); ctx.body = String(s.size) },
  })
  const b = browser()
  t.is((await b.get('/count')).text, '1')
  t.is((await b.get('/count')).text, '2')
  await b.get('/flash')
  t.is((await b.get('/read')).text, '["hi",2,["count","notice"],{"count":2}]')
  t.is((await b.get('/read')).text, '[null,1,["count"],{"count":2}]')
  const before = b.cookies.get('v')
  await b.get('/new')
  t.not(b.cookies.get('v'), before)
  t.is((await b.get('/read')).text, '[null,1,["count"],{"count":2}]')
  t.is((await b.get('/out')).text, '0')
  t.is((await b.get('/read')).text, '[null,0,[],{}]')
  t.deepEqual(errors, [])
  }
})
