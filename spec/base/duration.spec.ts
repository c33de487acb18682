import test from 'ava'
import { milliseconds, type Duration } from '../../lib/base/duration.ts'
import { SessionConfigError } from '../../lib/errors.ts'

test('a duration is a number with a unit, or plain milliseconds', (t) => {
  t.is(milliseconds('250ms', 'x'), 250)
  t.is(milliseconds('30s', 'x'), 30_000)
  t.is(milliseconds('30m', 'x'), 1_800_000)
  t.is(milliseconds('12h', 'x'), 43_200_000)
  t.is(milliseconds('7d', 'x'), 604_800_000)
  t.is(milliseconds('1.5h', 'x'), 5_400_000)
  t.is(milliseconds(1234, 'x'), 1234)
  t.is(milliseconds(0, 'x'), 0)
})

test('a fraction of a millisecond is rounded up', (t) => {
  t.is(milliseconds(0.2, 'x'), 1)
})

for (const wrong of [
  -1,
  Number.NaN,
  Infinity,
  8.65e14,
  '30',
  '30 m',
  '-5m',
  'm',
  '1e3s',
  '9999999999d',
  '',
  null,
  {},
]) {
  test(`${typeof wrong === 'string' ? `"${wrong}"` : String(wrong)} is refused, and the message says what is meant`, (t) => {
    const error = t.throws(() => milliseconds(wrong as Duration, 'idleTimeout'), { instanceOf: SessionConfigError })
    t.regex(error.message, /^idleTimeout must be a duration/)
  })
}
