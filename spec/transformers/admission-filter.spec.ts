import test from 'ava'
import { sha256 } from '../../lib/base/digest.ts'
import { AdmissionFilter } from '../../lib/transformers/token-cache.ts'

test('who comes a second time is known, and who comes the first time is not', (t) => {
  const filter = new AdmissionFilter()
  t.false(filter.admits(sha256('ada')))
  t.false(filter.admits(sha256('bob')))
  t.true(filter.admits(sha256('ada')))
  t.true(filter.admits(sha256('ada')))
})

test('of a thousand that come once hardly one is taken for another', (t) => {
  const filter = new AdmissionFilter()
  const strangers = Array.from({ length: 1000 }, (_, index) => sha256(`${index}`))
  t.deepEqual(
    strangers.filter((token) => filter.admits(token)),
    [],
  )
})

test('after many others one is a stranger again', (t) => {
  const filter = new AdmissionFilter()
  filter.admits(sha256('ada'))
  for (let index = 0; index < 20_000; index++) filter.admits(sha256(`${index}`))
  t.false(filter.admits(sha256('ada')))
})

test('the shortest of texts has its place, too', (t) => {
  const filter = new AdmissionFilter()
  t.false(filter.admits('a'))
  t.true(filter.admits('a'))
})
