import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { manualClock, type ManualClock } from 'koa-typed-sessions/testing'
import { pooledRandom } from '../../lib/base/random.ts'
import type { FoundSession } from '../../lib/contracts/tracker.ts'
import type { MountedSession } from '../../lib/definition/mounted-session.ts'
import type { WatchListener } from '../../lib/mount/watch-listeners.ts'
import { Mount } from '../../lib/mount/mount.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { controlledStorage, type ControlledStorage } from '../support/controlled-storage.ts'

interface User {
  count: number
}

type Listener = (key: string, what: 'changed' | 'gone') => void

/** A storage whose messages are the test's to send. */
interface Telling extends ControlledStorage {
  /** The listeners of watches that stand. */
  readonly listeners: Set<Listener>
  /** The listeners of all watches that ever stood. */
  readonly ever: Listener[]
  watches: number
}

function telling(): Telling {
  const control = controlledStorage(memoryStorage({ clock: manualClock() }))
  const listeners = new Set<Listener>()
  const ever: Listener[] = []
  const told = Object.assign(control, { listeners, ever, watches: 0 })
  control.watch = async (_, listener) => {
    told.watches++
    listeners.add(listener)
    ever.push(listener)
    return async () => void listeners.delete(listener)
  }
  return told
}

interface Scene {
  readonly clock: ManualClock
  readonly mount: Mount
  readonly mounted: MountedSession
  /** The session as it was last written. */
  readonly session: FoundSession
  readonly key: string
  listen(listener: WatchListener, read?: FoundSession): ReturnType<Mount['watches']['listen']>
  write(): Promise<FoundSession>
  destroy(): Promise<void>
}

async function scene(t: ExecutionContext, storage: SessionStorage): Promise<Scene> {
  const clock = manualClock()
  const mount = new Mount(
    [cookie<User>('user', { storage })],
    clock,
    pooledRandom(),
    sign(['a key of the specs, long enough for anything']),
  )
  t.teardown(() => mount.watches.close())
  const [mounted] = mount.all as [MountedSession]
  const { tracker, codec } = mounted
  const save = async (from: FoundSession | null) =>
    (await tracker.save({
      now: clock(),
      text: codec.write({ count: from?.row?.record.version ?? 0 }),
      createdAt: clock(),
      expiresAt: clock() + 3_600_000,
      subject: undefined,
      from,
      id: from ? undefined : mounted.newId({} as never),
      newId: () => undefined,
      login: false,
      keepOld: false,
    })) as FoundSession
  let session = await save(null)
  return {
    clock,
    mount,
    mounted,
    get session() {
      return session
    },
    key: session.row!.key,
    listen: (one, read = session) => mount.watches.listen(mounted, read, one),
    write: async () => (session = await save(session)),
    destroy: async () => tracker.destroy(session.row!.id, session),
  }
}

/** A listener that records its calls. */
function recorder(more: Partial<WatchListener> = {}): WatchListener & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    changed: ({ row }) => told.push(`version ${row?.record.version}`),
    gone: (reason) => told.push(reason),
    closed: () => told.push('closed'),
    report: (error) => told.push(String(error)),
    ...more,
  }
}

const versionOf = ({ row }: FoundSession): number | undefined => row?.record.version

/** Until nothing that needs no timer is left to do. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}

test('a thousand listeners that are added at once share one start, one watch and one read', async (t) => {
  const storage = telling()
  const { listen, mount } = await scene(t, storage)
  const watches = await Promise.all(Array.from({ length: 1000 }, () => listen(recorder())))
  t.is(new Set(watches).size, 1)
  t.is(storage.watches, 1)
  t.is(storage.count('read'), 1)
  t.is(mount.watches.size, 1)
})

test('a later listener costs neither a watch nor a read, and another session has a watch of its own', async (t) => {
  const storage = telling()
  const { listen, mounted, mount, session } = await scene(t, storage)
  await listen(recorder())
  for (let times = 0; times < 100; times++) await listen(recorder())
  t.is(storage.watches, 1)
  t.is(storage.count('read'), 1)
  const another = { ...session, row: { ...session.row!, id: 'x'.repeat(43), key: 'another' } }
  t.is(await mount.watches.listen(mounted, another, recorder()), null, 'there is no such session')
  t.is(storage.watches, 2)
  t.is(mount.watches.size, 1)
})

test('a watch ends with its last listener and not before, and the next listener starts another one', async (t) => {
  const storage = telling()
  const { listen, mount } = await scene(t, storage)
  const [one, other] = [recorder(), recorder()]
  const watch = (await listen(one))!
  await listen(other)
  watch.remove(one)
  watch.remove(one)
  t.is(storage.listeners.size, 1)
  watch.remove(other)
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
  t.not(await listen(one), watch)
  t.is(storage.listeners.size, 1)
})

test('ten thousand listeners that are added and removed leave nothing behind', async (t) => {
  const storage = telling()
  const { listen, mount } = await scene(t, storage)
  for (let times = 0; times < 10_000; times++) {
    const one = recorder()
    const watch = await listen(one)
    watch!.remove(one)
  }
  t.is(storage.watches, 10_000)
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
})

test('a listener that is removed while others wait for the start does not end the watch', async (t) => {
  const storage = telling()
  const { listen } = await scene(t, storage)
  const [one, other] = [recorder(), recorder()]
  const [first, second] = [listen(one), listen(other)]
  void first.then((watch) => watch!.remove(one))
  t.is((await second)?.session.row?.record.version, 1)
  await settled()
  t.is(storage.listeners.size, 1)
})

test('a listener that is added while the last one is removed hears of changes', async (t) => {
  const storage = telling()
  const { listen, write, mount } = await scene(t, storage)
  const [one, other] = [recorder(), recorder()]
  const watch = (await listen(one))!
  const coming = listen(other)
  watch.remove(one)
  t.is(await coming, watch)
  watch.accept(await write())
  t.deepEqual(other.told, ['version 2'])
  watch.remove(other)
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
})

for (const trouble of ['throws', 'rejects'] as const) {
  test(`a start whose read ${trouble} fails for all that wait for it, leaves nothing, and the next start works`, async (t) => {
    const storage = telling()
    const { listen, mount, clock } = await scene(t, storage)
    storage.break(trouble, 'read')
    const waiting = Array.from({ length: 10 }, () => listen(recorder()))
    for (const one of waiting) await t.throwsAsync(one, { code: 'ERR_SESSION_STORAGE' })
    t.is(storage.watches, 1)
    t.is(storage.listeners.size, 0)
    t.is(mount.watches.size, 0)
    storage.mend()
    // A read that failed keeps the next ones away for so long.
    clock.advance(1000)
    t.truthy(await listen(recorder()))
    t.is(storage.listeners.size, 1)
  })
}

test('a later listener sees the current state, and never one older than it has read', async (t) => {
  const storage = telling()
  const { listen, write, session: first } = await scene(t, storage)
  const [one, two, three] = [recorder(), recorder(), recorder()]
  const watch = (await listen(one))!
  // Another process writes, and its message is still under way.
  const second = await write()
  t.is(versionOf(watch.session), 1)
  await listen(two, second)
  t.is(versionOf(watch.session), 2)
  t.deepEqual(one.told, ['version 2'], 'so that the others know it, too')
  t.deepEqual(two.told, [])
  // A request that was slow has read less than is known by now.
  await listen(three, first)
  t.is(versionOf(watch.session), 2)
  t.deepEqual([one.told.length, two.told, three.told], [1, [], []])
})

test('each listener hears of the end once, and one that is added meanwhile finds no session', async (t) => {
  const storage = telling()
  const { listen, destroy, key, mount } = await scene(t, storage)
  let during: ReturnType<typeof listen> | undefined
  const recorders = Array.from({ length: 100 }, () => recorder())
  const late = recorder()
  const asking: WatchListener = recorder({ gone: () => void (during = listen(late)) })
  await Promise.all([...recorders.slice(0, 50), asking, ...recorders.slice(50)].map((one) => listen(one)))
  await destroy()
  for (const listener of storage.ever) {
    listener(key, 'gone')
    listener(key, 'gone')
    listener(key, 'changed')
  }
  await settled()
  mount.watches.close()
  t.true(recorders.every(({ told }) => told.join() === 'ended'))
  t.is(await during, null)
  t.deepEqual(late.told, [])
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
})

test('a session that ends during the start is gone for all that wait', async (t) => {
  const storage = telling()
  const { listen, destroy, mount } = await scene(t, storage)
  const reading = storage.hold('read')
  const waiting = [listen(recorder()), listen(recorder())]
  await reading.reached
  await destroy()
  reading.open()
  t.deepEqual(await Promise.all(waiting), [null, null])
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
})

test('a listener that throws, and one whose report throws, do not keep others from being called', async (t) => {
  const storage = telling()
  const { listen, write, destroy, key } = await scene(t, storage)
  const thrown = () => {
    throw new Error('a listener')
  }
  const bad = recorder({ changed: thrown, gone: thrown })
  const worse = recorder({ changed: thrown, gone: thrown, report: thrown })
  const good = [recorder(), recorder()]
  for (const one of [good[0]!, bad, worse, good[1]!]) await listen(one)
  const listener = storage.ever[0]!
  const watch = (await listen(recorder()))!
  t.throws(() => watch.accept({ ...watch.session, expiresAt: watch.session.expiresAt + 1 }))
  await write()
  await destroy()
  t.throws(() => listener(key, 'gone'), { message: 'a listener' }, 'only the error of the last report is thrown')
  t.deepEqual(
    good.map(({ told }) => told),
    [
      ['version 1', 'ended'],
      ['version 1', 'ended'],
    ],
  )
  t.deepEqual(bad.told, ['Error: a listener', 'Error: a listener'])
})

test('a removed listener is not called, even if another listener has just removed it', async (t) => {
  const storage = telling()
  const { listen, write } = await scene(t, storage)
  const second = recorder()
  const first = recorder({ changed: () => watch.remove(second) })
  const watch = (await listen(first))!
  await listen(second)
  watch.accept(await write())
  t.deepEqual(second.told, [])
})

test('if a listener ends the session during a change, no listener hears of the change after the end', async (t) => {
  const storage = telling()
  const { listen, write } = await scene(t, storage)
  const first = recorder({ changed: () => watch.accept('gone') })
  const second = recorder()
  const watch = (await listen(first))!
  await listen(second)
  watch.accept(await write())
  t.deepEqual(second.told, ['ended'])
})

test('messages for other keys, of unknown kinds, and after the last listener was removed, change nothing', async (t) => {
  const storage = telling()
  const { listen, key, mount } = await scene(t, storage)
  const one = recorder()
  const watch = (await listen(one))!
  const [listener] = storage.ever as [Listener]
  const reads = storage.count('read')
  listener('another key', 'gone')
  listener(undefined as never, 'gone')
  t.is(storage.count('read'), reads)
  listener(key, 'soon' as never)
  listener(key, undefined as never)
  await settled()
  t.deepEqual(one.told, [])
  watch.remove(one)
  const after = storage.count('read')
  listener(key, 'changed')
  listener(key, 'gone')
  await settled()
  t.is(storage.count('read'), after)
  t.false(watch.isGone)
  t.is(mount.watches.size, 0)
})

for (const [what, watch] of [
  [
    'throws at once',
    () => {
      throw new Error('no watch')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no watch'))],
  ['gives nothing', () => Promise.resolve()],
  ['gives no function', () => Promise.resolve({ stop: true })],
  ['hangs', () => new Promise(() => {})],
] as const) {
  test(`a watch that ${what} is a storage error for all that wait, and leaves nothing`, async (t) => {
    const storage = controlledStorage(memoryStorage({ clock: manualClock() }))
    storage.watch = watch as never
    const { listen, mount } = await scene(t, storage)
    for (const one of [listen(recorder()), listen(recorder())])
      await t.throwsAsync(one, { code: 'ERR_SESSION_STORAGE' })
    t.is(mount.watches.size, 0)
  })
}

for (const [what, unwatch] of [
  [
    'throws',
    () => {
      throw new Error('no end')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no end'))],
  ['gives no promise', () => 1],
  ['hangs', () => new Promise(() => {})],
] as const) {
  test(`an unwatch that ${what} does not keep listeners from being called`, async (t) => {
    const storage = controlledStorage(memoryStorage({ clock: manualClock() }))
    storage.watch = (async () => unwatch) as never
    const { listen, mount } = await scene(t, storage)
    const [one, other] = [recorder(), recorder()]
    const watch = (await listen(one))!
    await listen(other)
    watch.accept('gone')
    t.deepEqual([one.told, other.told], [['ended'], ['ended']])
    t.is(mount.watches.size, 0)
    await settled()
  })
}

test('closing ends each watch once, also one that is starting', async (t) => {
  const storage = telling()
  const { listen, mount } = await scene(t, storage)
  const one = recorder()
  await listen(one)
  const reading = storage.hold('read')
  const { mounted, session } = await scene(t, storage)
  const starting = mount.watches.listen(mounted, session, recorder())
  await reading.reached
  mount.watches.close()
  mount.watches.close()
  reading.open()
  await t.throwsAsync(starting, { code: 'ERR_SESSION_STORAGE' })
  t.deepEqual(one.told, ['closed'])
  t.is(storage.listeners.size, 0)
  t.is(mount.watches.size, 0)
})

test('one renewal runs at a time, and none within a second of a failure', async (t) => {
  const { listen, clock } = await scene(t, telling())
  const watch = (await listen(recorder()))!
  let works = 0
  const work = async () => void works++
  await Promise.all([watch.renewal.run(work), watch.renewal.run(work), watch.renewal.run(work)])
  t.is(works, 1)
  const failing = () => Promise.reject(new Error('down'))
  await t.throwsAsync(watch.renewal.run(failing), { message: 'down' })
  clock.advance(999)
  await watch.renewal.run(work)
  t.is(works, 1)
  clock.advance(1)
  await watch.renewal.run(work)
  t.is(works, 2)
})
