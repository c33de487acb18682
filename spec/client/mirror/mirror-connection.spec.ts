import test, { type ExecutionContext } from 'ava'
import { autorun, flush, type ConnectSessionOptions } from 'koa-typed-sessions/client'
import { MirrorConnection } from '../../../lib/client/mirror/mirror-connection.ts'
import { toCanonicalText } from '../../../lib/wire/canonical-text.ts'
import { Browser, gone, settled, snapshot, type Tab } from '../_browser.ts'
import { calls, reported } from '../_stage.ts'

interface Account {
  user: string
  role: string
  items: number
}

const ADA = { user: 'ada', role: 'admin', items: 1 }
const EVE = { user: 'eve', role: 'guest', items: 2 }

async function connect(
  t: ExecutionContext,
  tab: Tab,
  options: ConnectSessionOptions = {},
): Promise<MirrorConnection<Account>> {
  const session = new MirrorConnection<Account>('/session', options, tab)
  t.teardown(() => session.close())
  await settled()
  return session
}

/** A tab whose stream has begun, and has shown what Ada's session shows. */
async function live(t: ExecutionContext, browser = new Browser(), options: ConnectSessionOptions = {}) {
  const tab = browser.tab()
  const session = await connect(t, tab, options)
  const request = browser.next()
  await request.send(snapshot(browser, ADA))
  t.is(session.status, 'live')
  return { browser, tab, session, request }
}

const state = (session: MirrorConnection<Account>) => [session.status, session.getSnapshot()?.user]

test.serial('a mirror is pending until the server has answered, and then live', async (t) => {
  const browser = new Browser()
  const session = await connect(t, browser.tab())
  t.is(session.status, 'pending')
  t.is(session.getSnapshot(), undefined)
  const request = browser.next()
  t.is(request.url, '/session')
  t.is(request.headers['Accept'], 'text/event-stream')
  await request.send(snapshot(browser, ADA))
  t.is(session.status, 'live')
  t.deepEqual(session.getSnapshot(), ADA)
  t.is(session.get('user'), 'ada')
  t.true(session.equals('role', 'admin'))
})

test.serial('a change runs those alone who have asked for what has changed, once', async (t) => {
  const { browser, session, request } = await live(t)
  const [seen, see] = calls<unknown>()
  autorun(() => see(['user', session.get('user')]))
  autorun(() => see(['admin', session.equals('role', 'admin')]))
  autorun(() => see(['guest', session.equals('role', 'guest')]))
  autorun(() => see(['items', session.get('items')]))
  seen.length = 0
  await request.send(snapshot(browser, { ...ADA, items: 2 }, { version: 2 }))
  t.deepEqual(seen.splice(0), [['items', 2]])
  await request.send(snapshot(browser, { ...ADA, items: 2 }, { version: 3 }))
  t.deepEqual(seen.splice(0), [])
  await request.send(gone())
  t.deepEqual(seen.map(String).sort(), ['admin,false', 'items,', 'user,'])
})

test.serial('what is shown is frozen, and the same object while it does not change', async (t) => {
  const { browser, session, request } = await live(t)
  const { getSnapshot, subscribe } = session
  const before = getSnapshot()
  await request.send(snapshot(browser, ADA, { version: 2 }))
  t.is(getSnapshot(), before)
  t.throws(() => ((before as { user: string }).user = 'eve'), { instanceOf: TypeError })
  const [seen, see] = calls<unknown>()
  t.teardown(subscribe(see))
  t.is(seen[0], before)
  await request.end()
  t.is(session.status, 'stale')
  t.deepEqual(seen, [before, before], 'told of the status too')
})

test.serial('a session that shows nothing is another thing than none', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(snapshot(browser, {}, { version: 2 }))
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.all()))
  await request.send(gone())
  t.deepEqual(seen, [{}, undefined])
})

test.serial('an older version is no news', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(snapshot(browser, { ...ADA, items: 5 }, { version: 5 }))
  await request.send(snapshot(browser, { ...ADA, items: 4 }, { version: 4 }))
  t.is(session.get('items'), 5)
})

test.serial(
  'when the session ends its data is dropped at once, and the server is asked again, and once more',
  async (t) => {
    const { browser, session, request } = await live(t)
    await request.send(gone())
    t.deepEqual(state(session), ['gone', undefined])
    t.true(request.isAborted)
    await browser.next().status(204)
    t.deepEqual(state(session), ['gone', undefined])
    await browser.advance(999)
    t.deepEqual(browser.requests, [])
    await browser.advance(1)
    await browser.next().status(204)
    await browser.advance(86_400_000)
    t.deepEqual(browser.requests, [])
    t.is(browser.timers, 0)
  },
)

test.serial('a session that has got another id is shown again', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(gone())
  await browser.next().send(snapshot(browser, ADA, { version: 2 }))
  t.deepEqual(state(session), ['live', 'ada'])
})

test.serial('an answer that was under way at the sign-out never signs in again', async (t) => {
  const browser = new Browser()
  const [tab, other] = [browser.tab(), browser.tab()]
  const session = await connect(t, tab)
  const leader = browser.next()
  await leader.send(snapshot(browser, ADA))
  const second = await connect(t, other)
  t.deepEqual(state(second), ['live', 'ada'])
  browser.time += 10
  await leader.send(gone())
  // What another tab had asked before.
  const [channel] = browser.channels.values()
  const frame = snapshot(browser, ADA, { version: 9 })
  for (const { postMessage } of [...channel!].slice(0, 1).map((one) => ({ postMessage: one.postMessage.bind(one) }))) {
    postMessage({ tell: 'live', text: toCanonicalText(frame.data), at: browser.time - 5 })
  }
  await settled()
  t.deepEqual(
    [state(session), state(second)],
    [
      ['gone', undefined],
      ['gone', undefined],
    ],
  )
})

test.serial('a storage that has lost the last writes is believed at the next connection', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(snapshot(browser, { ...ADA, items: 9 }, { version: 9 }))
  await request.end()
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, { ...ADA, items: 7 }, { version: 7 }))
  t.deepEqual([session.status, session.get('items')], ['live', 7])
})

test.serial('a clock that is set back deafens no mirror', async (t) => {
  const { browser, session, request } = await live(t)
  browser.time -= 500_000
  await request.end()
  await browser.advance(1_000)
  await browser.next().status(204)
  t.is(session.status, 'gone')
  session.refresh()
  await settled()
  await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(state(session), ['live', 'eve'])
})

test.serial('a node whose clock is behind that of the one before is as good', async (t) => {
  const { browser, session, request } = await live(t)
  await request.end()
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, ADA, { now: browser.time - 60_000 }))
  t.is(session.status, 'live')
})

test.serial('the end of a session that is not shown is none of this one', async (t) => {
  const { session, request } = await live(t)
  await request.send(gone('another'))
  t.deepEqual(state(session), ['live', 'ada'])
})

test.serial('another user: nobody sees one name beside the data of the other', async (t) => {
  const [changes, change] = calls<unknown>()
  const { browser, session, request } = await live(t, new Browser(), {
    onIdentityChange: () => change(session.get('user')),
  })
  const [seen, see] = calls<unknown>()
  autorun(() => see([session.get('user'), session.get('role'), session.all(), session.status]))
  autorun((computation) => computation.onInvalidate(() => see(session.getSnapshot())))
  seen.length = 0
  await request.send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(seen, [['eve', 'guest', EVE, 'live']])
  t.deepEqual(changes, ['eve'])
})

test.serial(
  'the identity has changed too where a sign-out was between, and has not where one user came back',
  async (t) => {
    const [changes, change] = calls<void>()
    const { browser, request } = await live(t, new Browser(), { onIdentityChange: () => change() })
    await request.send(gone())
    const again = browser.next()
    await again.send(snapshot(browser, ADA, { session: 'A2' }))
    t.is(changes.length, 0)
    await browser.advance(5_001)
    await again.send(gone('A2'))
    await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
    t.is(changes.length, 1)
  },
)

test.serial('an onIdentityChange that throws is reported, and the mirror goes on', async (t) => {
  const errors = reported(t)
  const { browser, session, request } = await live(t, new Browser(), {
    onIdentityChange: () => {
      throw new Error('mine')
    },
  })
  await request.send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  await request.send(snapshot(browser, { ...EVE, items: 9 }, { session: 'E', subject: 'eve', version: 2 }))
  t.is(session.get('items'), 9)
  t.deepEqual(errors, [new Error('mine')])
})

for (const status of [204, 401, 403]) {
  test.serial(`an answer of ${status} says that there is no session, and nothing is asked until a hint`, async (t) => {
    const browser = new Browser()
    const tab = browser.tab()
    const session = await connect(t, tab)
    await browser.next().status(status)
    t.is(session.status, 'gone')
    await browser.advance(86_400_000)
    t.deepEqual(browser.requests, [])
    session.refresh()
    await settled()
    await browser.next().send(snapshot(browser, ADA))
    t.is(session.status, 'live')
  })
}

test.serial('a redirect, as to a login page, says so too', async (t) => {
  const browser = new Browser()
  const session = await connect(t, browser.tab())
  await browser.next().status(0, 'opaqueredirect')
  t.is(session.status, 'gone')
})

for (const [what, answer] of [
  ['503', (browser: Browser) => browser.next().status(503)],
  ['404', (browser: Browser) => browser.next().status(404)],
  ['429', (browser: Browser) => browser.next().status(429)],
  ['a network error', (browser: Browser) => browser.next().networkError()],
  [
    'a page of something else',
    async (browser: Browser) => {
      const request = browser.next()
      await request.text('<!doctype html>\n\n<p>Welcome</p>\n\n')
      await request.end()
    },
  ],
] as const) {
  test.serial(`after ${what} it is tried again for ever, in pauses that grow up to half a minute`, async (t) => {
    const { browser, session, request } = await live(t)
    await request.end()
    t.deepEqual(state(session), ['stale', 'ada'])
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      await browser.advance(pause * 1_000 - 1)
      t.deepEqual(browser.requests, [], `${pause}`)
      await browser.advance(1)
      await answer(browser)
      t.deepEqual(state(session), ['stale', 'ada'])
    }
    await browser.advance(30_000)
    await browser.next().send(snapshot(browser, ADA))
    t.deepEqual(state(session), ['live', 'ada'])
  })
}

test.serial('what an error answers with is not believed, whatever it looks like', async (t) => {
  const browser = new Browser()
  const session = await connect(t, browser.tab())
  const request = browser.next()
  request.streamStatus = 503
  await request.send(snapshot(browser, ADA))
  t.deepEqual(state(session), ['stale', undefined])
  t.true(request.isAborted)
})

test.serial('the pause is a random share of its bound, and the bounds are the app’s', async (t) => {
  const browser = new Browser()
  browser.random = 0.5
  await connect(t, browser.tab(), { retry: { min: 100, max: 300 } })
  for (const pause of [50, 100, 150, 150]) {
    await browser.next().status(503)
    await browser.advance(pause - 1)
    t.deepEqual(browser.requests, [])
    await browser.advance(1)
  }
  t.is(browser.requests.length, 1)
})

test.serial('after a connection that has lasted for more than five seconds the pauses begin anew', async (t) => {
  const { browser, request } = await live(t)
  await request.end()
  for (const pause of [1_000, 2_000, 4_000]) {
    await browser.advance(pause)
    if (pause < 4_000) await browser.next().status(503)
  }
  const again = browser.next()
  await again.send(snapshot(browser, ADA))
  await browser.advance(5_001)
  await again.end()
  await browser.advance(1_000)
  t.is(browser.requests.length, 1)
})

for (const [what, answer] of [
  ['shows the session and ends', (browser: Browser) => [snapshot(browser, ADA)]],
  ['says that the session has ended', () => [gone()]],
  ['shows the session and says that it has ended', (browser: Browser) => [snapshot(browser, ADA), gone()]],
  ['shows what has expired', (browser: Browser) => [snapshot(browser, ADA, { expiresAt: browser.time - 10_000 })]],
] as const) {
  test.serial(`a server that ${what}, again and again, is asked ever more seldom`, async (t) => {
    const browser = new Browser()
    await connect(t, browser.tab())
    let requests = 0
    for (let second = 0; second < 300; second++) {
      for (let each = 0; each < 100 && browser.requests.length > 0; each++) {
        requests++
        const request = browser.next()
        await request.send(...answer(browser))
        if (!request.isAborted) await request.end()
      }
      await browser.advance(1_000)
    }
    t.true(requests > 5 && requests < 20, `${requests} requests in five minutes`)
  })
}

test.serial('a server that restarts is a pause, and no watcher runs where nothing has changed', async (t) => {
  const { browser, session, request } = await live(t)
  let runs = 0
  autorun(() => {
    session.all()
    session.get('user')
    runs++
  })
  await request.networkError()
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.status, 'live')
  t.is(runs, 1)
})

test.serial('a 503 while the server is asked once more after the end is no end of asking', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(gone())
  await browser.next().status(503)
  t.deepEqual(state(session), ['gone', undefined])
  await browser.advance(2_000)
  await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(state(session), ['live', 'eve'])
})

test.serial('a stream without a sign of life for two and a half heartbeats is given up', async (t) => {
  const { browser, session, request } = await live(t)
  for (let beat = 0; beat < 4; beat++) {
    await browser.advance(25_000)
    await request.beat()
  }
  await browser.advance(62_499)
  t.is(session.status, 'live')
  await browser.advance(1)
  t.is(session.status, 'stale')
  t.true(request.isAborted)
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.status, 'live')
})

test.serial('a server that never answers is given up, too', async (t) => {
  const browser = new Browser()
  const session = await connect(t, browser.tab())
  const request = browser.next()
  await browser.advance(62_500)
  t.true(request.isAborted)
  t.is(session.status, 'stale')
})

test.serial('what comes from a stream that was given up is not listened to', async (t) => {
  const { browser, session, request } = await live(t)
  // It has come in, and nobody has read it yet.
  const sent = request.send(snapshot(browser, { ...ADA, items: 99 }, { version: 99 }))
  session.refresh()
  await sent
  t.true(request.isAborted)
  t.is(session.get('items'), 1)
})

test.serial('without a network the mirror is stale at once, and is live again as soon as there is one', async (t) => {
  const { browser, tab, session, request } = await live(t)
  await tab.dispatch('offline')
  t.deepEqual(state(session), ['stale', 'ada'])
  t.true(request.isAborted)
  await tab.dispatch('online')
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.status, 'live')
})

test.serial('a page that is looked at again asks where it is not live, and only there', async (t) => {
  const { browser, tab, session, request } = await live(t)
  await tab.dispatch('visibilitychange')
  t.deepEqual(browser.requests, [])
  await request.send(gone())
  await browser.next().status(204)
  await browser.advance(1_000)
  await browser.next().status(204)
  tab.document.visibilityState = 'hidden'
  await tab.dispatch('visibilitychange')
  t.deepEqual(browser.requests, [])
  tab.document.visibilityState = 'visible'
  await tab.dispatch('visibilitychange')
  await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(state(session), ['live', 'eve'])
})

test.serial('what has expired is not shown, though the server cannot say so, and is asked for', async (t) => {
  const browser = new Browser()
  const { session, request } = await live(t, browser)
  await request.send(snapshot(browser, ADA, { version: 2, expiresAt: browser.time + 60_000 }))
  await browser.advance(61_999)
  t.deepEqual(state(session), ['live', 'ada'])
  await browser.advance(1)
  t.deepEqual(state(session), ['stale', undefined])
  await browser.next().status(204)
  t.deepEqual(state(session), ['gone', undefined])
})

test.serial('the expiry is by the server’s clock, however wrong the browser’s is', async (t) => {
  const browser = new Browser()
  const { session, request } = await live(t, browser)
  await request.send(snapshot(browser, ADA, { version: 2, now: 5_000_000_000, expiresAt: 5_000_060_000 }))
  await browser.advance(61_999)
  t.is(session.status, 'live')
  await browser.advance(1)
  t.is(session.status, 'stale')
})

test.serial('what has expired while the laptop slept is not shown, also without a network', async (t) => {
  const { browser, tab, session } = await live(t)
  await tab.dispatch('offline')
  browser.drift += 8 * 3_600_000
  t.deepEqual(state(session), ['stale', 'ada'])
  for (let minute = 0; minute < 2; minute++) {
    for (const request of browser.requests.splice(0)) await request.networkError()
    await browser.advance(30_000)
  }
  t.deepEqual(state(session), ['stale', undefined])
})

test.serial('a clock that is set back makes no session last longer', async (t) => {
  const { browser, session, request } = await live(t)
  await request.send(snapshot(browser, ADA, { version: 2, expiresAt: browser.time + 90_000 }))
  browser.drift -= 5 * 3_600_000
  await browser.advance(40_000)
  await request.beat()
  await browser.advance(51_999)
  t.deepEqual(state(session), ['live', 'ada'])
  await browser.advance(1)
  t.deepEqual(state(session), ['stale', undefined])
})

test.serial('a renewed session is shown for as long as it now may be', async (t) => {
  const browser = new Browser()
  const { session, request } = await live(t, browser)
  await request.send(snapshot(browser, ADA, { version: 2, expiresAt: browser.time + 30_000 }))
  await browser.advance(20_000)
  await request.send(snapshot(browser, ADA, { version: 2, expiresAt: browser.time + 50_000 }))
  await browser.advance(40_000)
  t.is(session.status, 'live')
})

for (const [what, expiresAt] of [
  ['in sixty days', 60 * 86_400_000],
  ['never', 8.64e15],
] as const) {
  test.serial(`a session that expires ${what} does not overflow a timer`, async (t) => {
    const browser = new Browser()
    const { session, request } = await live(t, browser)
    await request.send(snapshot(browser, ADA, { version: 2, expiresAt }))
    for (let beat = 0; beat < 5; beat++) {
      await browser.advance(25_000)
      await request.beat()
    }
    t.is(session.status, 'live')
  })
}

test.serial('what the page came with is shown at once, pending until the server confirms it', async (t) => {
  const browser = new Browser()
  const { data } = snapshot(browser, ADA)
  const session = await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  t.deepEqual(state(session), ['pending', 'ada'])
  let runs = 0
  autorun(() => {
    session.get('user')
    runs++
  })
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual(state(session), ['live', 'ada'])
  t.is(runs, 1)
})

for (const initial of ['', 'null', '{', '{"user":"eve"}', '<html>']) {
  test.serial(
    `a page that came with ${initial || 'nothing'} shows nothing until the server has answered`,
    async (t) => {
      const browser = new Browser()
      const session = await connect(t, browser.tab(), { initial })
      t.deepEqual(state(session), ['pending', undefined])
      await browser.next().status(204)
      t.deepEqual(state(session), ['gone', undefined])
    },
  )
}

test.serial(
  'the headers of a header session are asked for with each request, and such a mirror is not shared',
  async (t) => {
    const browser = new Browser()
    let token = 1
    await connect(t, browser.tab(), { headers: () => ({ 'X-Session': `${token++}` }) })
    await connect(t, browser.tab(), { headers: async () => ({ 'X-Session': 'other' }) })
    const first = browser.next()
    t.is(first.headers['X-Session'], '1')
    t.is(browser.next().headers['X-Session'], 'other')
    t.is(browser.channels.size, 0)
    await first.status(503)
    await browser.advance(1_000)
    t.is(browser.next().headers['X-Session'], '2')
  },
)

test.serial('headers that cannot be had are a lost connection', async (t) => {
  const browser = new Browser()
  let fails = true
  const session = await connect(t, browser.tab(), {
    headers: () => {
      if (fails) throw new Error('no token yet')
      return {}
    },
  })
  t.is(session.status, 'stale')
  fails = false
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.status, 'live')
})

test.serial('a page that may come back by the Back button shows nothing until the server has answered', async (t) => {
  const { browser, tab, session, request } = await live(t)
  await tab.dispatch('pagehide', { persisted: true })
  t.deepEqual(state(session), ['pending', undefined])
  t.true(request.isAborted)
  t.is([...browser.channels.values()][0]?.size, 0)
  t.deepEqual([...browser.locks.values()], [[]])
  await tab.dispatch('pageshow', { persisted: false })
  t.deepEqual(browser.requests, [])
  await tab.dispatch('pageshow', { persisted: true })
  t.deepEqual(state(session), ['pending', undefined])
  await browser.next().status(204)
  t.deepEqual(state(session), ['gone', undefined])
})

test.serial('a mirror that is closed holds nothing, and shows what it showed last as stale', async (t) => {
  const { browser, tab, session, request } = await live(t)
  session.close()
  await settled()
  t.deepEqual(state(session), ['stale', 'ada'])
  t.true(request.isAborted)
  t.is(tab.listeners, 0)
  t.is(browser.timers, 0)
  t.is([...browser.channels.values()][0]?.size, 0)
  t.deepEqual([...browser.locks.values()], [[]])
  session.refresh()
  await settled()
  t.is(browser.timers, 0)
  t.deepEqual(browser.requests, [])
})

test.serial('whoever closes or refreshes a mirror does not depend on it', async (t) => {
  const { browser, session, request } = await live(t)
  let runs = 0
  autorun(() => {
    runs++
    session.refresh()
    session.close()
  })
  await request.send(snapshot(browser, EVE))
  flush()
  t.is(runs, 1)
})

test.serial('where there is no page, as on a server, a mirror shows what it is given and does nothing', async (t) => {
  const browser = new Browser()
  const tab = browser.tab()
  const { data } = snapshot(browser, ADA)
  const { document: _, ...server } = {
    ...tab,
    fetch: tab.fetch.bind(tab),
    addEventListener: tab.addEventListener.bind(tab),
  }
  const session = new MirrorConnection<Account>('/session', { initial: toCanonicalText(data) }, server)
  await settled()
  t.deepEqual(state(session), ['pending', 'ada'])
  t.deepEqual(browser.requests, [])
  session.close()
  t.is(browser.timers, 0)
  flush()
})
