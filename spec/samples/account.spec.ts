import test, { type ExecutionContext } from 'ava'
import { manualClock, type ManualClock } from 'koa-typed-sessions/testing'
import { createApp } from '../../samples/account/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

const ada = { user: 'ada', password: 'analytical engine' }
const grace = { user: 'grace', password: 'nanoseconds' }
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1'

interface Stage {
  readonly url: string
  readonly clock: ManualClock
  /** A browser of its own, in which somebody has signed in. */
  signIn(fields?: Record<string, string>, userAgent?: string): Promise<BrowserJar>
}

async function start(t: ExecutionContext): Promise<Stage> {
  const clock = manualClock()
  const url = await serve(t, createApp({ clock }))
  return {
    url,
    clock,
    async signIn(fields = ada, userAgent = FIREFOX) {
      const browser = new BrowserJar()
      const { status } = await browser.post(`${url}/login`, fields, { headers: { 'User-Agent': userAgent } })
      t.is(status, 303)
      return browser
    },
  }
}

async function isIn(url: string, browser: BrowserJar): Promise<boolean> {
  return (await browser.fetch(url)).status === 200
}

/** The handles of the devices that a page offers to sign out. */
function handles(page: string): string[] {
  return [...page.matchAll(/name="handle" value="([^"]+)"/g)].map(([, handle]) => handle!)
}

test('the list shows each device that is signed in, and which one this is', async (t) => {
  const { url, signIn } = await start(t)
  const laptop = await signIn()
  await signIn(ada, IPHONE)
  await signIn(grace)
  const page = await laptop.page(url)
  t.regex(page, /<strong>Firefox on Linux<\/strong>, this one/)
  t.regex(page, /<strong>Safari on iOS<\/strong>/)
  t.is(page.match(/Signed in \d\d:/g)?.length, 2)
  t.is(handles(page).length, 1)
})

test('a device that is signed out from another one is out, and the others stay', async (t) => {
  const { url, signIn } = await start(t)
  const [laptop, phone] = [await signIn(), await signIn(ada, IPHONE)]
  const [handle] = handles(await laptop.page(url))
  t.is((await laptop.post(`${url}/devices/end`, { handle: handle! })).status, 303)
  t.regex(await laptop.page(url), /role="status">That device is signed out\.</)
  t.false(await isIn(url, phone))
  t.true(await isIn(url, laptop))
  t.deepEqual(handles(await laptop.page(url)), [])
})

test('nobody signs out the device of somebody else', async (t) => {
  const { url, signIn } = await start(t)
  const [laptop, phone, other] = [await signIn(), await signIn(ada, IPHONE), await signIn(grace)]
  const [handle] = handles(await laptop.page(url))
  await other.post(`${url}/devices/end`, { handle: handle! })
  t.regex(await other.page(url), /role="status">That device was signed out already\.</)
  t.true(await isIn(url, phone))
})

test('all others are signed out at once, and nobody else', async (t) => {
  const { url, signIn } = await start(t)
  const [laptop, phone, tablet, other] = [await signIn(), await signIn(), await signIn(), await signIn(grace)]
  await laptop.post(`${url}/devices/end-others`)
  t.regex(await laptop.page(url), /Other devices that are signed out now: 2\./)
  t.deepEqual([await isIn(url, phone), await isIn(url, tablet)], [false, false])
  t.deepEqual([await isIn(url, laptop), await isIn(url, other)], [true, true])
})

test('a changed password puts the others out, gives this one a new id, and is the one that counts', async (t) => {
  const { url, signIn } = await start(t)
  const [laptop, phone] = [await signIn(), await signIn()]
  const thief = laptop.copy()
  const before = laptop.cookie('account_session')!.value
  const password = 'difference engine'
  t.is((await laptop.post(`${url}/password`, { current: ada.password, password })).status, 303)
  t.regex(await laptop.page(url), /The password is changed/)
  t.not(laptop.cookie('account_session')!.value, before)
  t.deepEqual([await isIn(url, phone), await isIn(url, thief)], [false, false])
  t.is((await phone.post(`${url}/login`, ada)).status, 401)
  t.true(await isIn(url, await signIn({ user: 'ada', password })))
})

for (const [what, fields] of [
  ['a wrong current password', { current: 'wrong', password: 'difference engine' }],
  ['a new password that is too short', { current: ada.password, password: 'short' }],
  ['an empty form', {}],
] as const) {
  test(`with ${what} the password stays, and so do the others`, async (t) => {
    const { url, signIn } = await start(t)
    const [laptop, phone] = [await signIn(), await signIn()]
    const refused = await laptop.post(`${url}/password`, fields)
    t.is(refused.status, 403)
    t.regex(await refused.text(), /role="alert">The password is as it was/)
    t.true(await isIn(url, phone))
    t.true(await isIn(url, await signIn()))
  })
}

test('a message is shown once', async (t) => {
  const { url, signIn } = await start(t)
  const laptop = await signIn()
  t.regex(await laptop.page(url), /role="status">Welcome, ada\.</)
  t.notRegex(await laptop.page(url), /role="status"/)
  t.regex(
    await (await laptop.post(`${url}/logout`, {}, { follow: true })).text(),
    /role="status">You are signed out\.</,
  )
  t.notRegex(await laptop.page(`${url}/login`), /role="status"/)
})

test('a login that is remembered outlives the half hour, and one that is not does not', async (t) => {
  const { url, clock, signIn } = await start(t)
  const [remembered, forgotten] = [await signIn({ ...ada, remember: 'on' }), await signIn()]
  clock.advance(29 * 60_000)
  t.deepEqual([await isIn(url, remembered), await isIn(url, forgotten)], [true, true])
  clock.advance(30 * 60_000)
  t.deepEqual([await isIn(url, remembered), await isIn(url, forgotten)], [true, false])
  clock.advance(20 * 86_400_000)
  t.true(await isIn(url, remembered))
  clock.advance(10 * 86_400_000)
  t.false(await isIn(url, remembered))
})

test('who is remembered no more at the next login is forgotten', async (t) => {
  const { url, clock, signIn } = await start(t)
  const laptop = await signIn({ ...ada, remember: 'on' })
  await laptop.post(`${url}/login`, ada)
  clock.advance(30 * 60_000)
  t.false(await isIn(url, laptop))
})

test('after the login one is where one was going, and never on another site', async (t) => {
  const { url } = await start(t)
  const browser = new BrowserJar()
  const away = await browser.fetch(`${url}/?page=2`)
  t.is(away.headers.get('Location'), '/login?returnTo=%2F%3Fpage%3D2')
  const back = await browser.post(new URL(away.headers.get('Location')!, url), ada)
  t.is(back.headers.get('Location'), '/?page=2')
  const trap = await new BrowserJar().post(`${url}/login?returnTo=${encodeURIComponent('//evil.example')}`, ada)
  t.is(trap.headers.get('Location'), '/')
})

test('a wrong password is answered with 401, and shows what was typed as text', async (t) => {
  const { url } = await start(t)
  const browser = new BrowserJar()
  const refused = await browser.post(`${url}/login`, { user: '"><b>', password: 'typed-by-mistake' })
  t.is(refused.status, 401)
  const page = await refused.text()
  t.regex(page, /role="alert"/)
  t.notRegex(page, /typed-by-mistake|<b>/)
  t.deepEqual(browser.cookies, [])
})

test('what a browser says of itself is not repeated', async (t) => {
  const { url, signIn } = await start(t)
  const page = await (await signIn(ada, '<script>alert(1)</script>')).page(url)
  t.regex(page, /<strong>A browser<\/strong>, this one/)
  t.notRegex(page, /<script>|&#60;script/)
})

test('the page with the devices is for those who are signed in, and kept by no cache', async (t) => {
  const { url, signIn } = await start(t)
  const laptop = await signIn()
  const { headers } = await laptop.fetch(url)
  t.is(headers.get('Cache-Control'), 'private, no-store')
  const stranger = new BrowserJar()
  for (const path of ['/devices/end', '/devices/end-others', '/password']) {
    const { status, headers: answered } = await stranger.post(url + path)
    t.deepEqual([status, answered.get('Location')], [303, '/login'], path)
  }
})
