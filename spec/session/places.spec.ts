import test from 'ava'
import type { Tracked } from '../../lib/contracts/tracker.ts'
import type { MountedSession } from '../../lib/definition/mounted-session.ts'
import { Places } from '../../lib/session/places.ts'

/** As much of a session by id as its place depends on. */
const sessionOf = (identity: string): Tracked => ({ row: { record: { identity } } }) as Tracked
const mounted = (name: string): MountedSession => ({ name }) as MountedSession

test('a session has as many places as the limit says, each is freed once, and another session has its own', (t) => {
  const places = new Places()
  const user = mounted('user')
  const take = (identity: string) => places.take(user, sessionOf(identity), 2)
  const [one, other] = [take('a'), take('a')]
  t.is(take('a'), null)
  t.truthy(take('b'))
  one!()
  one!()
  t.truthy(take('a'))
  t.is(take('a'), null, 'freeing it twice has freed one place')
  other!()
  t.truthy(take('a'))
})

test('sessions of two definitions do not share places, whatever their identities', (t) => {
  const places = new Places()
  t.truthy(places.take(mounted('user'), sessionOf('a'), 1))
  t.truthy(places.take(mounted('cart'), sessionOf('a'), 1))
  t.truthy(places.take(mounted('use'), sessionOf('ra'), 1))
})
