import test from 'ava'
import { sha256 } from '../../lib/base/digest.ts'
import { Doorkeeper } from '../../lib/transformers/doorkeeper.ts'

test('who comes a second time is known, and who comes the first time is not', (t) => {
  const doorkeeper = new Doorkeeper()
  t.false(doorkeeper.knows(sha256('ada')))
  t.false(doorkeeper.knows(sha256('bob')))
  t.true(doorkeeper.knows(sha256('ada')))
  t.true(doorkeeper.knows(sha256('ada')))
})

test('of a thousand that come once hardly one is taken for another', (t) => {
  const doorkeeper = new Doorkeeper()
  const strangers = Array.from({ length: 1000 }, (_, index) => sha256(`${index}`))
  t.deepEqual(
    strangers.filter((token) => doorkeeper.knows(token)),
    [],
  )
})

test('after many others one is a stranger again', (t) => {
  const doorkeeper = new Doorkeeper()
  doorkeeper.knows(sha256('ada'))
  for (let index = 0; index < 20_000; index++) doorkeeper.knows(sha256(`${index}`))
  t.false(doorkeeper.knows(sha256('ada')))
})

test('the shortest of texts has its place, too', (t) => {
  const doorkeeper = new Doorkeeper()
  t.false(doorkeeper.knows('a'))
  t.true(doorkeeper.knows('a'))
})
