import { createSecretKey, randomBytes } from 'node:crypto'
import iron from '@hapi/iron'
import test from 'ava'
import { FORMAT } from '../../lib/base/format.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import type { Purpose, SessionTransformer } from '../../lib/contracts/transformer.ts'
import { SessionConfigError, SessionKeysError } from '../../lib/errors.ts'
import { chain } from '../../lib/transformers/chain.ts'
import { encrypt } from '../../lib/transformers/encrypt.ts'
import type { Keys } from '../../lib/transformers/key-ring.ts'
import { plain } from '../../lib/transformers/plain.ts'
import { seal, type SealOptions } from '../../lib/transformers/seal.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { transformer } from '../../lib/transformers/transformer.ts'

const purpose: Purpose = { name: 'user', transport: 'cookie', random: pooledRandom() }
const KEY = 'a key of thirty-two characters..'
const OTHER = 'another one of thirty-two chars..'
const TEXT = '{"id":"ada","names":["Ada","żółć ☃"]}'

const kinds: Record<string, (keys: Keys) => SessionTransformer> = {
  sign: (keys) => sign(keys),
  encrypt: (keys) => encrypt({ keys }),
  seal: (keys) => seal({ password: keys as SealOptions['password'] }),
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: what went out comes back`, async (t) => {
    for (const text of ['', TEXT, 'x'.repeat(5000)]) {
      const bound = make(KEY).bind(purpose)
      const token = await bound.encode(text)
      t.deepEqual(await bound.decode(token), { text, retired: false })
      t.deepEqual(await make(KEY).bind(purpose).decode(token), { text, retired: false }, 'in another process too')
    }
  })

  test(`${kind}: a token of another session, of another transport or of another key is refused`, async (t) => {
    const token = await make(KEY).bind(purpose).encode(TEXT)
    for (const other of [
      { ...purpose, name: 'admin' },
      { ...purpose, transport: 'header' },
    ]) {
      const { refused } = await make(KEY).bind(other).decode(token)
      t.true(refused === 'unknown-key' || refused === 'bad-signature', String(refused))
    }
    t.deepEqual(await make(OTHER).bind(purpose).decode(token), { refused: 'unknown-key' })
  })

  test(`${kind}: a retired key still reads, and says that it is retired`, async (t) => {
    const old = await make(KEY).bind(purpose).encode(TEXT)
    const bound = make([OTHER, KEY]).bind(purpose)
    t.deepEqual(await bound.decode(old), { text: TEXT, retired: true })
    const renewed = await bound.encode(TEXT)
    t.deepEqual(await bound.decode(renewed), { text: TEXT, retired: false })
    t.deepEqual(await make([OTHER]).bind(purpose).decode(old), { refused: 'unknown-key' })
  })

  test(`${kind}: keys may be rotated while the app runs, and a removed one is refused at once`, async (t) => {
    let ring: readonly string[] = [KEY]
    const bound = make(() => ring).bind(purpose)
    const old = await bound.encode(TEXT)
    ring = [OTHER, KEY]
    t.deepEqual(await bound.decode(old), { text: TEXT, retired: true })
    ring = [OTHER]
    t.deepEqual(await bound.decode(old), { refused: 'unknown-key' })
  })

  test(`${kind}: every change of a single character, and every shorter or longer token, is refused`, async (t) => {
    const bound = make(KEY).bind(purpose)
    const token = await make(KEY).bind(purpose).encode('{"a":1}')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*.+/= %'
    // Opening Fe26.2 takes a third of a millisecond: a sample of the replacements there, all of them elsewhere.
    const step = kind === 'seal' ? 17 : 1
    for (let at = 0; at < token.length; at++) {
      for (let index = at % step; index < alphabet.length; index += step) {
        const changed = token.slice(0, at) + alphabet[index] + token.slice(at + 1)
        if (changed === token) continue
        const { refused } = await bound.decode(changed)
        if (!refused) t.fail(`taken with '${alphabet[index]}' at ${at}`)
      }
      t.truthy((await bound.decode(token.slice(0, at))).refused)
    }
    for (const tail of alphabet) t.truthy((await bound.decode(token + tail)).refused)
  })

  test(`${kind}: the last character has bits that mean nothing, and they are not free to choose`, async (t) => {
    const bound = make(KEY).bind(purpose)
    for (const text of ['a', 'ab', 'abc', 'abcd']) {
      const token = await make(KEY).bind(purpose).encode(text)
      const taken = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
        (last) => last !== token.at(-1),
      )
      for (const last of taken) t.truthy((await bound.decode(token.slice(0, -1) + last)).refused)
    }
  })

  test(`${kind}: garbage is refused, whatever it is`, async (t) => {
    const bound = make(KEY).bind(purpose)
    for (const garbage of [
      '',
      's',
      'e',
      'Fe26.2',
      'Fe26.2**',
      '*'.repeat(7),
      'ł'.repeat(60),
      '\0'.repeat(99),
      '__proto__',
      '{}',
    ]) {
      t.truthy((await bound.decode(garbage)).refused)
    }
  })

  for (const [what, keys] of Object.entries({
    'no key': [],
    'a short key': 'short',
    'an undefined key': [undefined],
    'a Keygrip': [{ sign() {}, verify() {} }],
    'a short retired key': [KEY, 'short'],
  })) {
    test(`${kind}: ${what} is refused at start, and no key stands in the message`, (t) => {
      const error = t.throws(() => make(keys as Keys), { instanceOf: SessionKeysError })
      t.false(error.message.includes('short'))
    })
  }
}

test('sign and encrypt take 32 random bytes for a key, and leave them as they are', (t) => {
  const bytes = new Uint8Array(randomBytes(32))
  const before = bytes.slice()
  for (const make of [sign(bytes), encrypt({ keys: [bytes] })]) {
    const bound = make.bind(purpose)
    t.deepEqual(bound.decode(bound.encode(TEXT) as string), { text: TEXT, retired: false })
  }
  t.deepEqual(bytes, before)
  t.throws(() => sign(new Uint8Array(31)), { instanceOf: SessionKeysError })
  t.throws(() => sign(createSecretKey(bytes) as unknown as Uint8Array), { instanceOf: SessionKeysError })
})

test('a signed token can be read by anybody, an encrypted or sealed one by nobody', async (t) => {
  const readable = async (made: SessionTransformer): Promise<boolean> => {
    const token = await made.bind(purpose).encode(TEXT)
    return [...token.split('*'), token.slice(5, -43)].some((part) =>
      Buffer.from(part, 'base64url').toString().includes('ada'),
    )
  }
  t.true(await readable(sign(KEY)))
  t.false(await readable(encrypt({ keys: KEY })))
  t.false(await readable(seal({ password: KEY })))
})

test('two tokens of one text differ where they are encrypted', async (t) => {
  for (const make of [encrypt({ keys: KEY }), seal({ password: KEY })]) {
    const bound = make.bind(purpose)
    t.not(await bound.encode(TEXT), await bound.encode(TEXT))
  }
})

test('@hapi/iron opens what seal made, with the same password', async (t) => {
  const token = await seal({ password: KEY }).bind(purpose).encode(TEXT)
  const opened = (await iron.unseal(token, KEY, iron.defaults)) as Record<string, unknown>
  t.is(opened['text'], TEXT)
  t.is(opened['name'], 'user')
  t.is(opened['transport'], 'cookie')
})

test('what others sealed with our password is no session of ours', async (t) => {
  const bound = seal({ password: KEY }).bind(purpose)
  const [, id] = (await bound.encode(TEXT)).split('*')
  for (const payload of [
    { user: 'ada' },
    TEXT,
    null,
    { text: TEXT },
    { format: 'x', name: 'user', transport: 'cookie', text: TEXT },
    { format: FORMAT, name: 'admin', transport: 'cookie', text: TEXT },
    { format: FORMAT, name: 'user', transport: 'header', text: TEXT },
    { format: FORMAT, name: 'user', transport: 'cookie', text: 7 },
  ]) {
    for (const password of [KEY, { id: id as string, secret: KEY }]) {
      t.truthy((await bound.decode(await iron.seal(payload, password, iron.defaults))).refused)
    }
  }
})

test('a list applies in order on the way out, in reverse on the way in, and the first refusal ends it', async (t) => {
  const mark = (letter: string): SessionTransformer =>
    transformer({
      encode: (text) => text + letter,
      decode: (token) => (token.endsWith(letter) ? token.slice(0, -1) : null),
    })
  const bound = chain([mark('a'), mark('b')]).bind(purpose)
  t.is(bound.encode('x'), 'xab')
  t.deepEqual(bound.decode('xab'), { text: 'x', retired: false })
  t.deepEqual(bound.decode('xba'), { refused: 'malformed' })
  t.deepEqual(chain([]).bind(purpose).decode('x'), { text: 'x', retired: false })
})

test('a retired key anywhere in a list is told', async (t) => {
  const old = await chain([sign(KEY), encrypt({ keys: KEY })])
    .bind(purpose)
    .encode(TEXT)
  const rotated = chain([sign([OTHER, KEY]), encrypt({ keys: KEY })]).bind(purpose)
  t.deepEqual(await rotated.decode(old), { text: TEXT, retired: true })
  const outer = chain([sign(KEY), encrypt({ keys: [OTHER, KEY] })]).bind(purpose)
  t.deepEqual(await outer.decode(old), { text: TEXT, retired: true })
})

test('a list that cannot open a token says why, and no more, also behind a retired key', async (t) => {
  const foreign = await chain([sign(OTHER), encrypt({ keys: KEY })])
    .bind(purpose)
    .encode(TEXT)
  const rotated = chain([sign(KEY), encrypt({ keys: [OTHER, KEY] })]).bind(purpose)
  t.deepEqual(await rotated.decode(foreign), { refused: 'unknown-key' })
})

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: a token may stand in a cookie as it is, and one of another form is malformed`, async (t) => {
    const bound = make(KEY).bind(purpose)
    t.true(bound.safe)
    const token = await bound.encode(TEXT)
    t.regex(token, /^[\w.*-]+$/)
    t.deepEqual(await bound.decode(`x${token.slice(1)}`), { refused: 'malformed' })
  })
}

test('what plain sends is what came, and never retired', (t) => {
  const bound = plain().bind(purpose)
  t.is(bound.encode(TEXT), TEXT)
  t.deepEqual(bound.decode(TEXT), { text: TEXT, retired: false })
})

test('a list is asynchronous where one of it is', async (t) => {
  t.false(chain([sign(KEY), plain()]).async)
  t.true(chain([sign(KEY), seal({ password: KEY })]).async)
  const bound = chain([sign(KEY), seal({ password: KEY })]).bind(purpose)
  t.deepEqual(await bound.decode(await bound.encode(TEXT)), { text: TEXT, retired: false })
})

test('a promise from a transformer that did not say so is an error that says what to write', (t) => {
  const sneaky = transformer({ encode: async (text) => text, decode: async (token) => token }).bind(purpose)
  t.throws(() => sneaky.encode('x'), { instanceOf: SessionConfigError, message: /async: true/ })
  t.throws(() => sneaky.decode('x'), { instanceOf: SessionConfigError, message: /async: true/ })
})

test('what a transformer of your own throws while decoding is a refusal', async (t) => {
  const throwing = transformer({
    encode: (text) => text,
    decode: () => {
      throw new Error('x')
    },
  })
  t.deepEqual(throwing.bind(purpose).decode('x'), { refused: 'malformed' })
  const rejecting = transformer({ async: true, encode: (text) => text, decode: () => Promise.reject(new Error('x')) })
  t.deepEqual(await rejecting.bind(purpose).decode('x'), { refused: 'malformed' })
})
