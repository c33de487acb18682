import type { BrowserContext, Page } from 'playwright-core'
import { inChromium, launch, note } from '../support/chromium.ts'
import { until as eventually } from '../support/until.ts'
import { Site } from './_app.ts'

const until = (page: Page, expression: string) =>
  page.waitForFunction(expression, undefined, { timeout: 45_000, polling: 20 })
const ask = <R>(page: Page, expression: string): Promise<R> => page.evaluate(expression) as Promise<R>
const post = (page: Page, path: string) =>
  ask<number>(page, `fetch('${path}', { method: 'POST' }).then((r) => r.status)`)

async function signIn(context: BrowserContext, site: Site, user: string): Promise<void> {
  await context.request.post(`${site.url}/login?user=${user}`)
}

async function open(context: BrowserContext, site: Site): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${site.url}/page`)
  await until(page, `window.session && session.status !== 'pending'`)
  return page
}

inChromium(`a logout in one tab reaches the other one, whose watchers run exactly once${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const [one, two] = [await open(context, site), await open(context, site)]
  t.is(await one.textContent('#user'), 'ada')
  t.is(await ask(two, 'session.status'), 'live')
  t.is(await ask(two, 'runs.admin'), 1)
  t.is(site.state.streams, 1)

  await post(one, '/add')
  for (const page of [one, two]) await until(page, `session.get('items') === 1`)
  t.is(await ask(two, 'runs.admin'), 1)

  await post(one, '/logout')
  for (const page of [one, two]) {
    t.is(typeof (await ask<number>(page, 'heard')), 'number')
    t.is(await page.textContent('#user'), '')
    t.is(await ask(page, 'session.getSnapshot()'), undefined)
    t.is(await ask(page, 'runs.admin'), 2)
  }
})

inChromium(`a user who is signed out everywhere is signed out in every browser${note}`, async (t) => {
  const site = await Site.start(t)
  const browser = await launch(t)
  const pages: Page[] = []
  for (let index = 0; index < 2; index++) {
    const context = await browser.newContext()
    await signIn(context, site, 'ada')
    pages.push(await open(context, site))
  }
  t.is(await site.revokeAll('ada'), 2)
  for (const page of pages) t.is(typeof (await ask<number>(page, 'heard')), 'number')
})

inChromium(
  `another user who signs in in one tab is seen in the other, and never mixed with the first${note}`,
  async (t) => {
    const site = await Site.start(t)
    const context = await (await launch(t)).newContext()
    await signIn(context, site, 'ada')
    const [one, two] = [await open(context, site), await open(context, site)]
    await post(one, '/login?user=eve')
    for (const page of [one, two]) {
      await until(page, `session.get('user') === 'eve' && session.status === 'live'`)
      t.deepEqual(
        (await ask<string[]>(page, 'runs.user')).filter((seen) => seen !== ' '),
        ['ada admin', 'eve guest'],
      )
      t.is(await ask(page, 'identities'), 1)
    }
  },
)

inChromium(`a session that gets another id stays${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const page = await open(context, site)
  await post(page, '/regenerate')
  await ask(page, 'heard')
  await until(page, `session.status === 'live' && session.get('user') === 'ada'`)
  await post(page, '/add')
  await until(page, `session.get('items') === 1`)
  t.is(await ask(page, 'identities'), 0)
})

inChromium(`a server that restarts is a pause, and no watcher runs${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const page = await open(context, site)
  await site.stop()
  await until(page, `session.status === 'stale'`)
  t.is(await page.textContent('#user'), 'ada')
  await site.start()
  await until(page, `session.status === 'live'`)
  t.deepEqual(await ask(page, 'runs.user'), ['ada admin'])
  await post(page, '/add')
  await until(page, `session.get('items') === 1`)
})

inChromium(`a server that answers 503 for a while is asked again, and found${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const page = await open(context, site)
  site.state.isDown = true
  const before = site.state.asked
  await ask(page, 'session.refresh()')
  await until(page, `session.status === 'stale'`)
  await eventually(() => site.state.asked - before >= 2, { what: 'the page has asked twice' })
  t.is(await ask(page, 'session.status'), 'stale')
  site.state.isDown = false
  await until(page, `session.status === 'live'`)
  t.is(await page.textContent('#user'), 'ada')
})

inChromium(
  `a laptop without a network shows that what it shows is old, and is live again with it${note}`,
  async (t) => {
    const site = await Site.start(t)
    const context = await (await launch(t)).newContext()
    await signIn(context, site, 'ada')
    const pages = [await open(context, site), await open(context, site)]
    await context.setOffline(true)
    for (const page of pages) await until(page, `session.status === 'stale'`)
    await site.revokeAll('ada')
    t.is(await pages[0]!.textContent('#user'), 'ada')
    await context.setOffline(false)
    for (const page of pages) await until(page, `session.status === 'gone'`)
  },
)

inChromium(`seven tabs over HTTP/1.1 have one stream, and still load${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const pages: Page[] = []
  for (let index = 0; index < 7; index++) pages.push(await open(context, site))
  t.is(site.state.streams, 1)
  t.is(await post(pages[6]!, '/add'), 200)
  for (const page of pages) await until(page, `session.get('items') === 1`)
  await pages[0]!.close()
  await until(pages[6]!, `session.status === 'live'`)
  await post(pages[6]!, '/add')
  for (const page of pages.slice(1)) await until(page, `session.get('items') === 2`)
  t.is(site.state.streams, 1)
})

inChromium(`the Back button shows no data after a logout${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  await signIn(context, site, 'ada')
  const page = await open(context, site)
  await ask(
    page,
    `(window.isTheSame = true, addEventListener('pageshow', () => (window.shown = document.getElementById('user').textContent)))`,
  )
  await page.goto(`${site.url}/other`)
  await until(page, `window.session && session.status === 'live'`)
  await post(page, '/logout')
  await page.goBack({ waitUntil: 'commit' })
  await until(page, `window.session && session.status === 'gone'`)
  t.true(await ask(page, 'window.isTheSame'), 'the page itself has come back: nothing kept it from that')
  t.is(await ask(page, 'window.shown'), '')
  t.is(await page.textContent('#user'), '')
})

inChromium(`a reload keeps the values of a reactive store, and another tab has none of them${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  const page = await open(context, site)
  const make = `window.ui = new client.ReactiveSession('ui', { initial: { selected: 'nobody' } })`
  await ask(page, `(${make}, ui.set({ selected: 'ada', when: new Date(5) }), 0)`)
  await page.reload()
  await until(page, 'window.client')
  t.deepEqual(await ask(page, `(${make}, [ui.get('selected'), ui.get('when').getTime(), sessionStorage.length])`), [
    'ada',
    5,
    0,
  ])
  const other = await open(context, site)
  t.deepEqual(await ask(other, `(${make}, ui.all())`), { selected: 'nobody' })
})

inChromium(`a value that stays on the device is seen in the other tab at once${note}`, async (t) => {
  const site = await Site.start(t)
  const context = await (await launch(t)).newContext()
  const [one, two] = [await open(context, site), await open(context, site)]
  for (const page of [one, two])
    await ask(page, `(window.ui = new client.ReactiveSession('ui', { persist: 'device' }), 0)`)
  await ask(one, `ui.set('theme', 'dark')`)
  await until(two, `ui.equals('theme', 'dark')`)
  await ask(two, `ui.clear()`)
  await until(one, `ui.get('theme') === undefined`)
  t.is(await ask(one, 'localStorage.length'), 0)
})

const loop = (f: string) => `(() => {
  window.ui = new client.ReactiveSession('loop', { initial: { a: 0, c: 0 } })
  Object.assign(window, { frames_: 0, clicks: 0, reports: [], seen: [] })
  addEventListener('error', (event) => reports.push(String(event.error)))
  const button = document.body.appendChild(document.createElement('button'))
  button.textContent = 'click'
  button.onclick = () => clicks++
  const frame = () => { frames_++; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  client.autorun(() => seen.push([ui.get('a'), ui.get('c')]))
  const next = () => ui.set('a', ui.getSnapshot().a + 1)
  client.autorun(${f})
  return 0
})()`

for (const [what, f] of [
  ['sets its own key', '() => { ui.get("a"); client.nonreactive(next) }'],
  ['sets its own key in a microtask', '() => { ui.get("a"); queueMicrotask(next) }'],
  ['sets its own key after an await', 'async () => { ui.get("a"); await null; next() }'],
] as const) {
  inChromium(`an autorun that ${what} is stopped, and the page paints, is clicked and goes on${note}`, async (t) => {
    const site = await Site.start(t)
    const page = await open(await (await launch(t)).newContext(), site)
    await ask(page, loop(f))
    await page.click('text=click')
    t.is(await ask(page, 'clicks'), 1)
    await until(page, 'reports.length > 0 && frames_ > 2')
    const reports = await ask<string[]>(page, 'reports')
    t.is(reports.length, 1)
    t.regex(reports[0]!, /^SessionClientError: autorun loop: .*through "a",/)
    const before = await ask<number>(page, 'ui.getSnapshot().a')
    await ask(page, `ui.set('c', 1)`)
    await until(page, 'seen.at(-1)[1] === 1')
    t.deepEqual(await ask(page, 'seen.at(-1)'), [before, 1])
  })
}

for (const persist of ['reload', 'tab', 'device']) {
  inChromium(`the Back button, persist: ${persist}: a kept page shows what the next page has set${note}`, async (t) => {
    const site = await Site.start(t)
    const context = await (await launch(t)).newContext()
    const page = await open(context, site)
    const make = `window.ui = new client.ReactiveSession('ui', { persist: '${persist}' })`
    await ask(page, `(${make}, window.isTheSame = true, ui.set({ theme: 'dark', selected: 'ada' }), 0)`)
    await page.goto(`${site.url}/other`)
    await until(page, 'window.client')
    await ask(page, `(${make}, 0)`)
    t.deepEqual(await ask(page, 'ui.all()'), { theme: 'dark', selected: 'ada' })
    await ask(page, `(ui.set('theme', 'light'), ui.delete('selected'), 0)`)
    await page.goBack({ waitUntil: 'commit' })
    await until(page, `window.isTheSame && ui.get('theme') === 'light'`)
    t.deepEqual(await ask(page, 'ui.all()'), { theme: 'light' })
    await ask(page, `(ui.clear(), 0)`)
    await page.reload()
    await until(page, 'window.client')
    t.deepEqual(await ask(page, `(${make}, ui.all())`), {})
  })
}

inChromium(`of 10,000 rows on a page a click changes two${note}`, async (t) => {
  const site = await Site.start(t)
  const page = await open(await (await launch(t)).newContext(), site)
  const took = await ask<number[]>(
    page,
    `(() => {
      const ui = new client.ReactiveSession('rows', { initial: { selected: 0 } })
      let runs = 0
      const list = document.body.appendChild(document.createElement('ul'))
      for (let row = 0; row < 10_000; row++) {
        const item = list.appendChild(document.createElement('li'))
        client.autorun(() => { runs++; item.className = ui.equals('selected', row) ? 'selected' : '' })
      }
      const made = runs
      const start = performance.now()
      for (let row = 1; row <= 1_000; row++) { ui.set('selected', row); client.flush() }
      return [made, runs - made, (performance.now() - start) / 1_000, document.querySelectorAll('li.selected').length]
    })()`,
  )
  const [made, runs, milliseconds, selected] = took
  t.deepEqual([made, runs, selected], [10_000, 2_000, 1])
  t.log(`${Math.round(milliseconds! * 1_000)} µs a click`)
})
