import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { pooledRandom } from '../../lib/base/random.ts'
import type { SessionWrite, FoundSession } from '../../lib/contracts/tracker.ts'
import { ByValue } from '../../lib/trackers/by-value.ts'
import { Generations } from '../../lib/trackers/generations.ts'
import { StorageClient } from '../../lib/trackers/storage-client.ts'
import { HOUR, NOW } from '../support/records.ts'

const clock = (): number => NOW

/** Sessions whose text is their subject. */
function stage() {
  const storage = new StorageClient(memoryStorage({ maxSessions: Infinity, clock }), 'user', clock)
  const generations = new Generations('user', storage, (subject) => subject, clock, pooledRandom())
  const lifetimes = { idleTimeout: HOUR, absoluteTimeout: null, touchAfter: 0 }
  const tracker = new ByValue(lifetimes, clock, true, { generations, subjectOf: (text) => text })
  async function save(from: FoundSession | null, subject: string, login: boolean): Promise<FoundSession | string> {
    const change: SessionWrite = {
      now: NOW,
      text: subject,
      createdAt: NOW,
      expiresAt: NOW + HOUR,
      subject,
      from,
      id: undefined,
      newId: () => undefined,
      login,
      keepOld: false,
    }
    return await tracker.save(change)
  }
  const isGood = async (session: FoundSession | string): Promise<boolean> =>
    typeof session === 'object' && (await tracker.load(tracker.token(session), 'full')).refused === undefined
  return { save, isGood, revoke: tracker.revoke! }
}

test('a session that becomes another subject’s without a login takes the generation of that subject', async (t) => {
  const { save, isGood, revoke } = stage()
  await revoke('new address')
  const before = await save(null, 'old address', true)
  const after = await save(before as FoundSession, 'new address', false)
  t.true(await isGood(after))
  await revoke('new address')
  t.false(await isGood(after))
})

test('it does not slip out of a revocation of the subject that it was of', async (t) => {
  const { save, isGood, revoke } = stage()
  const before = await save(null, 'old address', true)
  await revoke('old address')
  t.is(await save(before as FoundSession, 'new address', false), 'gone')
  t.true(await isGood(await save(before as FoundSession, 'new address', true)), 'but a login counts')
})
