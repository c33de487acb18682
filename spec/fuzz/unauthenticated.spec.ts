import { toUSVString } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { cookie, header, plain, transformer } from 'koa-typed-sessions'
import { z } from 'zod'
import { isAnswered, page } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { bodies, plainTexts, richTexts } from './_rich-texts.ts'

interface Prefs {
  size?: number | undefined
  theme?: string | undefined
}

const schema = z.strictObject({ size: z.number().max(100).optional(), theme: z.string().max(10).optional() })
const base64 = transformer({
  encode: (text) => Buffer.from(text).toString('base64url'),
  decode: (token) => Buffer.from(token, 'base64url').toString(),
})

/** Written again a value may be longer, for which there must be room. */
const roomy = { cookie: { chunks: 16 } }
const definitions = [
  cookie<Prefs>('plain', { transform: plain(), ...roomy }),
  cookie<Prefs>('own', { transform: base64, ...roomy }),
  header<Prefs>('x-plain', { transform: plain() }),
  cookie<Prefs>('with-schema', { transform: plain(), schema, ...roomy }),
  header<Prefs>('x-with-schema', { transform: plain(), schema }),
]

/** Reads each session whole and by its keys, then writes what came in a cookie: as a page for preferences does. */
const ask = page(definitions, async ({ sessions }) => {
  const said: unknown[] = []
  for (const one of definitions) {
    const opened = sessions.open(one)
    const held = sessions.get(one)
    said.push(held === undefined ? null : Object.fromEntries(opened.entries()))
    if (held !== undefined && !one.name.startsWith('x-'))
      await sessions.update(one, (value) => value && { ...value, theme: 'dark' })
  }
  return said.slice(3)
})

function request(text: string): { cookie: string; headers: string[] } {
  const now = Date.now()
  const envelope = `${now.toString(36)}.${(now + 3_600_000).toString(36)}.${text}`
  const encoded = encodeURIComponent(toUSVString(envelope))
  return {
    cookie: `plain=${encoded}; own=${Buffer.from(envelope).toString('base64url')}; with-schema=${encoded}`,
    headers: ['x-plain', encoded, 'x-with-schema', encoded],
  }
}

test('preferences that keep to the schema are shown', async (t) => {
  t.deepEqual((await ask(request('{"size":5}'))).says, [{ size: 5 }, { size: 5 }])
})

fuzz(
  'whatever a client writes where nothing authenticates it, it is answered in time, and shown only what the schema takes',
  fc.oneof(
    { weight: 2, arbitrary: plainTexts },
    { weight: 4, arbitrary: richTexts },
    { weight: 2, arbitrary: bodies },
    // What a schema takes, with more than that.
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('{"size":5}', '{"theme":"x"}', '{}'),
          fc.constantFrom('size', 'theme', 'admin'),
          plainTexts,
        )
        .map(
          ([value, name, text]) => `+${JSON.stringify([value, [['AAAAAAAAAAAAAAAA', `{"${name}":${text}}`]], 1e12])}`,
        ),
    },
  ),
  async (text) => {
    const answer = await ask(request(text))
    isAnswered(answer)
    for (const shown of answer.says as unknown[]) {
      if (shown !== null && !schema.safeParse(shown).success)
        throw new Error(`past the schema: ${JSON.stringify(shown)}`)
    }
  },
  10_000,
)
