import test from 'ava'
import { until } from './until.ts'

test('what is so already is not waited for', async (t) => {
  let looks = 0
  await until(() => ++looks, { what: 'it is so' })
  t.is(looks, 1)
})

test('a condition is looked at until it is met, and no longer', async (t) => {
  let looks = 0
  await until(async () => ++looks === 4, { what: 'it was looked at four times' })
  await until(() => true, { what: 'it is so' })
  t.is(looks, 4)
})

test('a condition that is never met is an error that says what was waited for', async (t) => {
  const message = 'waited 20 ms in vain until pigs fly'
  await t.throwsAsync(
    until(() => false, { what: 'pigs fly', limit: 20 }),
    { message },
  )
})

test('a condition that never answers is the same error', async (t) => {
  const message = 'waited 20 ms in vain until pigs fly'
  await t.throwsAsync(
    until(() => new Promise(() => {}), { what: 'pigs fly', limit: 20 }),
    { message },
  )
})

test('what a condition throws ends the waiting', async (t) => {
  const thrown = async (): Promise<never> => {
    throw new Error('no pigs')
  }
  await t.throwsAsync(until(thrown, { what: 'pigs fly' }), { message: 'no pigs' })
})
