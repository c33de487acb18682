import test from 'ava'
import fc from 'fast-check'
import { StorageKeys } from '../../lib/trackers/session-keys.ts'
import { record } from '../support/records.ts'

const OWN = 'A'.repeat(42) + '_'

test('an id of ours has 43 characters of base64url, one of the app’s 16 to 256 that a cookie holds', (t) => {
  const own = new StorageKeys('user', 'cookie', 'own')
  const any = new StorageKeys('user', 'cookie', 'any')
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    [OWN, true, true],
    [OWN.slice(1), false, true],
    [`${OWN}A`, false, true],
    [`${OWN.slice(1)}.`, false, true],
    [`${OWN.slice(1)}=`, false, false],
    [`${OWN}\n`, false, false],
    [`${OWN.slice(1)}\n`, false, false],
    ['a'.repeat(15), false, false],
    ['a.b~c-d_0123456789'.slice(0, 16), false, true],
    ['a'.repeat(256), false, true],
    ['a'.repeat(257), false, false],
    [`${'a'.repeat(20)} b`, false, false],
    [`${'a'.repeat(20)}ä`, false, false],
    [`../${'a'.repeat(20)}`, false, false],
    ['', false, false],
  ]
  for (const [id, isOwn, isAny] of cases) {
    t.is(own.isWellFormed(id), isOwn, id)
    t.is(any.isWellFormed(id), isAny, id)
    if (isAny) t.is(any.checked(id), id)
    else t.throws(() => any.checked(id), { code: 'ERR_SESSION_CONFIG', message: /generateId of session 'user'/ }, id)
  }
})

test('the error about an id does not show it', (t) => {
  const error = t.throws(() => new StorageKeys('user', 'cookie', 'any').checked('a secret'))
  t.false(error?.message.includes('a secret'))
})

test('no two of session, transport, purpose and text have the same hash', (t) => {
  const seen = new Map<string, string>()
  for (const name of ['user', 'users', 'us', '4:user', '']) {
    for (const transport of ['cookie', 'header', 'custom']) {
      const keys = new StorageKeys(name, transport, 'any')
      for (const text of [OWN, 'ada', 'er', '3:ada', '']) {
        for (const [purpose, hash] of Object.entries({
          key: keys.key(text),
          subject: keys.subject(text),
          generation: keys.generationKey(text),
          handle: keys.handle(record({ identity: text })),
        })) {
          const what = [name, transport, purpose, text].join('|')
          t.is(seen.get(hash), undefined, `${what} is ${seen.get(hash)}`)
          seen.set(hash, what)
        }
      }
    }
  }
  t.is(seen.size, 5 * 3 * 5 * 4)
})

test('what a storage sees of an id tells neither the id nor the user', (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), (text) => {
      const keys = new StorageKeys('user', 'cookie', 'any')
      for (const hash of [keys.key(text), keys.subject(text), keys.generationKey(text)]) {
        t.regex(hash, /^[\w-]{43}$/)
        t.false(hash.includes(text))
      }
    }),
  )
})

test('a handle is made of what stays: not of the key, the version, the value or the deadlines', (t) => {
  const keys = new StorageKeys('user', 'cookie', 'own')
  const handle = keys.handle(record({ subject: 'hash' }))
  t.is(keys.handle(record({ subject: 'hash', version: 7, data: 'other', createdAt: 1, expiresAt: 2 })), handle)
  t.not(keys.handle(record({ subject: 'hash', identity: 'other' })), handle)
  t.is(keys.handle(record({ subject: 'other' })), handle, 'it does not tell whose session it is')
  t.regex(handle, /^[\w-]{43}$/)
})

test('texts that differ in half a character have different hashes, which UTF-8 alone would make one', (t) => {
  const keys = new StorageKeys('user', 'cookie', 'any')
  const halves = [
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    '\ufffd',
    'a\ud800',
    '\ud800a',
    '\\ud800',
    '"\ud800"',
    '\ud800\ud800',
  ]
  for (const hash of [
    (text: string) => keys.key(text),
    (text: string) => keys.subject(text),
    (text: string) => keys.generationKey(text),
    (text: string) => keys.ticketKey('login', text),
  ])
    t.is(new Set(halves.map(hash)).size, halves.length)
})

test('hashes of ordinary texts stay what they are in the rows that there are', (t) => {
  const keys = new StorageKeys('user', 'cookie', 'any')
  t.deepEqual(
    [keys.key('ada'), keys.subject('ada'), keys.generationKey('żółć ☃ 😀')],
    [
      'xyhEcGHmfaKpe3F210nkBIy_aGYAi5Y495OEZolLjxY',
      'KTOy9yWrXFa6-MSH9DHve_n0o-eVvU2eEGfSdCtnIPI',
      'Hl9CUP1OBSn5xooOeAfaPWYojcD7ogiSKf65BkU5CKA',
    ],
  )
})
