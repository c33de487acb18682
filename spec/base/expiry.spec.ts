import test from 'ava'
import { NEVER } from '../../lib/base/clock.ts'
import {
  absoluteDeadline,
  deadline,
  isExpired,
  isRenewalDue,
  withIdleTimeout,
  type Lifetimes,
} from '../../lib/base/expiry.ts'

const lifetimes: Lifetimes = { idleTimeout: 30, absoluteTimeout: 100, touchAfter: 3 }

test('a session ends with its idle time, and never after its absolute one', (t) => {
  t.is(deadline(lifetimes, 1000, 1000), 1030)
  t.is(deadline(lifetimes, 1000, 1060), 1090)
  t.is(deadline(lifetimes, 1000, 1090), 1100)
  t.is(absoluteDeadline(lifetimes, 1000), 1100)
})

test('no limit is never, which no sum exceeds', (t) => {
  const endless = { idleTimeout: null, absoluteTimeout: null, touchAfter: 0 }
  t.is(deadline(endless, 1000, 1000), NEVER)
  t.is(deadline({ ...endless, absoluteTimeout: 8.64e14 }, NEVER - 1, 0), NEVER)
})

test('at its deadline a session is over, one millisecond before it is not', (t) => {
  t.false(isExpired(lifetimes, { createdAt: 1000, expiresAt: 1030 }, 1029))
  t.true(isExpired(lifetimes, { createdAt: 1000, expiresAt: 1030 }, 1030))
})

test('a shortened absolute time holds for sessions that were made before', (t) => {
  t.true(isExpired(lifetimes, { createdAt: 1000, expiresAt: 9000 }, 1100))
})

test('a renewal is due once touchAfter has passed since the last one', (t) => {
  t.false(isRenewalDue(lifetimes, { createdAt: 1000, expiresAt: 1030 }, 1002))
  t.true(isRenewalDue(lifetimes, { createdAt: 1000, expiresAt: 1030 }, 1003))
})

test('near its absolute end a session is renewed up to it, and then no more', (t) => {
  t.true(isRenewalDue(lifetimes, { createdAt: 1000, expiresAt: 1098 }, 1071))
  t.is(deadline(lifetimes, 1000, 1071), 1100)
  t.false(isRenewalDue(lifetimes, { createdAt: 1000, expiresAt: 1100 }, 1099))
})

test('without an idle time nothing is to be renewed', (t) => {
  t.false(isRenewalDue({ ...lifetimes, idleTimeout: null }, { createdAt: 1000, expiresAt: 1030 }, 1029))
})

test('a session with an idle timeout of its own is renewed as often as others, in proportion', (t) => {
  t.is(withIdleTimeout(lifetimes, undefined), lifetimes)
  t.deepEqual(withIdleTimeout(lifetimes, 600), { idleTimeout: 600, absoluteTimeout: 100, touchAfter: 60 })
  t.is(withIdleTimeout({ ...lifetimes, touchAfter: 15 }, 600).touchAfter, 300)
  t.is(withIdleTimeout({ ...lifetimes, touchAfter: 0 }, 600).touchAfter, 0)
})

test('where other sessions have no idle timeout, one with its own is renewed after a tenth of it', (t) => {
  t.is(withIdleTimeout({ idleTimeout: null, absoluteTimeout: null, touchAfter: 7 }, 600).touchAfter, 60)
})
