import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import test from 'ava'
import { createApp } from '../../samples/api-token/app.ts'
import { commands } from '../../samples/api-token/commands.ts'
import { serve } from '../support/serve.ts'

const run = promisify(execFile)
const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` })

function readme(): Promise<string> {
  return readFile(new URL('../../samples/api-token/README.md', import.meta.url), 'utf8')
}

async function newList(url: string): Promise<string> {
  return (await fetch(`${url}/lists`, { method: 'POST' })).headers.get('X-Session')!
}

async function add(url: string, token: string, item: string): Promise<Response> {
  return fetch(`${url}/items`, { method: 'POST', headers: bearer(token), body: new URLSearchParams({ item }) })
}

test('the token comes in a response header, once, and is presented as a bearer token', async (t) => {
  const url = await serve(t, createApp())
  const created = await fetch(`${url}/lists`, { method: 'POST' })
  t.is(created.status, 201)
  t.is(created.headers.get('Cache-Control'), 'private, no-store')
  t.deepEqual(created.headers.getSetCookie(), [])
  const token = created.headers.get('X-Session')!
  const added = await add(url, token, 'milk')
  t.is(added.headers.get('X-Session'), null)
  t.deepEqual(await added.json(), { items: ['milk'] })
  const read = await fetch(`${url}/items`, { headers: bearer(token) })
  t.is(read.headers.get('Vary'), 'Authorization')
  t.deepEqual(await read.json(), { items: ['milk'] })
})

test('two tokens are two lists', async (t) => {
  const url = await serve(t, createApp())
  const [one, other] = [await newList(url), await newList(url)]
  await add(url, one, 'milk')
  await add(url, other, 'bread')
  const read = async (token: string): Promise<unknown> => {
    return (await fetch(`${url}/items`, { headers: bearer(token) })).json()
  }
  t.deepEqual(await read(one), { items: ['milk'] })
  t.deepEqual(await read(other), { items: ['bread'] })
})

test('items that are added at the same time are all kept', async (t) => {
  const url = await serve(t, createApp())
  const token = await newList(url)
  const names = Array.from({ length: 20 }, (_, index) => `item ${index}`)
  await Promise.all(names.map((name) => add(url, token, name)))
  const { items } = (await (await fetch(`${url}/items`, { headers: bearer(token) })).json()) as { items: string[] }
  t.deepEqual(items.toSorted(), names.toSorted())
})

test('who asks for a new list with the token of another gets a new token, and the other is dead', async (t) => {
  const url = await serve(t, createApp())
  const old = await newList(url)
  const created = await fetch(`${url}/lists`, { method: 'POST', headers: bearer(old) })
  const token = created.headers.get('X-Session')!
  t.not(token, old)
  t.is((await fetch(`${url}/items`, { headers: bearer(token) })).status, 200)
  t.is((await fetch(`${url}/items`, { headers: bearer(old) })).status, 401)
})

test('without a valid token the answer is 401, for reading and for adding', async (t) => {
  const url = await serve(t, createApp())
  const token = await newList(url)
  for (const headers of [{}, bearer('made-up'), bearer('A'.repeat(43)), { Authorization: `Basic ${token}` }]) {
    for (const method of ['GET', 'POST']) {
      const refused = await fetch(`${url}/items`, { method, headers })
      t.is(refused.status, 401)
      t.is(refused.headers.get('WWW-Authenticate'), 'Bearer')
    }
  }
  t.is((await fetch(`${url}/items`, { headers: bearer(token) })).status, 200)
})

test('a list that was deleted is gone, and its token with it', async (t) => {
  const url = await serve(t, createApp())
  const token = await newList(url)
  const deleted = await fetch(`${url}/lists`, { method: 'DELETE', headers: bearer(token) })
  t.is(deleted.status, 204)
  t.is(deleted.headers.get('X-Session'), '')
  t.is((await fetch(`${url}/items`, { headers: bearer(token) })).status, 401)
})

test('the README shows the commands that the page shows', async (t) => {
  const page = await (await fetch(`${await serve(t, createApp({ prefix: '/api-token' }))}/api-token`)).text()
  const escaped = /<pre>(.*?)<\/pre>/s.exec(page)![1]!
  const shown = escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
  const block = shown.replace(/^base=.*/, 'base=http://localhost:3000/api-token')
  t.regex(shown, /^base=http:\/\/127\.0\.0\.1:\d+\/api-token\n/)
  t.true((await readme()).includes(`\`\`\`sh\n${block}\`\`\``))
})

const version = spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? ''
const [, major = 0, minor = 0] = (/^curl (\d+)\.(\d+)/.exec(version) ?? []).map(Number)
const hasCurl = major > 7 || (major === 7 && minor >= 84)
const whereCurlIs = hasCurl ? test : test.skip
const note = hasCurl ? '' : ' (there is no curl 7.84 here)'

whereCurlIs(`the commands of the README do what it says${note}`, async (t) => {
  const url = await serve(t, createApp())
  const { stdout } = await run('sh', ['-euc', commands(url)])
  t.true((await readme()).includes(`It prints:\n\n\`\`\`\n${stdout}\`\`\``), stdout)
})
