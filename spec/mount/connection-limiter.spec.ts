import test from 'ava'
import type { FoundSession } from '../../lib/contracts/tracker.ts'
import type { MountedSession } from '../../lib/definition/mounted-session.ts'
import { ConnectionLimiter } from '../../lib/mount/connection-limiter.ts'

/** The part of a session by id that it is counted by. */
const sessionOf = (identity: string): FoundSession => ({ row: { record: { identity } } }) as FoundSession
const mounted = (name: string): MountedSession => ({ name }) as MountedSession

test('a session has as many connections as the limit allows, each is released once, and another session has its own', (t) => {
  const limiter = new ConnectionLimiter()
  const user = mounted('user')
  const acquire = (identity: string) => limiter.acquire(user, sessionOf(identity), 2)
  const [one, other] = [acquire('a'), acquire('a')]
  t.is(acquire('a'), null)
  t.truthy(acquire('b'))
  one!()
  one!()
  t.truthy(acquire('a'))
  t.is(acquire('a'), null, 'a second release has no effect')
  other!()
  t.truthy(acquire('a'))
})

test('sessions of two definitions are counted apart, whatever their identities', (t) => {
  const limiter = new ConnectionLimiter()
  t.truthy(limiter.acquire(mounted('user'), sessionOf('a'), 1))
  t.truthy(limiter.acquire(mounted('cart'), sessionOf('a'), 1))
  t.truthy(limiter.acquire(mounted('use'), sessionOf('ra'), 1))
})
