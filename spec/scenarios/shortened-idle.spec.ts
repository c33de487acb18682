// A release that shortens the idle timeout: sessions of the release before have the longer one no more.
import test from 'ava'
import { cookie, encrypt, header, memoryStorage, plain, seal, sessions, type SessionStorage } from 'koa-typed-sessions'
import { manualClock, type ManualClock } from '../../lib/testing/index.ts'
import type { Browser } from '../support/browser.ts'
import { KEYS, serveApp } from '../support/app.ts'

interface Visit {
  count: number
}

const MINUTE = 60_000
const DAY = 86_400_000

const KINDS = {
  'in memory': (clock: ManualClock) => ({ storage: memoryStorage({ clock }) }),
  signed: () => ({}),
  encrypted: () => ({ transform: encrypt({ keys: KEYS }) }),
  sealed: () => ({ transform: seal({ password: KEYS }) }),
  plain: () => ({ transform: plain() }),
} as const

type Kind = { readonly storage?: SessionStorage }
type Idle = { readonly idleTimeout: '7d' | '15m' | '1d' | null; readonly absoluteTimeout?: null }

for (const [kind, make] of Object.entries(KINDS)) {
  const releases = async (t: Parameters<typeof serveApp>[0]) => {
    const clock = manualClock()
    const options: Kind = make(clock)
    const release = async (idle: Idle) => {
      const Visits = cookie<Visit>('visits', { ...options, ...idle })
      return serveApp(
        t,
        [Visits],
        {
          '/in': (ctx) => ctx.sessions.set(Visits, { count: 1 }),
          '/own': (ctx) => void (ctx.sessions.open(Visits).idleTimeout = '5d'),
          '/': (ctx) => void (ctx.body = ctx.sessions.get(Visits)?.count ?? 'none'),
        },
        { clock },
      )
    }
    const move = (from: Browser, to: { browser(): Browser }): Browser => {
      const moved = to.browser()
      for (const [name, value] of from.cookies) moved.cookies.set(name, value)
      return moved
    }
    return { clock, release, move }
  }

  test(`a session that was idle for longer than the new timeout is over, a fresher one is not (${kind})`, async (t) => {
    const { clock, release, move } = await releases(t)
    const before = await release({ idleTimeout: '7d' })
    const after = await release({ idleTimeout: '15m' })
    const idle = before.browser()
    await idle.get('/in')
    clock.advance(6 * DAY)
    const fresh = before.browser()
    await fresh.get('/in')
    clock.advance(10 * MINUTE)
    t.is((await move(idle, after).get('/')).text, 'none')
    const used = move(fresh, after)
    t.is((await used.get('/')).text, '1')
    // It is renewed by the new timeout, again and again, and ends with it.
    for (let use = 0; use < 5; use++) {
      clock.advance(10 * MINUTE)
      t.is((await used.get('/')).text, '1', String(use))
    }
    clock.advance(15 * MINUTE)
    t.is((await used.get('/')).text, 'none')
  })

  test(`a longer timeout begins with the next use, and revives nothing (${kind})`, async (t) => {
    const { clock, release, move } = await releases(t)
    const before = await release({ idleTimeout: '15m' })
    const after = await release({ idleTimeout: '7d' })
    const last = await release({ idleTimeout: '1d' })
    const ended = before.browser()
    await ended.get('/in')
    const used = before.browser()
    clock.advance(10 * MINUTE)
    await used.get('/in')
    clock.advance(10 * MINUTE)
    t.is((await move(ended, after).get('/')).text, 'none')
    const longer = move(used, after)
    t.is((await longer.get('/')).text, '1')
    clock.advance(2 * DAY)
    t.is((await move(longer, last).get('/')).text, 'none', 'the timeout that it was renewed with counts')
    t.is((await longer.get('/')).text, '1')
  })

  test(`where there was no idle timeout before, it counts from the beginning of the session (${kind})`, async (t) => {
    const { clock, release, move } = await releases(t)
    const before = await release({ idleTimeout: null })
    const after = await release({ idleTimeout: '15m' })
    const [old, young] = [before.browser(), before.browser()]
    await old.get('/in')
    clock.advance(10 * MINUTE)
    await young.get('/in')
    clock.advance(5 * MINUTE)
    t.deepEqual([(await move(old, after).get('/')).text, (await move(young, after).get('/')).text], ['none', '1'])
  })

  if (kind !== 'plain') {
    test(`a session with an idle timeout of its own keeps that (${kind})`, async (t) => {
      const { clock, release, move } = await releases(t)
      const before = await release({ idleTimeout: '7d' })
      const after = await release({ idleTimeout: '15m' })
      const ada = before.browser()
      await ada.get('/in')
      await ada.get('/own')
      clock.advance(4 * DAY)
      t.is((await move(ada, after).get('/')).text, '1')
      clock.advance(5 * DAY)
      t.is((await move(ada, after).get('/')).text, 'none')
    })
  }
}

test('a list of devices leaves out what the shorter timeout has ended', async (t) => {
  const clock = manualClock()
  const storage = memoryStorage({ clock })
  const subject = ({ count }: Visit): string => String(count)
  const Before = cookie<Visit>('visits', { storage, subject, idleTimeout: '7d' })
  const After = cookie<Visit>('visits', { storage, subject, idleTimeout: '15m' })
  const { browser } = await serveApp(t, [Before], { '/in': (ctx) => ctx.sessions.set(Before, { count: 1 }) }, { clock })
  await browser().get('/in')
  clock.advance(10 * MINUTE)
  await browser().get('/in')
  clock.advance(10 * MINUTE)
  const middleware = sessions([After], { clock })
  const [device, ...others] = await middleware.list(After, '1')
  t.is(others.length, 0)
  t.is(device?.lastSeenAt, clock() - 10 * MINUTE)
  t.is(device?.expiresAt, clock() + 5 * MINUTE)
})

test('the same holds for a header', async (t) => {
  const clock = manualClock()
  const make = (idleTimeout: '7d' | '15m') => header<Visit>('X-Visits', { idleTimeout })
  const [Before, After] = [make('7d'), make('15m')]
  const before = await serveApp(t, [Before], { '/in': (ctx) => ctx.sessions.set(Before, { count: 1 }) }, { clock })
  const after = await serveApp(
    t,
    [After],
    { '/': (ctx) => void (ctx.body = ctx.sessions.get(After) ?? 'none') },
    { clock },
  )
  const token = (await before.browser().get('/in')).headers.get('x-visits') ?? ''
  const read = async (): Promise<string> => (await after.browser().get('/', { headers: { 'x-visits': token } })).text
  clock.advance(15 * MINUTE - 1)
  t.is(await read(), '{"count":1}')
  clock.advance(1)
  t.is(await read(), 'none')
})
