import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import test, { type ExecutionContext } from 'ava'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createApp as createAccount } from '../../samples/account/app.ts'
import { createApp as createManySessions } from '../../samples/many-sessions/app.ts'
import { createApp as createSignIn } from '../../samples/sign-in/app.ts'
import { serve } from '../support/serve.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)
const inChromium = hasChromium ? test : test.skip
const note = hasChromium ? '' : ` (there is no Chromium at ${executablePath}: set CHROMIUM)`

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

async function launch(t: ExecutionContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args })
  t.teardown(() => browser.close())
  return browser
}

/** A page as a phone shows it, with cookies of its own. */
async function phone(browser: Browser, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options })
  return context.newPage()
}

/** Whether nothing stands out over the side of the screen. */
function fits(page: Page): Promise<boolean> {
  return page.locator('html').evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)
}

inChromium(`in a browser without scripts one signs in, is refused, and signs out${note}`, async (t) => {
  const url = await serve(t, createSignIn())
  const page = await phone(await launch(t), { javaScriptEnabled: false })
  const account = async () => (await page.context().cookies()).find(({ name }) => name === 'account')
  await page.goto(`${url}/profile`)
  t.is(page.url(), `${url}/login`)
  const before = await account()

  await page.getByLabel('User').fill('ada')
  await page.getByLabel('Password').fill('wrong')
  const [refused] = await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Sign in' }).click()])
  t.is(refused?.status(), 401)
  t.true(await page.getByRole('alert').isVisible())
  t.is((await account())?.value, before?.value)

  await page.getByLabel('Password').fill('analytical engine')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${url}/profile`)
  t.is(await page.getByRole('definition').first().textContent(), 'ada')
  t.true(await fits(page))
  const signedIn = await account()
  t.not(signedIn?.value, before?.value)
  t.true(signedIn?.httpOnly)
  t.is(signedIn?.sameSite, 'Lax')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${url}/`)
  t.is(await account(), undefined)
  await page.goBack()
  t.is(page.url(), `${url}/login`)
})

inChromium(`in a browser three sessions share one page, and a script reads only the one in clear${note}`, async (t) => {
  const url = await serve(t, createManySessions({ keys: ['chromium-key-of-thirty-two-chars!'] }))
  const page = await phone(await launch(t))
  const press = async (name: string): Promise<void> => {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()])
  }
  await page.goto(url)
  const background = 'getComputedStyle(document.body).backgroundColor'
  const asTheDevice = await page.evaluate(background)
  t.is(await page.locator('output').textContent(), 'nothing')
  await page.getByLabel('Your name').fill('Ada')
  await press('This is me')
  await press('+ apple')
  await press('+ apple')
  await press('Dark')
  t.is(await page.locator('#user strong').textContent(), 'Ada')
  t.is(await page.locator('#basket dl').innerText(), 'apple\n2')
  t.is(await page.locator('output').textContent(), 'dark')
  t.not(await page.evaluate(background), asTheDevice)
  t.regex(await page.evaluate('document.cookie'), /^theme=[^;]+$/)
  t.true(await fits(page))

  const readme = await readFile(new URL('../../samples/many-sessions/README.md', import.meta.url), 'utf8')
  await page.evaluate(/```js\n(.*?)```/s.exec(readme)![1]!)
  await page.reload()
  t.is(await page.locator('html').getAttribute('data-theme'), 'light')

  await press('Empty it')
  await press('Forget my name')
  t.deepEqual(
    (await page.context().cookies()).map(({ name }) => name),
    ['theme'],
  )
})

inChromium(`of two browsers one signs the other out, which is at the login with its next click${note}`, async (t) => {
  const url = await serve(t, createAccount())
  const browser = await launch(t)
  const [laptop, other] = [
    await phone(browser, { javaScriptEnabled: false }),
    await phone(browser, { javaScriptEnabled: false }),
  ]
  for (const page of [laptop, other]) {
    await page.goto(url)
    await page.getByLabel('User').fill('ada')
    await page.getByLabel('Password').fill('analytical engine')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${url}/`)
  }
  const press = async (page: Page, name: string): Promise<void> => {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()])
  }
  await laptop.reload()
  t.is(await laptop.getByRole('listitem').count(), 2)
  t.is(await laptop.getByRole('listitem').filter({ hasText: 'this one' }).count(), 1)
  t.true(await fits(laptop))

  await press(laptop, 'Sign it out')
  t.is(await laptop.getByRole('status').textContent(), 'That device is signed out.')
  t.is(await laptop.getByRole('listitem').count(), 1)
  t.is(other.url(), `${url}/`)
  await other.getByLabel('Current password').fill('analytical engine')
  await other.getByLabel('New password').fill('difference engine')
  await press(other, 'Change it, and sign out all others')
  t.is(other.url(), `${url}/login`)
  await other.goBack()
  t.regex(other.url(), /\/login\?returnTo=/)

  await laptop.reload()
  t.is(laptop.url(), `${url}/`)
  await press(laptop, 'Sign out')
  t.is(await laptop.getByRole('status').textContent(), 'You are signed out.')
})
