import test from 'ava'
import fc from 'fast-check'
import { cookie, SessionError, sign, storageFrom } from 'koa-typed-sessions'
import { writeData } from '../../lib/formats/envelope.ts'
import { recordToJson } from '../../lib/storages/shared/record-json.ts'
import { genuine, isAnswered, page, sameBytes, type Mark } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { mutationOf } from './_mutations.ts'
import { bodies, plainTexts, richTexts } from './_rich-texts.ts'

const random = sameBytes()
const texts = new Map<string, string>()
const storage = storageFrom({
  read: (id) => texts.get(id),
  write: (id, text) => void texts.set(id, text),
  invalidate: (id) => void texts.delete(id),
})
const Stored = cookie<Mark>('stored', { storage, transform: sign('a key for stored sessions, of enough length') })
const { tokens } = await genuine(Stored, 1)
const [row = ''] = texts.keys()
const ask = page([Stored], async (ctx) => {
  const held = ctx.sessions.get(Stored)
  try {
    if (held) await ctx.sessions.update(Stored, (value) => value && { ...value, seen: true })
  } catch (error) {
    // What another program has put there may be nothing that can be written.
    if (!(error instanceof SessionError)) throw error
  }
  return held && { mark: typeof held.mark }
})

/** A row as it is while its session is good, with this in the place of its value. */
function rowOf(text: string): string {
  const now = Date.now()
  const record = {
    data: writeData(random, text),
    version: 1,
    createdAt: now,
    expiresAt: now + 86_400_000,
    identity: 'i',
  }
  return recordToJson(record, 1)
}

test('what was stored is shown', async (t) => {
  texts.set(row, rowOf('{"mark":"it"}'))
  t.deepEqual((await ask({ cookie: `stored=${tokens[0]}` })).says, { mark: 'string' })
})

const hostile = fc.oneof(plainTexts, bodies, richTexts).map(rowOf)
fuzz(
  'whatever a storage holds under an id, a request is answered in time',
  fc.oneof(
    hostile,
    mutationOf(['{"mark":"it"}', '~{"json":{"mark":1},"meta":{"values":{"mark":["bigint"]}}}'].map(rowOf)),
  ),
  async (text) => {
    texts.set(row, text)
    isAnswered(await ask({ cookie: `stored=${tokens[0]}` }))
  },
  20_000,
)
