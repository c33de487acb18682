import fc from 'fast-check'
import { encrypt, seal, sign, type SessionTransformer } from 'koa-typed-sessions'
import { StorageKeys } from '../../lib/trackers/session-keys.ts'
import type { Decoded } from '../../lib/contracts/transformer.ts'
import { KEY, sameBytes } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { mutationOf } from './_mutations.ts'

const random = sameBytes()
const OLD_KEY = 'a key that was in use before, as long again'
const FOREIGN_KEY = 'a key of somebody else, of as many characters'
const TEXTS = ['', '{"a":1}', 'k2.zz.{"admin":true}', '\u00e4\u20ac\ud83d\ude00', 'x'.repeat(500)]

interface Own {
  readonly text: string
  readonly retired: boolean
}

/** Tokens that one transformer must open, tokens that it must not although they look alike, and the transformer. */
async function tokensOf(make: (keys: readonly string[]) => SessionTransformer): Promise<{
  readonly all: readonly string[]
  readonly own: ReadonlyMap<string, Own>
  decode(token: string): ReturnType<ReturnType<SessionTransformer['bind']>['decode']>
}> {
  const purpose = { name: 'own', transport: 'cookie', random }
  const bound = make([KEY, OLD_KEY]).bind(purpose)
  const own = new Map<string, Own>()
  for (const text of TEXTS) {
    own.set(await bound.encode(text), { text, retired: false })
    own.set(await make([OLD_KEY]).bind(purpose).encode(text), { text, retired: true })
  }
  const foreign = await Promise.all(
    [
      make([FOREIGN_KEY]).bind(purpose),
      make([KEY]).bind({ ...purpose, name: 'other' }),
      make([KEY]).bind({ ...purpose, transport: 'header' }),
    ].flatMap((other) => TEXTS.map(async (text) => other.encode(text))),
  )
  return { own, all: [...own.keys(), ...foreign], decode: (token) => bound.decode(token) }
}

/** Whether a token was opened exactly where it is one of its own, and gives what was put in. */
function isRight(
  own: Own | undefined,
  decoded: Awaited<ReturnType<ReturnType<SessionTransformer['bind']>['decode']>>,
): boolean {
  if (decoded.refused !== undefined) return own === undefined && typeof decoded.refused === 'string'
  const { text, retired } = decoded
  return own !== undefined && own.text === text && own.retired === retired
}

const signed = await tokensOf((keys) => sign(keys))
const encrypted = await tokensOf((keys) => encrypt({ keys }))
const sealed = await tokensOf((password) => seal({ password }))

fuzz(
  'a signed token is opened where its key made it for this session, character by character, and never otherwise',
  mutationOf(signed.all),
  (token) => isRight(signed.own.get(token), signed.decode(token) as Decoded),
)

fuzz(
  'an encrypted token is opened where its key made it for this session, character by character, and never otherwise',
  mutationOf(encrypted.all),
  (token) => isRight(encrypted.own.get(token), encrypted.decode(token) as Decoded),
)

fuzz(
  'a sealed token is opened where its password made it for this session, character by character, and never otherwise',
  mutationOf(sealed.all),
  async (token) => isRight(sealed.own.get(token), await sealed.decode(token)),
)

const ids = new StorageKeys('own', 'cookie', 'own')
const others = [new StorageKeys('other', 'cookie', 'own'), new StorageKeys('own', 'header', 'own')]
const given = Array.from({ length: 20 }, () => random(32)).map((bytes) => Buffer.from(bytes).toString('base64url'))
const keys = new Map(given.map((id) => [ids.key(id), id]))

fuzz(
  'an id finds the row that it was given, and no text finds one of another id or session',
  fc.oneof(mutationOf(given), fc.string()),
  (id) => {
    if (!ids.isWellFormed(id)) return !given.includes(id)
    const found = keys.get(ids.key(id))
    return (found ?? id) === id && others.every((session) => !keys.has(session.key(id)))
  },
)
