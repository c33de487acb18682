import test from 'ava'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type DefinitionOf } from 'koa-typed-sessions'
import { mint } from 'koa-typed-sessions/testing'
import { enteredBy } from '../support/entered.ts'

interface Visit {
  name: string
  seen: number
}
const keys = ['a key of the app that nobody can guess, of 32 bytes and more']
const Signed: DefinitionOf<Visit> = cookie<Visit>('signed')
const Stored: DefinitionOf<Visit> = cookie<Visit>('stored', { storage: memoryStorage() })

/**
 * How many functions of the library each request enters, and how many it entered before its state became one union, counted likewise.
 * A change that adds a step to the way of a request shows here.
 */
const WAYS = [
  ['reading a signed cookie', Signed, '/read', 67, 92],
  ['writing a signed cookie', Signed, '/write', 110, 132],
  ['reading from memory', Stored, '/read', 81, 111],
  ['writing in memory', Stored, '/write', 120, 151],
  ['updating in memory', Stored, '/update', 136, 172],
  ['setting a key in memory', Stored, '/key', 137, 169],
  ['asking three times what was set in memory', Stored, '/ask', 142, 174],
] as const

for (const [what, definition, path, most, before] of WAYS) {
  test.serial(`${what} enters at most ${most} functions`, async (t) => {
    const app = new Koa({ keys })
    app.use(sessions([Signed, Stored]))
    app.use(async (ctx) => {
      ctx.body = 'ok'
      if (ctx.path === '/read') ctx.body = ctx.sessions.get(definition)?.name ?? 'none'
      if (ctx.path === '/write') ctx.sessions.set(definition, { name: 'Ada', seen: Math.random() })
      if (ctx.path === '/update')
        await ctx.sessions.update(definition, (one) => ({ name: 'Ada', seen: (one?.seen ?? 0) + 1 }))
      if (ctx.path === '/key') ctx.sessions.open(definition).set('seen', Math.random())
      if (ctx.path === '/ask') {
        const session = ctx.sessions.open(definition)
        session.set('seen', Math.random())
        ctx.body = [session.id, session.dirty, session.id].join()
      }
    })
    const { headers } = await mint(definition, { name: 'Ada', seen: 0 }, { keys })
    const { files, functions, calls, names } = await enteredBy(app, path, headers['cookie'] as string)
    t.log(`${functions} functions of ${files} files, ${calls} calls; ${before} functions before`)
    if (process.env['NAMES']) t.log(names.join('\n'))
    t.true(functions <= most)
  })
}
