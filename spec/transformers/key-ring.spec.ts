import { randomBytes } from 'node:crypto'
import test from 'ava'
import type { BoundTransformer, Purpose } from '../../lib/contracts/transformer.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import { SessionKeysError } from '../../lib/errors.ts'
import { encrypt } from '../../lib/transformers/encrypt.ts'
import { keyRing, type Key, type Keys } from '../../lib/transformers/key-ring.ts'
import { seal, type SealOptions } from '../../lib/transformers/seal.ts'
import { sign } from '../../lib/transformers/sign.ts'

const purpose: Purpose = { name: 'user', transport: 'cookie', random: pooledRandom() }
const newKey = (): string => randomBytes(32).toString('base64url')
const TEXT = 'a value'
const unknown = { refused: 'unknown-key' }

const kinds: Record<string, (keys: Keys) => BoundTransformer> = {
  sign: (keys) => sign(keys).bind(purpose),
  encrypt: (keys) => encrypt({ keys }).bind(purpose),
  seal: (keys) => seal({ password: keys as SealOptions['password'] }).bind(purpose),
}

for (const [kind, make] of Object.entries(kinds)) {
  /** A token that was opened so often that it is remembered. */
  const remembered = async (bound: BoundTransformer): Promise<string> => {
    const token = await bound.encode(TEXT)
    for (let round = 0; round < 3; round++)
      if ((await bound.decode(token)).refused) throw new Error('the token is refused')
    return token
  }
  const refusal = async (use: () => unknown): Promise<SessionKeysError> => {
    try {
      await use()
    } catch (error) {
      if (error instanceof SessionKeysError) return error
      throw error
    }
    throw new Error('it was not refused')
  }

  test(`${kind}: a key that is taken out of the same array is refused at once, also for a token that was opened before`, async (t) => {
    const old = newKey()
    const keys = [newKey(), old]
    const bound = make(keys)
    const token = await remembered(make([old]))
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
    keys.pop()
    t.deepEqual(await bound.decode(token), unknown)
    keys.push(old)
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
  })

  test(`${kind}: a key that is put in front of the same array writes at once`, async (t) => {
    const keys = [newKey()]
    const bound = make(keys)
    const token = await remembered(bound)
    keys.unshift(newKey())
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
    t.deepEqual(await make([keys[0] as string]).decode(await bound.encode(TEXT)), { text: TEXT, retired: false })
  })

  test(`${kind}: a key that is replaced in place is refused at once`, async (t) => {
    const keys = [newKey(), newKey()]
    const bound = make(keys)
    const token = await remembered(bound)
    keys[0] = newKey()
    t.deepEqual(await bound.decode(token), unknown)
    t.deepEqual(await bound.decode(await bound.encode(TEXT)), { text: TEXT, retired: false })
  })

  test(`${kind}: in another order another key writes, and what was current is retired`, async (t) => {
    const keys = [newKey(), newKey()]
    const bound = make(keys)
    const token = await remembered(bound)
    keys.reverse()
    t.deepEqual(await bound.decode(token), { text: TEXT, retired: true })
    t.deepEqual(await make([keys[0] as string]).decode(await bound.encode(TEXT)), { text: TEXT, retired: false })
  })

  for (const [what, spoil] of [
    ['no key', []],
    ['a short key', ['short']],
    ['a weak key', ['a'.repeat(40)]],
    ['no text', [undefined]],
    ['a promise', [Promise.resolve(newKey())]],
    ['one key twice', (({ key }) => [key, key])({ key: newKey() })],
  ] as const) {
    test(`${kind}: a list that comes to hold ${what} is an error, and the keys that were there before are not used`, async (t) => {
      const good = newKey()
      const keys: Key[] = [good]
      const bound = make(keys)
      const token = await remembered(bound)
      keys.splice(0, 1, ...(spoil as readonly Key[]))
      t.regex((await refusal(() => bound.decode(token))).message, /^session 'user': /)
      await refusal(() => bound.encode(TEXT))
      await refusal(() => bound.decode(token))
      keys.splice(0, keys.length, good)
      t.deepEqual(await bound.decode(token), { text: TEXT, retired: false })
    })
  }

  test(`${kind}: a function that throws, or gives a promise, is an error that says so, at each use`, async (t) => {
    let answer: () => unknown = () => newKey()
    const bound = make(() => answer() as Key)
    await bound.encode(TEXT)
    answer = () => {
      throw new Error('the vault is closed')
    }
    for (let round = 0; round < 2; round++) {
      const error = await refusal(() => bound.encode(TEXT))
      t.is(error.message, "session 'user': the function that returns the keys threw an error")
      t.is((error.cause as Error).message, 'the vault is closed')
    }
    answer = async () => newKey()
    t.regex((await refusal(() => bound.encode(TEXT))).message, /not a promise; await the keys first/)
    answer = () => Promise.reject(new Error('never an unhandled rejection'))
    await refusal(() => bound.encode(TEXT))
    await new Promise(setImmediate)
  })
}

for (const kind of ['sign', 'encrypt'] as const) {
  test(`${kind}: a key whose bytes are overwritten is another key`, (t) => {
    const key = randomBytes(32)
    const bound = (kinds[kind] as (typeof kinds)[string])([key])
    const token = bound.encode(TEXT) as string
    t.deepEqual(bound.decode(token), { text: TEXT, retired: false })
    key.set(randomBytes(32))
    t.deepEqual(bound.decode(token), unknown)
    t.deepEqual(bound.decode(bound.encode(TEXT) as string), { text: TEXT, retired: false })
    key.fill(0)
    t.throws(() => bound.decode(token), { instanceOf: SessionKeysError })
  })
}

test('a password that is no text is refused at start, and where it comes later', (t) => {
  const password = (keys: unknown): SealOptions => ({ password: keys as string })
  t.throws(() => seal(password([newKey(), randomBytes(32)])), { instanceOf: SessionKeysError, message: /not bytes/ })
  const bound = seal(password(() => randomBytes(32))).bind(purpose)
  t.throws(() => bound.decode('x'), { instanceOf: SessionKeysError, message: /^session 'user': .*not bytes/ })
})

test('keys are derived once, whether they come in the same array, in another one or from a function', (t) => {
  const [one, other] = [newKey(), newKey()]
  const bytes = randomBytes(32)
  for (const keys of [
    one,
    [one, other],
    () => one,
    () => [one, other],
    () => [one.slice(0, 20) + one.slice(20), other],
    [bytes, one],
    () => [Buffer.from(bytes), one],
  ] satisfies Keys[]) {
    let derived = 0
    const ring = keyRing(keys, 'the keys', (key) => {
      derived++
      return key
    })
    const first = ring()
    for (let round = 0; round < 100; round++) t.is(ring(), first)
    t.is(derived, first.length)
  }
})
