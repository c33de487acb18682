import { mock } from 'node:test'
import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, type CookieSessionOptions, type SessionStorage } from 'koa-typed-sessions'
import { manualClock, type ManualClock } from 'koa-typed-sessions/testing'
import type { SessionWatch } from '../../lib/mount/session-watch.ts'
import type { WatchListener } from '../../lib/mount/watch-listeners.ts'
import { Mount } from '../../lib/mount/mount.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import type { FoundSession } from '../../lib/contracts/tracker.ts'
import type { MountedSession } from '../../lib/definition/mounted-session.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { controlledStorage } from '../support/controlled-storage.ts'

interface User {
  count: number
}

/** One listener of the session. */
interface Listening {
  readonly watch: SessionWatch
  stop(): void
}

interface Scene {
  readonly clock: ManualClock
  readonly mount: Mount
  readonly mounted: MountedSession
  readonly session: FoundSession
  /** The calls of the listener. */
  readonly told: string[]
  /** Lets that many milliseconds pass, for the clock and for the timers. */
  pass(milliseconds: number): Promise<void>
  listen(): Promise<Listening | null>
  /** Writes the session as another request does. */
  write(): Promise<void>
}

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.afterEach.always(() => mock.timers.reset())

/** How many timers stand: set from now on, and neither fired nor cleared. */
function timersCounted(t: ExecutionContext): () => number {
  const standing = new Set<unknown>()
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis
  t.teardown(() => Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval }))
  Object.assign(globalThis, {
    setInterval(call: () => void, delay: number) {
      const timer = setInterval(call, delay)
      standing.add(timer)
      return timer
    },
    clearInterval(timer: NodeJS.Timeout | undefined) {
      standing.delete(timer)
      clearInterval(timer)
    },
    setTimeout(call: () => void, delay: number) {
      const timer = setTimeout(() => {
        standing.delete(timer)
        call()
      }, delay)
      standing.add(timer)
      return timer
    },
    clearTimeout(timer: NodeJS.Timeout | undefined) {
      standing.delete(timer)
      clearTimeout(timer)
    },
  })
  return () => standing.size
}

async function scene(
  make: (clock: ManualClock) => SessionStorage,
  options: CookieSessionOptions<User> = {},
): Promise<Scene> {
  const clock = manualClock()
  const definition = cookie<User>('user', { storage: make(clock), ...options })
  const mount = new Mount([definition], clock, pooledRandom(), sign(['a key of the specs, long enough for anything']))
  const mounted = mount.get(definition)
  const { tracker } = mounted
  const change = (from: FoundSession | null, count: number) => ({
    now: clock(),
    text: mounted.codec.write({ count }),
    createdAt: clock(),
    expiresAt: clock() + (mounted.lifetimes.idleTimeout ?? 0),
    subject: undefined,
    from,
    id: from ? undefined : mounted.newId({} as never),
    newId: () => undefined,
    login: false,
    keepOld: false,
  })
  let session = (await tracker.save(change(null, 0))) as FoundSession
  const told: string[] = []
  return {
    clock,
    mount,
    mounted,
    get session() {
      return session
    },
    told,
    async pass(milliseconds) {
      clock.advance(milliseconds)
      mock.timers.tick(milliseconds)
      await settled()
    },
    async listen() {
      const listener: WatchListener = {
        changed: (now) =>
          told.push(`changed to ${now.row?.record.version}, until ${now.expiresAt - session.createdAt}`),
        gone: (reason) => told.push(reason),
        closed: () => told.push('closed'),
        report: (error) => told.push(String(error)),
      }
      const watch = await mount.watches.listen(mounted, session, listener)
      return watch && { watch, stop: () => watch.remove(listener) }
    },
    async write() {
      session = (await tracker.save({ ...change(session, 1), createdAt: session.createdAt })) as FoundSession
    },
  }
}

/** Until nothing that needs no timer is left to do. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}

const HOUR = 3_600_000

test.serial('if the storage reports changes, the listener hears of one at once', async (t) => {
  const { listen, write, told } = await scene((clock) => memoryStorage({ clock }))
  const watch = await listen()
  await write()
  await settled()
  t.is(told.length, 1)
  t.true(told[0]?.startsWith('changed to 2'))
  watch!.stop()
})

test.serial('a change that such a storage does not report is seen within 25 s', async (t) => {
  const { listen, write, told, pass } = await scene((clock) =>
    Object.assign(controlledStorage(memoryStorage({ clock })), { watch: async () => async () => {} }),
  )
  const watch = await listen()
  await write()
  await pass(24_999)
  t.deepEqual(told, [])
  await pass(1)
  t.is(told.length, 1)
  watch!.stop()
})

test.serial('a storage without watch is read every 500 ms', async (t) => {
  const { listen, write, told, pass } = await scene((clock) => controlledStorage(memoryStorage({ clock })))
  const watch = await listen()
  await write()
  await pass(499)
  t.deepEqual(told, [])
  await pass(1)
  t.is(told.length, 1)
  await pass(500)
  t.is(told.length, 1)
  watch!.stop()
})

test.serial('the session ends at its deadline, and not a millisecond before', async (t) => {
  const { listen, told, pass, mount } = await scene((clock) => memoryStorage({ clock }), { idleTimeout: '40d' })
  await listen()
  await pass(30 * 24 * HOUR - 1)
  t.deepEqual(told, [])
  // The absolute one, which no message announces.
  await pass(1)
  t.deepEqual(told, ['expired'])
  t.is(mount.watches.size, 0)
})

test.serial('a session that was renewed meanwhile lasts until its new deadline', async (t) => {
  const { listen, told, pass, mounted, session } = await scene((clock) => memoryStorage({ clock }), {
    idleTimeout: '10s',
  })
  const watch = await listen()
  await pass(9000)
  await mounted.tracker.renew(session, session.expiresAt + 9000)
  await pass(1000)
  t.deepEqual(told, ['changed to 1, until 19000'])
  t.is(watch!.watch.session.expiresAt, session.expiresAt + 9000)
  await pass(9000)
  t.deepEqual(told.slice(1), ['expired'])
})

test.serial('a failing storage ends no session: it is read again, and a missed change is reported', async (t) => {
  let control!: ReturnType<typeof controlledStorage>
  const { listen, write, told, pass } = await scene((clock) => (control = controlledStorage(memoryStorage({ clock }))))
  const watch = await listen()
  control.break('rejects', 'read')
  for (let times = 0; times < 5; times++) await pass(500)
  t.deepEqual(told, [])
  control.mend()
  await write()
  await pass(1000)
  t.is(told.length, 1)
  watch!.stop()
})

test.serial('a session that cannot be read is gone when its known deadline has passed, and not before', async (t) => {
  let control!: ReturnType<typeof controlledStorage>
  const { listen, told, pass } = await scene((clock) => (control = controlledStorage(memoryStorage({ clock }))), {
    idleTimeout: '10s',
  })
  await listen()
  control.break('rejects', 'read')
  for (let times = 0; times < 19; times++) await pass(500)
  t.deepEqual(told, [])
  await pass(500)
  t.deepEqual(told, ['expired'])
})

test.serial('a change between the watch and the read is not missed', async (t) => {
  let control!: ReturnType<typeof controlledStorage>
  const { listen, write, told, mounted, session, mount } = await scene((clock) => {
    const engine = memoryStorage({ clock })
    control = controlledStorage(engine)
    return Object.assign(control, { watch: engine.watch!.bind(engine) })
  })
  const reading = control.hold('read')
  const starting = listen()
  await reading.reached
  await write()
  reading.open()
  const watch = await starting
  await settled()
  t.is(watch!.watch.session.row?.record.version, 2)
  t.deepEqual(told, [])
  watch!.stop()

  const again = control.hold('read')
  const second = listen()
  await again.reached
  await mounted.tracker.destroy(session.row!.id, null)
  again.open()
  t.is(await second, null)
  t.deepEqual(told, [])
  t.is(mount.watches.size, 0)
})

test.serial('answers that arrive out of order never bring an older state back', async (t) => {
  const { listen, write, told, session } = await scene((clock) => controlledStorage(memoryStorage({ clock })))
  const watch = await listen()
  await write()
  await watch!.watch.current()
  watch!.watch.accept(session)
  t.is(watch!.watch.session.row?.record.version, 2)
  t.is(told.length, 1)
  watch!.stop()
})

test.serial('the end is reported once, however often it is seen', async (t) => {
  const { listen, told, mounted, session, mount } = await scene((clock) => memoryStorage({ clock }))
  const watch = await listen()
  await mounted.tracker.destroy(session.row!.id, null)
  await settled()
  watch!.watch.accept('gone')
  mount.watches.close()
  await settled()
  t.deepEqual(told, ['ended'])
  t.is(await watch!.watch.current(), null)
  t.true(watch!.watch.isGone)
})

test.serial(
  'a stopped watch calls no listener, watches nothing and holds no timer, even if the storage watch comes after the stop',
  async (t) => {
    mock.timers.reset()
    const timers = timersCounted(t)
    let watching = 0
    let answer: () => void = () => {}
    const { listen, told, mount, mounted, session } = await scene((clock) =>
      Object.assign(controlledStorage(memoryStorage({ clock })), {
        watch: () =>
          new Promise<() => Promise<void>>((resolve) => {
            answer = () => {
              watching++
              resolve(async () => void watching--)
            }
          }),
      }),
    )
    const starting = listen()
    await settled()
    answer()
    const watch = await starting
    t.is(watching, 1)
    t.is(mount.watches.size, 1)
    t.is(timers(), 2, 'one for the next look, and one for the signs of life')
    watch!.stop()
    t.is(watching, 0)
    t.is(mount.watches.size, 0)
    t.is(timers(), 0)

    const second = listen()
    await settled()
    t.is(mount.watches.size, 1)
    mount.watches.close()
    answer()
    await t.throwsAsync(second, { code: 'ERR_SESSION_STORAGE' })
    t.is(watching, 0)
    t.is(timers(), 0)
    await mounted.tracker.destroy(session.row!.id, null)
    await settled()
    t.deepEqual(told, [])
  },
)

test.serial('closing the middleware tells the listeners, and no session can be watched afterwards', async (t) => {
  const { listen, told, mount } = await scene((clock) => memoryStorage({ clock }))
  await listen()
  mount.watches.close()
  mount.watches.close()
  t.deepEqual(told, ['closed'])
  await t.throwsAsync(listen, { code: 'ERR_SESSION_STORAGE' })
  t.is(mount.watches.size, 0)
})

test.serial('a failing unwatch does no harm', async (t) => {
  const { listen } = await scene((clock) =>
    Object.assign(controlledStorage(memoryStorage({ clock })), {
      watch: async () => () => Promise.reject(new Error('the line is dead')),
    }),
  )
  ;(await listen())!.stop()
  await settled()
  t.pass()
})
