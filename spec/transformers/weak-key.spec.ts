import { randomBytes, randomUUID } from 'node:crypto'
import test from 'ava'
import { SessionKeysError } from '../../lib/errors.ts'
import { encrypt } from '../../lib/transformers/encrypt.ts'
import { seal } from '../../lib/transformers/seal.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { weaknessOf } from '../../lib/transformers/weak-key.ts'

for (const [what, draw] of Object.entries({
  '64 hexadecimal digits': () => randomBytes(32).toString('hex'),
  '32 hexadecimal digits': () => randomBytes(16).toString('hex'),
  'base64 of 32 bytes': () => randomBytes(32).toString('base64'),
  'base64url of 32 bytes': () => randomBytes(32).toString('base64url'),
  '32 bytes': () => randomBytes(32).toString('latin1'),
  'a UUID': () => randomUUID(),
  'two UUIDs': () => randomUUID() + randomUUID(),
})) {
  test(`of 25,000 random keys none is taken for weak: ${what}`, (t) => {
    let refused = 0
    for (let round = 0; round < 25_000; round++) if (weaknessOf(draw()) !== undefined) refused++
    t.is(refused, 0)
  })
}

test('long random keys are good too', (t) => {
  for (const size of [512, 4096]) t.is(weaknessOf(randomBytes(size).toString('hex')), undefined)
})

test('a sentence that nobody has used as an example may be a key', (t) => {
  t.is(weaknessOf('seven blue herons sold my umbrella at noon'), undefined)
})

for (const [what, key] of Object.entries({
  'one character': 'a'.repeat(32),
  'one character and another at the end': `${'x'.repeat(31)}y`,
  'two characters': 'ab'.repeat(20),
  'few characters in no order': 'abcacbbacabcabacbcabcacbabcbacabca',
  'a short word': 'password'.repeat(4),
  'a short word, in various cases': 'passwordPASSWORDPasswordpassword',
  'a word with a number': 'secret1 secret2 secret3 secret4 secret5',
  'a word with something behind it': 'my secret my secret my secret!!!',
  'a sentence twice': 'the same sentence. the same sentence.',
  'a sentence three times': 'this is how we keep it safe, this is how we keep it safe, this is how we keep it safe',
  'hexadecimal digits twice': '0123456789abcdef0123456789abcdef',
  'a hexadecimal word': 'deadbeef'.repeat(4),
  'the alphabet': 'abcdefghijklmnopqrstuvwxyzabcdef',
  'the alphabet backwards': 'zyxwvutsrqponmlkjihgfedcba9876543210',
  'each letter twice': 'aabbccddeeffgghhiijjkkllmmnnoopp',
  digits: '01234567890123456789012345678901',
  'digits and letters': '0123456789abcdefghijklmnopqrstuvwxyz',
  'a keyboard': 'qwertyuiopasdfghjklzxcvbnm1234567890',
  'a nil UUID': '00000000-0000-0000-0000-000000000000',
  'an example': 'please-change-me-to-something-long',
  'an example in capitals': 'CHANGE_ME_CHANGE_IT_BEFORE_PRODUCTION',
  'a template': '<your-session-secret, 32 characters or more>',
  'what express showed': 'keyboard cat, keyboard dog and keyboard mouse',
  'base64 of zeros': Buffer.alloc(32).toString('base64'),
  'hexadecimal zeros': Buffer.alloc(32).toString('hex'),
})) {
  test(`${what} is no key, and the message says how to make one and not what was given`, (t) => {
    for (const make of [
      () => sign(key),
      () => sign([randomBytes(32), key]),
      () => encrypt({ keys: [key] }),
      () => seal({ password: key }),
      () => sign(Buffer.from(key)),
    ]) {
      const { message } = t.throws(make, { instanceOf: SessionKeysError })
      t.regex(message, /a key can be guessed, because it .*crypto\.randomBytes\(32\)/)
      t.false(message.includes(key) || message.includes(key.slice(0, 12)), message)
    }
  })
}

test('bytes that nobody has drawn are no key', (t) => {
  for (const bytes of [
    new Uint8Array(32),
    new Uint8Array(32).fill(7),
    Uint8Array.from({ length: 32 }, (_, at) => at),
    Uint8Array.from({ length: 64 }, (_, at) => at % 16),
  ])
    t.throws(() => sign(bytes), { instanceOf: SessionKeysError, message: /can be guessed/ })
})

test('one key twice is refused: whoever rotates has forgotten to make a new one', (t) => {
  const key = randomBytes(32).toString('base64url')
  const other = randomBytes(32)
  for (const keys of [
    [key, key],
    [key, other, key],
    [other, Buffer.from(other)],
    [key, Buffer.from(key)],
  ])
    t.throws(() => sign(keys), { instanceOf: SessionKeysError, message: /there twice.*crypto\.randomBytes/ })
  t.notThrows(() => sign([key, other]))
})
