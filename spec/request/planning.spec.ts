import test, { type ExecutionContext } from 'ava'
import { cookie, jsonSerializer, memoryStorage, sessions, type SessionSerializer } from 'koa-typed-sessions'
import { mint } from 'koa-typed-sessions/testing'
import Koa, { type ParameterizedContext } from 'koa'
import { serve } from '../support/serve.ts'

interface Visit {
  name: string
  seen: number
}

/** JSON that counts how often it writes. */
function counting(): { readonly serializer: SessionSerializer; readonly written: string[] } {
  const written: string[] = []
  const serializer: SessionSerializer = {
    parse: (text) => jsonSerializer.parse(text),
    stringify(value) {
      const text = jsonSerializer.stringify(value)
      written.push(text)
      return text
    },
  }
  return { serializer, written }
}

for (const storage of [memoryStorage(), undefined]) {
  const where = storage ? 'in a storage' : 'in its cookie'

  test(`a value that is set is written once, however often its id is asked for, and stored as it was written: ${where}`, async (t) => {
    const { serializer, written } = counting()
    const Visit = cookie<Visit>('visit', { serializer, ...(storage && { storage }) })
    const after = await writtenBy(t, Visit, written, (ctx) => {
      ctx.sessions.set(Visit, { name: 'Ada', seen: 1 })
      ctx.sessions.id(Visit)
      const session = ctx.sessions.open(Visit)
      t.true(session.dirty)
      ctx.sessions.id(Visit)
    })
    t.deepEqual(after, ['{"name":"Ada","seen":1}'])
  })

  test(`a key that is set is written once, and the value that it is part of once more: ${where}`, async (t) => {
    const { serializer, written } = counting()
    const Visit = cookie<Visit>('visit', { serializer, ...(storage && { storage }) })
    const after = await writtenBy(t, Visit, written, (ctx) => {
      const session = ctx.sessions.open(Visit)
      session.set('seen', 1)
      for (let turn = 0; turn < 3; turn++) t.deepEqual([session.dirty, session.id], [true, session.id])
    })
    t.deepEqual(after, ['{"seen":1}', '{"name":"Ada","seen":1}'])
  })
}

test('a change after the id was asked for is part of what is stored', async (t) => {
  const { serializer, written } = counting()
  const Visit = cookie<Visit>('visit', { serializer, storage: memoryStorage() })
  const after = await writtenBy(t, Visit, written, (ctx) => {
    const session = ctx.sessions.open(Visit)
    session.set('seen', 1)
    const before = session.id
    session.set('seen', 2)
    t.is(session.id, before)
  })
  t.is(after.at(-1), '{"name":"Ada","seen":2}')
})

/** What the serializer wrote while a request of a session `{ name: 'Ada', seen: 0 }` was served. */
async function writtenBy(
  t: ExecutionContext,
  definition: ReturnType<typeof cookie<Visit>>,
  written: string[],
  handler: (ctx: ParameterizedContext) => void,
): Promise<readonly string[]> {
  const keys = ['one key of 32 bytes or more, as it has to be']
  const app = new Koa({ keys })
  app.use(sessions([definition]))
  app.use((ctx) => {
    handler(ctx)
    ctx.body = 'ok'
  })
  const { headers } = await mint(definition, { name: 'Ada', seen: 0 }, { keys })
  written.length = 0
  const response = await fetch(await serve(t, app), { headers })
  t.is(response.status, 200)
  return written
}
