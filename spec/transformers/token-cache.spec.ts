import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { TokenCache } from '../../lib/transformers/token-cache.ts'

const RING = ['a ring']
const named = (text: string) => ({ text, retired: false })

test('what was opened is known again', (t) => {
  const cache = new TokenCache()
  cache.add('token', named('text'), RING)
  t.deepEqual(cache.get('token', RING), named('text'))
  t.is(cache.get('another', RING), undefined)
})

test('a token that ends as one does that was opened is not that one, in whichever half it is remembered', (t) => {
  const cache = new TokenCache()
  const end = 'x'.repeat(60)
  cache.add(`genuine ${end}`, named('genuine'), RING)
  t.is(cache.get(`forged ${end}`, RING), undefined)
  for (let index = 0; index < 500; index++) cache.add(`token ${index}`, named('passing'), RING)
  t.is(cache.get(`forged ${end}`, RING), undefined)
  t.deepEqual(cache.get(`genuine ${end}`, RING), named('genuine'))
})

test('of any number of tokens the latest five hundred are kept, and never more than a thousand', (t) => {
  const cache = new TokenCache()
  const tokens = Array.from({ length: 5432 }, (_, index) => `token ${index}`)
  for (const token of tokens) cache.add(token, named(token), RING)
  const known = (some: readonly string[]): number => some.filter((token) => cache.get(token, RING)).length
  t.is(known(tokens.slice(-500)), 500)
  t.true(known(tokens) <= 1000)
})

test('one that is asked for again and again stays, however many others come', (t) => {
  const cache = new TokenCache()
  cache.add('regular', named('regular'), RING)
  for (let index = 0; index < 5000; index++) {
    cache.add(`token ${index}`, named('passing'), RING)
    t.deepEqual(cache.get('regular', RING), named('regular'))
  }
})

test('another ring forgets everything, so that a token of a removed key is refused at once', (t) => {
  const cache = new TokenCache()
  for (let index = 0; index < 700; index++) cache.add(`token ${index}`, named('text'), RING)
  const next = ['another ring']
  t.is(cache.get('token 1', next), undefined)
  cache.add('new', named('new'), next)
  t.is(cache.get('token 1', next), undefined)
  t.is(cache.get('token 699', next), undefined)
  t.is(cache.get('token 699', RING), undefined)
  t.deepEqual(cache.get('new', next), named('new'))
})

test('a token that is remembered does not keep the header alive that it was cut from', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    ...process.execArgv,
    new URL('_remembered-headers.ts', import.meta.url).pathname,
  ])
  const growth = Number(stdout)
  // The tokens alone take less than 1 MB; with their headers it would be 32 MB.
  t.true(growth < 8_000_000, `the heap grew by ${growth} bytes`)
})
