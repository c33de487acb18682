import test from 'ava'
import { exactRandom, pooledRandom, randomText } from '../../lib/base/random.ts'

test('no two draws are alike, across refills of the pool, and none changes afterwards', (t) => {
  const random = pooledRandom()
  const drawn = Array.from({ length: 2000 }, () => random(32))
  const before = drawn.map((bytes) => Buffer.from(bytes).toString('hex'))
  t.is(new Set(before).size, drawn.length)
  for (let i = 0; i < 500; i++) random(32)
  t.deepEqual(
    drawn.map((bytes) => Buffer.from(bytes).toString('hex')),
    before,
  )
})

test('more than the pool holds is drawn from the system', (t) => {
  t.is(pooledRandom()(10_000).length, 10_000)
})

test('bytes are spread evenly (chi-square over 256 values, far beyond chance)', (t) => {
  const random = pooledRandom()
  const counts = Array.from({ length: 256 }, () => 0)
  for (let i = 0; i < 10_000; i++) for (const byte of random(32)) counts[byte]!++
  const expected = (10_000 * 32) / 256
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.true(chiSquare < 420, `chi-square ${chiSquare}`)
})

test('32 random bytes are 43 characters of base64url', (t) => {
  t.regex(randomText(pooledRandom(), 32), /^[\w-]{43}$/)
})

test('a generator that gives fewer bytes than it is asked for, or more, is an error and never a short id', (t) => {
  for (const [given, told] of [
    [new Uint8Array(31), '31 bytes'],
    [new Uint8Array(33), '33 bytes'],
    [new Uint8Array(0), '0 bytes'],
    ['a'.repeat(32), 'a string'],
    [Array.from({ length: 32 }, () => 1), 'an array'],
    [new Uint16Array(32), 'an Uint16Array'],
    [undefined, 'undefined'],
    [Promise.reject(new Error('never unhandled')), 'a promise'],
  ] as const) {
    t.throws(() => exactRandom(() => given as Uint8Array)(32), {
      code: 'ERR_SESSION_CONFIG',
      message: `'random' must return as many bytes as requested, as crypto.randomBytes does: of 32 bytes it returned ${told}`,
    })
  }
  t.deepEqual(exactRandom((size) => new Uint8Array(size).fill(7))(3), new Uint8Array([7, 7, 7]))
})
