import test, { type ExecutionContext } from 'ava'
import type { ConnectSessionOptions } from 'koa-typed-sessions/client'
import { MirrorConnection } from '../../../lib/client/mirror/mirror-connection.ts'
import { frameText } from '../../../lib/wire/mirror-frame.ts'
import { toCanonicalText } from '../../../lib/wire/canonical-text.ts'
import { Browser, gone, settled, snapshot, type Tab } from '../_browser.ts'

interface Account {
  user: string
}

const ADA = { user: 'ada' }
const EVE = { user: 'eve' }

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

async function tabs(t: ExecutionContext, browser: Browser, count: number) {
  const opened: { tab: Tab; session: MirrorConnection<Account> }[] = []
  for (let index = 0; index < count; index++) {
    const tab = browser.tab()
    opened.push({ tab, session: await connect(t, tab) })
  }
  return opened
}

const states = (opened: readonly { session: MirrorConnection<Account> }[]) =>
  opened.map(({ session }) => `${session.status} ${session.getSnapshot()?.user ?? ''}`.trim())

const each = (count: number, text: string) => Array.from({ length: count }, () => text)

test('of seven tabs one has a stream, and all show the session', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 7)
  const stream = browser.next()
  await stream.send(snapshot(browser, ADA))
  t.deepEqual(states(opened), each(7, 'live ada'))
  await browser.advance(20_000)
  await stream.beat()
  t.is(browser.open.size, 1)
  t.deepEqual(browser.requests, [])
  await stream.send(gone())
  t.deepEqual(states(opened), each(7, 'gone'))
  await browser.next().status(204)
  await browser.advance(1_000)
  await browser.next().status(204)
  await browser.advance(86_400_000)
  t.deepEqual(browser.requests, [])
})

test('a server that is slow to answer has one request of all tabs', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 7)
  await browser.advance(40_000)
  t.is(browser.open.size, 1)
  t.deepEqual(states(opened), each(7, 'pending'))
})

test('while the server is down one tab tries, and the others are stale with it', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 3)
  await browser.next().send(snapshot(browser, ADA))
  await [...browser.open][0]!.end()
  t.deepEqual(states(opened), each(3, 'stale ada'))
  for (let tries = 0; tries < 10; tries++) {
    await browser.advance(30_000)
    for (const request of browser.requests.splice(0)) await request.status(503)
    t.deepEqual(states(opened), each(3, 'stale ada'))
  }
  await browser.advance(30_000)
  t.is(browser.requests.length, 1)
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual(states(opened), each(3, 'live ada'))
})

test('a page that is looked at again makes the one that waits for its next try do it now', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 2)
  await browser.next().send(snapshot(browser, ADA))
  await [...browser.open][0]!.end()
  t.deepEqual(browser.requests, [])
  await opened[1]!.tab.dispatch('visibilitychange')
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual(states(opened), each(2, 'live ada'))
})

test('when the tab with the stream is closed another one has it', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 3)
  await browser.next().send(snapshot(browser, ADA))
  await opened[0]!.tab.dispatch('pagehide', { persisted: false })
  await browser.next().send(snapshot(browser, ADA, { version: 2 }))
  t.deepEqual(states(opened.slice(1)), each(2, 'live ada'))
  t.is(browser.open.size, 1)
})

test('a tab that was closed never has the stream', async (t) => {
  const browser = new Browser()
  const [first, second, third] = await tabs(t, browser, 3)
  await browser.next().send(snapshot(browser, ADA))
  second!.session.close()
  await first!.tab.dispatch('pagehide', { persisted: false })
  await browser.next().send(snapshot(browser, ADA, { version: 2 }))
  t.deepEqual(states([third!]), ['live ada'])
  t.is([...browser.locks.values()][0]?.length, 1)
})

test('a tab whose leader sleeps has a stream of its own, until the leader speaks again', async (t) => {
  const browser = new Browser()
  const [leader, follower] = await tabs(t, browser, 2)
  const stream = browser.next()
  await stream.send(snapshot(browser, ADA))
  leader!.tab.freeze()
  await browser.advance(74_999)
  t.deepEqual(browser.requests, [])
  await browser.advance(1)
  const own = browser.next()
  await own.send(snapshot(browser, { user: 'lovelace' }, { version: 2 }))
  t.deepEqual(states([follower!]), ['live lovelace'])

  await leader!.tab.thaw()
  t.false(own.isAborted, 'the stream of the leader is dead, and it says so')
  await browser.advance(1_000)
  await browser.next().send(snapshot(browser, { user: 'lovelace' }, { version: 2 }))
  t.true(own.isAborted)
  t.deepEqual(states([leader!, follower!]), each(2, 'live lovelace'))
  t.is(browser.open.size, 1)
})

test('a new tab that hears nothing of a leader asks the server after half a second', async (t) => {
  const browser = new Browser()
  // Somebody holds the lock, and is no mirror.
  const { navigator } = browser.tab()
  void navigator.locks!.request(
    'koa-typed-sessions:http://app.example/session',
    new AbortController(),
    () => new Promise(() => {}),
  )
  const session = await connect(t, browser.tab())
  t.deepEqual(browser.requests, [])
  await browser.advance(500)
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.get('user'), 'ada')
})

test('without locks, or where they are refused, each tab has a stream of its own', async (t) => {
  const browser = new Browser()
  await connect(t, browser.tab({ isAlone: true }))
  await connect(t, browser.tab({ isAlone: true }))
  t.is(browser.requests.length, 2)
  const refused = browser.tab()
  refused.navigator.locks!.request = () => Promise.reject(new Error('SecurityError'))
  await connect(t, refused)
  await browser.advance(500)
  t.is(browser.requests.length, 3)
})

test('where channels are refused, a mirror works by itself', async (t) => {
  const browser = new Browser()
  const tab = browser.tab()
  Object.defineProperty(tab, 'BroadcastChannel', {
    value: class {
      constructor() {
        throw new Error('SecurityError')
      }
    },
  })
  const session = await connect(t, tab)
  await browser.next().send(snapshot(browser, ADA))
  t.is(session.get('user'), 'ada')
})

test('a page that came with a session while another tab asks makes it ask again', async (t) => {
  const browser = new Browser()
  const [first] = await tabs(t, browser, 1)
  await browser.next().status(204)
  await first!.tab.dispatch('visibilitychange')
  const before = browser.next()
  browser.time += 10
  const { data } = snapshot(browser, ADA)
  const second = await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  await before.status(204)
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual(states([first!, { session: second }]), each(2, 'live ada'))
})

test('a page that came with another session makes the others look again', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 2)
  const old = browser.next()
  await old.send(snapshot(browser, ADA))
  browser.time += 1_000
  const { data } = snapshot(browser, EVE, { session: 'E', subject: 'eve' })
  const third = await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  t.is(third.get('user'), 'eve')
  t.true(old.isAborted)
  await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(states([...opened, { session: third }]), each(3, 'live eve'))
})

test('a page that came with a later version, which shows the same, is live too', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 2)
  // The server says nothing of a write that nobody sees.
  await browser.next().send(snapshot(browser, ADA))
  const { data } = snapshot(browser, ADA, { version: 2 })
  browser.time += 1_000
  const third = await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  for (const request of browser.requests.splice(0)) await request.send(snapshot(browser, ADA, { version: 2 }))
  t.deepEqual(states([...opened, { session: third }]), each(3, 'live ada'))
  t.is(browser.open.size, 1)

  await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  t.deepEqual(browser.requests, [], 'what is known needs no asking')
})

test('what a page came with is not live in another tab before the server has confirmed it', async (t) => {
  const browser = new Browser()
  const { data } = snapshot(browser, ADA)
  const first = await connect(t, browser.tab(), { initial: toCanonicalText(data) })
  const [second] = await tabs(t, browser, 1)
  t.deepEqual(states([{ session: first }, second!]), ['pending ada', 'pending'])
  await browser.next().send(snapshot(browser, EVE, { session: 'E', subject: 'eve' }))
  t.deepEqual(states([{ session: first }, second!]), each(2, 'live eve'))
})

test('a page that opens after a sign-in wakes those that have been signed out', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 2)
  await browser.next().status(204)
  t.deepEqual(states(opened), each(2, 'gone'))
  browser.time += 1_000
  const [third] = await tabs(t, browser, 1)
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual(states([...opened, third!]), each(3, 'live ada'))
})

test('one that refreshes makes the one with the stream look again', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 2)
  const stream = browser.next()
  await stream.send(snapshot(browser, ADA))
  opened[1]!.session.refresh()
  await settled()
  t.true(stream.isAborted)
  await browser.next().status(204)
  t.deepEqual(states(opened), each(2, 'gone'))
})

test('a tab that hears of a session late knows when it expires', async (t) => {
  const browser = new Browser()
  const [first] = await tabs(t, browser, 1)
  const stream = browser.next()
  await stream.send(snapshot(browser, ADA, { expiresAt: browser.time + 60_000 }))
  await browser.advance(40_000)
  const [second] = await tabs(t, browser, 1)
  await browser.advance(21_999)
  t.deepEqual(states([first!, second!]), each(2, 'live ada'))
  await browser.advance(1)
  t.deepEqual(states([first!, second!]), each(2, 'stale'))
})

test('when a session expires all tabs together ask once', async (t) => {
  const browser = new Browser()
  const opened = await tabs(t, browser, 4)
  await browser.next().send(snapshot(browser, ADA, { expiresAt: browser.time + 10_000 }))
  await browser.advance(12_000)
  t.deepEqual(states(opened), each(4, 'stale'))
  t.is(browser.open.size, 1)
  await browser.next().status(204)
  t.deepEqual(states(opened), each(4, 'gone'))
  t.deepEqual(browser.requests, [])
})

test('mirrors of two addresses do not hear each other', async (t) => {
  const browser = new Browser()
  const first = await connect(t, browser.tab())
  const tab = browser.tab()
  const other = new MirrorConnection<Account>('/other/session', {}, tab)
  t.teardown(() => other.close())
  await settled()
  t.is(browser.requests.length, 2)
  await browser.next().send(snapshot(browser, ADA))
  t.deepEqual([first.status, other.status], ['live', 'pending'])
})

for (const message of [
  null,
  1,
  'tell',
  {},
  { tell: 'live' },
  { tell: 'live', text: '{', at: 9e15 },
  { ask: 5 },
  { tell: 'live', text: toCanonicalText(snapshot(new Browser(), EVE, { session: 'E' }).data) },
  { tell: 'gone', text: toCanonicalText(gone(null).data), at: 'now' },
]) {
  test(`what is no message of a mirror harms none: ${JSON.stringify(message)}`, async (t) => {
    const browser = new Browser()
    const opened = await tabs(t, browser, 2)
    await browser.next().send(snapshot(browser, ADA))
    const Channel = browser.tab().BroadcastChannel!
    const channel = new Channel('koa-typed-sessions:http://app.example/session')
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, its own
    channel.postMessage(message)
    await settled()
    t.deepEqual(states(opened), each(2, 'live ada'))
  })
}

test('a leader that is sent a frame in small pieces tells of it once, and of heartbeats no more than once a second', async (t) => {
  const browser = new Browser()
  const tab = browser.tab()
  const posts: unknown[] = []
  const Channel = tab.BroadcastChannel!
  class Counting extends Channel {
    override postMessage(message: unknown): void {
      posts.push(message)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, its own
      super.postMessage(message)
    }
  }
  Object.defineProperty(tab, 'BroadcastChannel', { value: Counting })
  const session = await connect(t, tab)
  const follower = await connect(t, browser.tab())
  const stream = browser.next()
  posts.length = 0
  const text = frameText(snapshot(browser, ADA))
  for (let from = 0; from < text.length; from += 5) await stream.text(text.slice(from, from + 5))
  t.is(session.status, 'live')
  t.deepEqual(follower.getSnapshot(), ADA)
  t.true(posts.length <= 2, `${posts.length}`)
  await browser.advance(25_000)
  posts.length = 0
  for (let index = 0; index < 10; index++) await stream.beat()
  t.is(posts.length, 1)
})
