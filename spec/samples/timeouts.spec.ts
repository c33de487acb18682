import test, { type ExecutionContext } from 'ava'
import { manualClock, type ManualClock } from 'koa-typed-sessions/testing'
import { createApp } from '../../samples/timeouts/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

interface Stage {
  readonly url: string
  readonly clock: ManualClock
  readonly browser: BrowserJar
}

/** The browser has begun, and its clock is the server's. */
async function start(t: ExecutionContext): Promise<Stage> {
  const clock = manualClock()
  const url = await serve(t, createApp({ clock }))
  const browser = new BrowserJar()
  await browser.post(`${url}/begin`)
  return { url, clock, browser }
}

/** When the page goes elsewhere, in seconds, and where to. */
async function refresh(url: string, browser: BrowserJar): Promise<[seconds: number, path: string]> {
  const header = (await browser.fetch(url)).headers.get('Refresh') ?? ''
  const [, seconds, path] = /^(\d+); url=(.+)$/.exec(header) ?? []
  return [Number(seconds), path ?? '']
}

const ended = /role="alert">Your session has ended\./
const actions = (page: string): string | undefined => /<dt>Actions<\/dt>\s*<dd>(\d+)<\/dd>/.exec(page)?.[1]

test('a minute without a visit ends it', async (t) => {
  const { url, clock, browser } = await start(t)
  clock.advance(59_999)
  t.is(actions(await browser.page(url)), '0')
  clock.advance(60_000)
  t.regex(await browser.page(url), ended)
})

test('five minutes end it, however busy it was', async (t) => {
  const { url, clock, browser } = await start(t)
  for (let seconds = 0; seconds < 290; seconds += 29) {
    t.regex(
      await (await browser.post(`${url}/act`, {}, { follow: true })).text(),
      /Actions/,
      `after ${seconds} seconds`,
    )
    clock.advance(29_000)
  }
  clock.advance(9_999)
  t.is(actions(await browser.page(url)), '10')
  clock.advance(1)
  t.regex(await browser.page(url), ended)
})

test('after forty seconds the page asks, and asking keeps nothing alive', async (t) => {
  const { url, clock, browser } = await start(t)
  const [seconds, path] = await refresh(url, browser)
  t.deepEqual([seconds, path], [40, '/still-there'])
  clock.advance(seconds * 1000)
  const asked = await browser.fetch(url + path)
  t.deepEqual(asked.headers.getSetCookie(), [])
  t.regex(await asked.text(), /In 20 seconds your session ends/)
  const [more, home] = await refresh(url + path, browser)
  t.deepEqual([more, home], [21, '/'])
  clock.advance(more * 1000)
  t.regex(await browser.page(url + home), ended)
})

test('who answers stays', async (t) => {
  const { url, clock, browser } = await start(t)
  clock.advance(40_000)
  await browser.page(`${url}/still-there`)
  clock.advance(19_999)
  t.is(actions(await (await browser.post(`${url}/act`, {}, { follow: true })).text()), '1')
  clock.advance(59_999)
  t.is(actions(await browser.page(url)), '1')
})

test('near the absolute end the page does not ask, but goes home behind it', async (t) => {
  const { url, clock, browser } = await start(t)
  for (let minute = 0; minute < 5; minute++) {
    clock.advance(50_000)
    await browser.page(url)
  }
  const page = await browser.page(url)
  t.regex(page, /<dd>50 seconds<\/dd>\s*<dt>Ends in any case in<\/dt>\s*<dd>50 seconds<\/dd>/)
  t.regex(page, /Nothing prolongs it any more\./)
  const [seconds, path] = await refresh(url, browser)
  t.deepEqual([seconds, path], [51, '/'])
  clock.advance(seconds * 1000)
  t.regex(await browser.page(url), ended)
})

test('to begin anew starts both clocks, with another id', async (t) => {
  const { url, clock, browser } = await start(t)
  await browser.post(`${url}/act`)
  const before = browser.cookie('presence')!.value
  clock.advance(50_000)
  await browser.post(`${url}/begin`)
  t.not(browser.cookie('presence')!.value, before)
  t.regex(await browser.page(url), /<dd>0<\/dd>[^]*<dd>60 seconds<\/dd>[^]*<dd>300 seconds<\/dd>/)
})

test('who never began, or has ended it, is not told that it has ended', async (t) => {
  const { url, browser } = await start(t)
  t.notRegex(await new BrowserJar().page(url), /role="alert"/)
  await browser.post(`${url}/end`)
  const page = await browser.page(url)
  t.notRegex(page, /role="alert"/)
  t.regex(page, /Begin/)
})

test('an action behind the end does nothing, and leads home', async (t) => {
  const { url, clock, browser } = await start(t)
  clock.advance(60_000)
  t.regex(await (await browser.post(`${url}/act`, {}, { follow: true })).text(), ended)
})
