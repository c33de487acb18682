import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { createApp } from '../../samples/live-account/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { inChromium, launch, note } from '../support/chromium.ts'
import { serve } from '../support/serve.ts'

const ada = { user: 'ada', password: 'analytical engine' }
const grace = { user: 'grace', password: 'nanoseconds' }

const start = (t: ExecutionContext): Promise<string> => serve(t, createApp())

async function signIn(page: Page, url: string, { user, password } = ada): Promise<void> {
  await page.goto(`${url}/login`)
  await page.getByLabel('User').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${url}/`)
}

test('a name and a basket are kept, without scripts too', async (t) => {
  const url = await start(t)
  const browser = new BrowserJar()
  t.is((await browser.post(`${url}/login`, ada)).status, 303)
  await browser.post(`${url}/name`, { name: '<Ada>' })
  await browser.post(`${url}/basket`, { item: 'bread' })
  const page = await browser.page(url)
  t.regex(page, /<strong id="name">&#60;Ada&#62;<\/strong>/)
  t.regex(page, /<li>bread: 1<\/li>/)
  t.notRegex(page, /<Ada>/)
})

test('the address that somebody signed in from never leaves', async (t) => {
  const url = await start(t)
  const browser = new BrowserJar()
  await browser.post(`${url}/login`, ada)
  t.notRegex(await browser.page(url), /signedInFrom|127\.0\.0\.1/)
  const { status, body } = await browser.fetch(`${url}/session`)
  t.is(status, 200)
  const reader = body!.getReader()
  const { value } = (await reader.read()) as { value: Uint8Array }
  await reader.cancel()
  t.regex(new TextDecoder().decode(value), /"name":"ada"/)
  t.notRegex(new TextDecoder().decode(value), /signedInFrom|127\.0\.0\.1/)
})

test('who is not signed in is sent to the login, and is shown no stream', async (t) => {
  const url = await start(t)
  const browser = new BrowserJar()
  for (const path of ['/name', '/basket', '/logout-everywhere']) {
    t.is((await browser.post(url + path)).headers.get('Location'), '/login', path)
  }
  t.is((await browser.fetch(`${url}/session`)).status, 204)
  t.is((await browser.post(`${url}/login`, { ...ada, password: 'wrong' })).status, 401)
})

test('what is not for sale is not put into a basket', async (t) => {
  const url = await start(t)
  const browser = new BrowserJar()
  await browser.post(`${url}/login`, ada)
  for (const item of ['', 'gold', '__proto__']) t.is((await browser.post(`${url}/basket`, { item })).status, 422, item)
})

inChromium(`what one tab changes the other one shows, and a sign-out is one of all${note}`, async (t) => {
  const url = await start(t)
  const browser = await launch(t)
  const context = await browser.newContext()
  const [one, two] = [await context.newPage(), await context.newPage()]
  await signIn(one, url)
  await two.goto(url)
  await one.getByLabel('Your name').fill('Countess')
  await one.getByRole('button', { name: 'This is me' }).click()
  await two.locator('#name').filter({ hasText: 'Countess' }).waitFor()
  await one.getByRole('button', { name: '+ bread' }).click()
  await two.getByRole('listitem').filter({ hasText: 'bread: 1' }).waitFor()

  await one.getByRole('button', { name: 'Sign out', exact: true }).click()
  await two.getByRole('alert').filter({ hasText: 'You are signed out' }).waitFor()
  t.false(await two.locator('#account').isVisible())
  t.is(await two.locator('#name').textContent(), '')
  t.is(await two.locator('#basket').textContent(), '')
  await one.goBack({ waitUntil: 'commit' })
  await one.waitForFunction(`location.pathname === '/login' || document.getElementById('gone')?.hidden === false`)
  t.notRegex(await one.content(), /Countess|bread: 1/)
})

inChromium(`another user in one tab is that user in the other one${note}`, async (t) => {
  const url = await start(t)
  const context = await (await launch(t)).newContext()
  const [one, two] = [await context.newPage(), await context.newPage()]
  await signIn(one, url)
  await one.getByRole('button', { name: '+ bread' }).click()
  await two.goto(url)
  await two.locator('#name').filter({ hasText: 'ada' }).waitFor()
  await signIn(one, url, grace)
  await two.locator('#name').filter({ hasText: 'grace' }).waitFor()
  t.is(await two.getByRole('listitem').count(), 0)
})

inChromium(`signed out everywhere is signed out in the other browser, too${note}`, async (t) => {
  const url = await start(t)
  const browser = await launch(t)
  const [one, two] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()]
  await signIn(one, url)
  await signIn(two, url)
  await one.getByRole('button', { name: 'Sign out everywhere' }).click()
  await one.waitForURL(`${url}/login`)
  await two.getByRole('alert').filter({ hasText: 'You are signed out' }).waitFor()
  t.false(await two.locator('#account').isVisible())
})
