import test from 'ava'
import { NEVER, wholeClock } from '../../lib/base/clock.ts'

test('a clock gives whole milliseconds, whatever the clock behind it gives', (t) => {
  t.is(wholeClock(() => 1.9)(), 1)
  t.is(wholeClock(() => -1.1)(), -2)
  t.is(wholeClock(() => NEVER)(), NEVER)
})

test('a clock that gives no time is an error, each time it is asked', (t) => {
  let given: unknown = 0
  const clock = wholeClock(() => given as number)
  t.is(clock(), 0)
  for (const [time, told] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [NEVER + 1, String(NEVER + 1)],
    ['1700000000000', 'a string'],
    [1_700_000_000_000n, 'a bigint'],
    [new Date(0), 'a Date'],
    [undefined, 'undefined'],
    [Promise.reject(new Error('never unhandled')), 'a promise'],
  ] as const) {
    given = time
    t.throws(clock, {
      code: 'ERR_SESSION_CONFIG',
      message: `'clock' must return the time in epoch milliseconds, as Date.now does, not ${told}`,
    })
  }
  given = 1
  t.is(clock(), 1)
})
