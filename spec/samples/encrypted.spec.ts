import test, { type ExecutionContext } from 'ava'
import { createApp } from '../../samples/encrypted/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

const NAMES = ['encrypted_note', 'sealed_note'] as const

async function start(t: ExecutionContext): Promise<{ url: string; browser: BrowserJar }> {
  const url = await serve(t, createApp())
  const browser = new BrowserJar()
  t.is((await browser.post(`${url}/note`, { text: 'a secret' })).status, 303)
  return { url, browser }
}

/** What the page says of one cookie. */
function about(page: string, name: string): { note: string; received: string; current: string } {
  const section = page.split(`<section id="${name}">`)[1]!.split('</section>')[0]!
  const shown = (part: RegExp): string => part.exec(section)![1]!
  return {
    note: shown(/<dt>Note<\/dt>\s*<dd>(.*?)<\/dd>/),
    received: shown(/class="received">(.*?)</),
    current: shown(/class="current">(.*?)</),
  }
}

const tokens = (browser: BrowserJar): string[] => NAMES.map((name) => browser.cookie(name)!.value)

test('the note comes back from both cookies, and neither shows it', async (t) => {
  const { url, browser } = await start(t)
  const page = await browser.page(url)
  for (const name of NAMES) t.is(about(page, name).note, 'a secret')
  const [encrypted, sealed] = tokens(browser)
  t.regex(encrypted!, /^e[\w-]+$/)
  t.regex(sealed!, /^Fe26\.2\*/)
  for (const token of tokens(browser)) {
    const parts = token.split('*').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    for (const text of [token, ...parts]) t.false(text.includes('secret'))
  }
})

test('after a rotation old cookies still open, and are written again with the new key', async (t) => {
  const { url, browser } = await start(t)
  await browser.page(url)
  const before = tokens(browser)
  await browser.page(url)
  t.deepEqual(tokens(browser), before)

  t.is((await browser.post(`${url}/rotate`)).status, 303)
  t.deepEqual(tokens(browser), before)
  const rotated = await browser.page(url)
  const settled = await browser.page(url)
  for (const [index, name] of NAMES.entries()) {
    const then = about(rotated, name)
    t.is(then.note, 'a secret')
    t.true(before[index]!.startsWith(then.received))
    t.not(then.current, then.received)
    t.true(browser.cookie(name)!.value.startsWith(then.current))
    t.deepEqual(about(settled, name), { note: 'a secret', received: then.current, current: then.current })
  }
})

test('a cookie whose key was dropped is no session, and the browser is told to forget it', async (t) => {
  const { url, browser } = await start(t)
  const late = browser.copy()
  for (let times = 0; times < 3; times++) {
    await browser.post(`${url}/rotate`)
    const page = await browser.page(url)
    for (const name of NAMES) t.is(about(page, name).note, 'a secret')
  }
  const page = await late.page(url)
  for (const name of NAMES) {
    const { note, received, current } = about(page, name)
    t.not(received, 'none')
    t.deepEqual({ note, current }, { note: 'none', current: 'none' })
  }
  t.deepEqual(late.cookies, [])
})

test('the token of one cookie is worthless in the other', async (t) => {
  const { url, browser } = await start(t)
  const [encrypted, sealed] = tokens(browser)
  const get = async (cookie: string): Promise<string> => (await fetch(url, { headers: { cookie } })).text()
  const right = await get(`encrypted_note=${encrypted}; sealed_note=${sealed}`)
  const swapped = await get(`encrypted_note=${sealed}; sealed_note=${encrypted}`)
  for (const name of NAMES) {
    t.is(about(right, name).note, 'a secret')
    t.is(about(swapped, name).note, 'none')
  }
})

test('an empty note ends both', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/note`, { text: '' })
  t.deepEqual(browser.cookies, [])
})
