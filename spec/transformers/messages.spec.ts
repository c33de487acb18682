import test from 'ava'
import { SessionConfigError, SessionKeysError } from '../../lib/errors.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import { encrypt } from '../../lib/transformers/encrypt.ts'
import { seal } from '../../lib/transformers/seal.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { transformer } from '../../lib/transformers/transformer.ts'

const KEY = 'a key of thirty-two characters..'
const purpose = { name: 'user', transport: 'cookie', random: pooledRandom() }

for (const [option, make] of [
  ['sign(keys)', (keys: unknown) => sign(keys as string)],
  ['encrypt({ keys })', (keys: unknown) => encrypt({ keys: keys as string })],
  ['seal({ password })', (keys: unknown) => seal({ password: keys as string })],
] as const) {
  const message = (keys: unknown): string => messageOf(() => make(keys))
  test(`${option} says which option has no good key, what is wrong with it and what is needed`, (t) => {
    for (const [keys, what] of [
      [[], /no key.*32/s],
      ['short', /5 characters.*32/],
      [[KEY, KEY.slice(1)], /31 characters.*32/],
      [undefined, /undefined.*environment variable/],
      [[KEY, undefined], /undefined.*environment variable/],
      [7, /must be .*text/],
    ] as const) {
      t.true(message(keys).startsWith(option), message(keys))
      t.regex(message(keys), what)
    }
    t.notRegex(message(7), /environment variable/)
  })

  test(`${option} takes a ring that is asked for later, and names the session of one without a good key`, async (t) => {
    const bound = make(() => ['short']).bind(purpose)
    const error = await t.throwsAsync(async () => bound.encode('text'), { instanceOf: SessionKeysError })
    t.regex(error.message, /'user'/)
  })
}

test('of a key of bytes that is too short, it is said how many there are', (t) => {
  t.regex(t.throws(() => encrypt({ keys: Uint8Array.from([9, 4, 7, 1, 8]) })).message, /5 bytes/)
})

test('seal takes no bytes, and says so', async (t) => {
  const bytes = Buffer.from('c3Rvcm15IHNlYXMgYW5kIHF1aWV0IGhhcmJvdXJzIGFyZSBubyBrZXlz', 'base64url')
  const error = await t.throwsAsync(
    async () =>
      seal({ password: [bytes.subarray(0, 32)] as never })
        .bind(purpose)
        .encode('text'),
    { instanceOf: SessionKeysError },
  )
  t.regex(error.message, /seal\(\{ password \}\).*text/)
})

test('an option that there is not is refused by its name', (t) => {
  const own = { encode: (text: string) => text, decode: (token: string) => token }
  for (const [make, what] of [
    [() => encrypt({ keys: KEY, key: KEY } as never), /encrypt.*'?key\b/],
    [() => seal({ password: KEY, passwords: KEY } as never), /seal.*passwords/],
    [() => transformer({ ...own, asynchronous: true } as never), /transformer.*asynchronous/],
  ] as const) {
    t.regex(t.throws(make, { instanceOf: SessionConfigError }).message, what)
  }
})

function messageOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was thrown'
}
