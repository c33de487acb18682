import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { createApp } from '../../samples/leaderboard/app.ts'
import { MOST, nameOf } from '../../samples/leaderboard/board.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { inChromium, launch, note } from '../support/chromium.ts'
import { serve } from '../support/serve.ts'

const start = (t: ExecutionContext): Promise<string> => serve(t, createApp())

const row = (page: Page, player: number) => page.locator('#players li').nth(player)
const selected = (page: Page) => page.locator('#players .selected').allTextContents()

test('points are the visitor’s own, and stand in the page', async (t) => {
  const url = await start(t)
  const [ada, eve] = [new BrowserJar(), new BrowserJar()]
  t.is((await ada.post(`${url}/points`, { player: '7' })).status, 204)
  t.is((await ada.post(`${url}/points`, { player: '7' })).status, 204)
  t.regex(await ada.page(url), /"value":\{"7":10\}/)
  t.notRegex(await eve.page(url), /"value"/)
  t.deepEqual(eve.cookies, [])
})

for (const player of ['', '-1', '10000', '1.5', '__proto__', '99999999999999999999']) {
  test(`there is no player ${player || 'without a number'}`, async (t) => {
    const url = await start(t)
    t.is((await new BrowserJar().post(`${url}/points`, { player })).status, 422)
  })
}

test('a session holds no more players than it has room for', async (t) => {
  const url = await start(t)
  const ada = new BrowserJar()
  for (let player = 0; player < MOST; player++) await ada.post(`${url}/points`, { player: `${player}` })
  t.is((await ada.post(`${url}/points`, { player: `${MOST}` })).status, 409)
  t.is((await ada.post(`${url}/points`, { player: '0' })).status, 204)
})

test('the script holds nothing of Node, and nothing of the server', async (t) => {
  const script = await (await fetch(`${await start(t)}/page.js`)).text()
  t.notRegex(script, /node:|memoryStorage|Set-Cookie/)
  t.true(script.length > 1_000)
})

inChromium(`of ten thousand players one is selected by a click, and is so after a reload${note}`, async (t) => {
  const url = await start(t)
  const page = await (await (await launch(t)).newContext()).newPage()
  await page.goto(url)
  await row(page, 9_999).waitFor({ state: 'attached' })
  await row(page, 3).click()
  t.deepEqual(await selected(page), [`${nameOf(3)}: 0`])
  await row(page, 5).click()
  t.deepEqual(await selected(page), [`${nameOf(5)}: 0`])
  t.is(await page.locator('#selected').textContent(), nameOf(5))
  await page.reload()
  await row(page, 9_999).waitFor({ state: 'attached' })
  t.deepEqual(await selected(page), [`${nameOf(5)}: 0`])
})

inChromium(
  `points that are given in one tab are seen in the other one, whose selection is its own${note}`,
  async (t) => {
    const url = await start(t)
    const context = await (await launch(t)).newContext()
    const pages = [await context.newPage(), await context.newPage()] as const
    for (const page of pages) {
      await page.goto(url)
      await row(page, 9_999).waitFor({ state: 'attached' })
    }
    const [one, two] = pages
    await row(one, 3).click()
    for (const points of [5, 10]) {
      await one.getByRole('button', { name: 'Give 5 points' }).click()
      for (const page of pages)
        await row(page, 3)
          .filter({ hasText: `${nameOf(3)}: ${points}` })
          .waitFor()
    }
    t.deepEqual(await selected(two), [])
    t.false(await two.getByRole('button', { name: 'Give 5 points' }).isVisible())
  },
)
