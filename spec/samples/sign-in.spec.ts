import test, { type ExecutionContext } from 'ava'
import { createApp } from '../../samples/sign-in/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

const ada = { user: 'ada', password: 'analytical engine' }
const grace = { user: 'grace', password: 'nanoseconds' }

async function start(t: ExecutionContext): Promise<{ url: string; browser: BrowserJar }> {
  return { url: await serve(t, createApp()), browser: new BrowserJar() }
}

test('the profile is for those who are signed in; others are sent to the login and come back from there', async (t) => {
  const { url, browser } = await start(t)
  const away = await browser.fetch(`${url}/profile`)
  t.is(away.status, 303)
  t.is(away.headers.get('Location'), '/login')
  const back = await browser.post(`${url}/login`, ada)
  t.is(back.status, 303)
  t.is(back.headers.get('Location'), '/profile')
  const profile = await browser.fetch(`${url}/profile`)
  t.is(profile.status, 200)
  t.is(profile.headers.get('Cache-Control'), 'private, no-store')
  t.regex(await profile.text(), /<dd>ada<\/dd>/)
})

test('who signs in gets a new id, and the one from before is dead', async (t) => {
  const { url, browser } = await start(t)
  await browser.fetch(`${url}/profile`)
  const planted = browser.copy()
  const before = browser.cookie('account')!.value
  await browser.post(`${url}/login`, ada)
  t.not(browser.cookie('account')!.value, before)
  t.is((await browser.fetch(`${url}/profile`)).status, 200)
  t.is((await planted.fetch(`${url}/profile`)).status, 303)
})

test('signing in as somebody else is a new id, too', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/login`, ada)
  const asAda = browser.copy()
  await browser.post(`${url}/login`, grace)
  t.regex(await browser.page(`${url}/profile`), /<dd>grace<\/dd>/)
  t.is((await asAda.fetch(`${url}/profile`)).status, 303)
})

for (const [what, fields] of [
  ['a wrong password', { user: 'grace', password: 'wrong' }],
  ['a user who does not exist', { user: 'nobody', password: 'nanoseconds' }],
  ['an empty form', {}],
] as const) {
  test(`${what} is answered with 401, and whoever was signed in still is`, async (t) => {
    const { url, browser } = await start(t)
    await browser.post(`${url}/login`, ada)
    const before = browser.cookie('account')!.value
    const refused = await browser.post(`${url}/login`, fields)
    t.is(refused.status, 401)
    t.deepEqual(refused.headers.getSetCookie(), [])
    t.regex(await refused.text(), /role="alert"/)
    t.is(browser.cookie('account')!.value, before)
    t.regex(await browser.page(`${url}/profile`), /<dd>ada<\/dd>/)
  })
}

test('after the logout the session is dead, for those too who have a copy of the cookie', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/login`, ada)
  const thief = browser.copy()
  t.is((await thief.fetch(`${url}/profile`)).status, 200)
  t.is((await browser.post(`${url}/logout`)).status, 303)
  t.is(browser.cookie('account'), undefined)
  t.regex(await browser.page(url), /You are not signed in/)
  t.is((await thief.fetch(`${url}/profile`)).status, 303)
})

test('nothing is changed by GET', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/login`, ada)
  t.is((await browser.fetch(`${url}/logout`)).status, 405)
  t.is((await browser.fetch(`${url}/profile`)).status, 200)
})

test('the cookie is out of reach of scripts and of forms on other sites', async (t) => {
  const { url, browser } = await start(t)
  await browser.post(`${url}/login`, ada)
  const { attributes } = browser.cookie('account')!
  t.true(attributes.has('httponly'))
  t.is(attributes.get('samesite'), 'Lax')
  t.is(attributes.get('path'), '/')
})

test('no page shows a password that was typed, nor an id', async (t) => {
  const { url, browser } = await start(t)
  const refused = await browser.post(`${url}/login`, { user: 'ada', password: 'typed-by-mistake' })
  t.notRegex(await refused.text(), /typed-by-mistake/)
  await browser.post(`${url}/login`, ada)
  const id = browser.cookie('account')!.value
  for (const path of ['/', '/profile', '/login']) t.false((await browser.page(url + path)).includes(id))
})

test('what is shown of a form is escaped', async (t) => {
  const { url, browser } = await start(t)
  const refused = await (await browser.post(`${url}/login`, { user: '"><script>', password: '' })).text()
  t.false(refused.includes('<script>'))
  t.true(refused.includes('value="&#34;&#62;&#60;script&#62;"'))
})
