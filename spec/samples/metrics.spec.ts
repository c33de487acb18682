import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import Koa from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { manualClock } from 'koa-typed-sessions/testing'
import { Registry } from 'prom-client'
import { createApp } from '../../samples/metrics/app.ts'
import { countEvents, events } from '../../samples/metrics/count-events.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

/** What was counted, by its labels, but for the name of the session. */
function counts(metrics: string, session: string): Record<string, number> {
  const lines = metrics.split('\n').filter((line) => line.includes(`session="${session}"`))
  const counted = lines.map((line) => {
    const [, event, reason, count] = /event="(\w+)",session="\w+"(?:,reason="([\w-]+)")?\} (\d+)$/.exec(line) ?? []
    return [reason === undefined ? event : `${event} ${reason}`, Number(count)]
  })
  return Object.fromEntries(counted) as Record<string, number>
}

async function start(t: ExecutionContext) {
  const url = await serve(t, createApp())
  const browser = new BrowserJar()
  const read = async (): Promise<Record<string, number>> =>
    counts(await (await fetch(`${url}/metrics`)).text(), 'counted')
  return { url, browser, read }
}

// The channels are of the whole process: what one test does, the registry of another one would count.
test.serial('what is done to a session is counted, by event and session', async (t) => {
  const { url, browser, read } = await start(t)
  t.deepEqual(await read(), {})
  await browser.post(`${url}/change`)
  t.deepEqual(await read(), { created: 1, committed: 1 })
  await browser.post(`${url}/change`)
  t.deepEqual(await read(), { created: 1, read: 1, updated: 1, committed: 2 })
  await browser.post(`${url}/login`)
  t.deepEqual(await read(), { created: 1, read: 2, updated: 1, regenerated: 1, committed: 3 })
  await browser.post(`${url}/end`)
  t.deepEqual(await read(), { created: 1, read: 3, updated: 1, regenerated: 1, destroyed: 1, committed: 4 })
})

test.serial('a token that is refused is counted with its reason', async (t) => {
  const { url, browser, read } = await start(t)
  await browser.post(`${url}/forge`)
  t.regex(await browser.page(url), /You have no session/)
  t.deepEqual(await read(), { 'rejected malformed': 1 })
  t.deepEqual(browser.cookies, [])
})

test.serial('Prometheus is told what kind of text it is, and a scrape counts nothing', async (t) => {
  const { url, browser, read } = await start(t)
  await browser.post(`${url}/change`)
  const before = await read()
  const response = await browser.fetch(`${url}/metrics`)
  t.regex(response.headers.get('Content-Type')!, /^text\/plain; version=0\.0\.4/)
  t.regex(await response.text(), /^# TYPE session_events_total counter$/m)
  t.deepEqual(await read(), before)
})

test.serial('the page shows what Prometheus reads, and every event', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/change`)
  const page = await browser.page(url)
  t.regex(page, /session_events_total\{event=&#34;created&#34;,session=&#34;counted&#34;\} 1/)
  for (const [event, sentence] of Object.entries(events))
    t.true(page.includes(`<code>${event}</code></dt>`) && page.includes(sentence), event)
})

test.serial('neither ids nor tokens become labels', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/change`)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  t.false(metrics.includes(browser.cookie('counted')!.value))
  t.deepEqual([...new Set(metrics.match(/\w+(?==")/g))], ['event', 'session'])
})

test.serial('every event that there is can be counted, until the counting ends', async (t) => {
  const clock = manualClock()
  const registry = new Registry()
  const stop = countEvents(registry)
  t.teardown(stop)
  const Visit = cookie<{ user: string }>('every', { storage: memoryStorage({ clock }), subject: ({ user }) => user })
  const app = new Koa()
  const mounted = sessions([Visit], { clock })
  app.use(mounted)
  app.use(async (ctx) => {
    ctx.body = 'done'
    const [, act, user = ''] = ctx.path.split('/')
    if (act === 'set') ctx.sessions.set(Visit, { user })
    if (act === 'change') ctx.sessions.set(Visit, { user, changed: true } as { user: string })
    if (act === 'clear') ctx.sessions.clear(Visit)
    if (act !== 'lose') return
    // Another request ends it, after this one has read it.
    ctx.sessions.set(Visit, { user, lost: true } as { user: string })
    await mounted.revokeAll(Visit, user)
  })
  const url = await serve(t, app)
  const browser = new BrowserJar()
  const get = async (path: string): Promise<void> => void (await browser.fetch(url + path))
  const read = async () => counts(await registry.metrics(), 'every')

  await get('/set/ada')
  await get('/change/ada')
  clock.advance(86_400_000)
  await get('/look')
  await get('/set/grace')
  await get('/clear')
  await get('/set/ada')
  await browser.copy().fetch(`${url}/lose/ada`)
  await get('/look')
  const counted = await read()
  const told = (event: string): boolean => Object.keys(counted).some((labels) => labels.split(' ')[0] === event)
  for (const event of Object.keys(events)) t.true(told(event), event)
  t.is(counted['gone'], 1)
  t.is(counted['rejected unknown-id'], 1)
  stop()
  await get('/set/ada')
  t.deepEqual(await read(), counted)
})

test('README documents every event', (t) => {
  const readme = readFileSync(new URL('../../samples/metrics/README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `(\w+)` \|/gm)].map(([, event]) => event)
  t.deepEqual(rows, Object.keys(events))
})
