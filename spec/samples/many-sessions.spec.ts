import test, { type ExecutionContext } from 'ava'
import { createApp } from '../../samples/many-sessions/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

async function start(t: ExecutionContext): Promise<{ url: string; browser: BrowserJar }> {
  const keys = ['basket-key-of-thirty-two-characters']
  return { url: await serve(t, createApp({ keys })), browser: new BrowserJar() }
}

async function fill({ url, browser }: { url: string; browser: BrowserJar }): Promise<void> {
  await browser.post(`${url}/user`, { name: 'Ada' })
  await browser.post(`${url}/basket`, { item: 'apple' })
  await browser.post(`${url}/basket`, { item: 'apple' })
  await browser.post(`${url}/theme`, { colour: 'dark' })
}

const shows = {
  user: /Hello <strong>Ada<\/strong>/,
  basket: /<dt>apple<\/dt>\s*<dd>2<\/dd>/,
  theme: /<html lang="en" data-theme="dark">/,
}

test('three sessions are on one page at once', async (t) => {
  const stage = await start(t)
  await fill(stage)
  const page = await stage.browser.page(stage.url)
  t.regex(page, shows.user)
  t.regex(page, shows.basket)
  t.regex(page, shows.theme)
})

for (const [ended, path] of [
  ['user', '/user'],
  ['basket', '/basket/empty'],
  ['theme', '/theme'],
] as const) {
  test(`ending the ${ended} leaves the other two as they are`, async (t) => {
    const stage = await start(t)
    const { url, browser } = stage
    await fill(stage)
    const before = new Map(browser.cookies.map(({ name, value }) => [name, value]))
    t.is((await browser.post(url + path)).status, 303)
    before.delete(ended)
    t.deepEqual(new Map(browser.cookies.map(({ name, value }) => [name, value])), before)
    const page = await browser.page(url)
    for (const [name, text] of Object.entries(shows)) t.is(text.test(page), name !== ended, name)
  })
}

test('the user is an id, the basket is signed, the theme is there for scripts', async (t) => {
  const stage = await start(t)
  await fill(stage)
  const [user, basket, theme] = ['user', 'basket', 'theme'].map((name) => stage.browser.cookie(name)!)
  t.regex(user!.value, /^[\w-]{43}$/)
  t.true(user!.attributes.has('httponly'))
  t.regex(basket!.value, /^s/)
  t.true(basket!.attributes.has('httponly'))
  t.false(theme!.attributes.has('httponly'))
  t.deepEqual(JSON.parse(decodeURIComponent(theme!.value).split('.').slice(2).join('.')), { colour: 'dark' })
})

test('a theme that a script has changed is the theme, and one that it has spoilt is no session', async (t) => {
  const stage = await start(t)
  await fill(stage)
  const { value } = stage.browser.cookie('theme')!
  const send = (text: string): Promise<Response> => fetch(stage.url, { headers: { cookie: `theme=${text}` } })
  t.true((await (await send(value.replace('dark', 'light'))).text()).includes('data-theme="light"'))
  const spoilt = await send(value.replace('dark', 'gold'))
  t.is(spoilt.status, 200)
  t.true((await spoilt.text()).includes('data-theme=""'))
  t.regex(spoilt.headers.getSetCookie().join(), /^theme=;.*Max-Age=0/)
})

test('what is not for sale is refused, and the basket stays as it was', async (t) => {
  const stage = await start(t)
  const { url, browser } = stage
  await fill(stage)
  t.is((await browser.post(`${url}/basket`, { item: '__proto__' })).status, 400)
  t.regex(await browser.page(url), shows.basket)
})

test('a name is shown as text, whatever is in it', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/user`, { name: '<b>Ada</b>' })
  t.true((await browser.page(url)).includes('<strong>&#60;b&#62;Ada&#60;/b&#62;</strong>'))
})
