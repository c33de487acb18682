import { readdirSync, readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { createApp } from '../../samples/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = new URL('../../samples/', import.meta.url)

async function start(t: ExecutionContext): Promise<{ url: string; browser: BrowserJar }> {
  const keys = ['index-key-of-thirty-two-characters']
  return { url: await serve(t, createApp({ keys, directory: temporaryFolder(t) })), browser: new BrowserJar() }
}

test('the first page leads to every sample, in the order of the course, and each leads back', async (t) => {
  const { url, browser } = await start(t)
  const links = [...(await browser.page(url)).matchAll(/<a href="(\/.+?)\/">/g)].map(([, path]) => path!)
  const course = [...readFileSync(new URL('README.md', folder), 'utf8').matchAll(/^\| \d+ \| \[([\w-]+)\]/gm)]
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const samples = folders.map(({ name }) => name).filter((name) => name !== 'support')
  t.deepEqual(
    links,
    course.map(([, name]) => `/${name}`),
  )
  t.deepEqual(links.toSorted(), samples.map((name) => `/${name}`).toSorted())
  for (const path of links) {
    for (const address of [url + path, `${url + path}/`]) {
      t.true((await browser.page(address)).includes('<a href="/">All samples</a>'), path)
    }
  }
})

test('every link and form of a mounted sample stays below its path', async (t) => {
  const { url, browser } = await start(t)
  const posts: [path: string, fields: Record<string, string>][] = [
    ['/sign-in/login', { user: 'ada', password: 'analytical engine' }],
    ['/many-sessions/user', { name: 'Ada' }],
    ['/server-side/sign-in', { owner: 'Ada' }],
    ['/encrypted/note', { text: 'a secret' }],
    ['/account/login', { user: 'ada', password: 'analytical engine' }],
    ['/timeouts/begin', {}],
    ['/testing/login', { name: 'Ada' }],
    ['/metrics/change', {}],
    ['/cluster/sign-in', { name: 'Ada' }],
    ['/own-storage/click', {}],
    ['/hello/forget', {}],
  ]
  for (const [path, fields] of posts) {
    const below = `/${path.split('/')[1]}/`
    const response = await browser.post(url + path, fields)
    t.is(response.status, 303, path)
    t.true(response.headers.get('Location')!.startsWith(below), path)
    const page = await browser.page(url + below)
    const addresses = [...page.matchAll(/(?:href|action|formaction)="(\/[^"]*)"/g)].map(([, address]) => address!)
    t.true(addresses.length > 1, path)
    for (const address of addresses) t.true(address === '/' || address.startsWith(below), `${path} leads to ${address}`)
  }
})

test('samples under one host do not disturb each other', async (t) => {
  const { url, browser } = await start(t)
  await browser.page(`${url}/hello`)
  await browser.post(`${url}/sign-in/login`, { user: 'ada', password: 'analytical engine' })
  await browser.post(`${url}/many-sessions/user`, { name: 'Grace' })
  await browser.post(`${url}/many-sessions/basket`, { item: 'bread' })
  await browser.post(`${url}/many-sessions/theme`, { colour: 'dark' })
  await browser.post(`${url}/server-side/sign-in`, { owner: 'Mary' })
  await browser.post(`${url}/encrypted/note`, { text: 'a secret' })
  const names = browser.cookies.map(({ name }) => name)
  t.deepEqual(names.toSorted(), [
    'account',
    'basket',
    'encrypted_note',
    'notebook',
    'sealed_note',
    'theme',
    'user',
    'visits',
  ])
  t.regex(await browser.page(`${url}/hello`), /<strong>2<\/strong>/)
  t.regex(await browser.page(`${url}/sign-in/profile`), /<dd>ada<\/dd>/)
  const shop = await browser.page(`${url}/many-sessions`)
  t.regex(shop, /<strong>Grace<\/strong>/)
  t.regex(shop, /<dt>bread<\/dt>\s*<dd>1<\/dd>/)
  t.regex(shop, /data-theme="dark"/)
  t.regex(await browser.page(`${url}/server-side`), /<strong>Mary<\/strong>/)
  t.is((await browser.page(`${url}/encrypted`)).match(/<dd>a secret<\/dd>/g)?.length, 2)
})

test('what is not there is 404, below a sample and beside it', async (t) => {
  const { url, browser } = await start(t)
  for (const path of ['/nothing', '/hello/nothing', '/hellooo', '/support']) {
    t.is((await browser.fetch(url + path)).status, 404, path)
  }
})
