import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { createApp } from '../../samples/testing/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

const file = fileURLToPath(new URL('../../samples/testing/app.test.ts', import.meta.url))

test('the tests of the sample pass, all of them', async (t) => {
  const tests = readFileSync(file, 'utf8').match(/^test\(/gm)?.length
  const loader = ['--import', import.meta.resolve('tsx'), '--conditions=koa-typed-sessions-source']
  // Without this, Node would take it for a part of the run that this spec may be in.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [...loader, '--test-reporter=tap', file], { env })
  t.true(tests !== undefined && tests > 0)
  t.regex(stdout, new RegExp(`^# pass ${tests}$`, 'm'))
  t.regex(stdout, /^# fail 0$/m)
})

test('the first page shows the tests, as text', async (t) => {
  const page = await new BrowserJar().page(await serve(t, createApp()))
  t.regex(page, /test\(&#39;a member sees the club&#39;/)
  t.notRegex(page, /Promise<boolean>/)
})

test('who joins is in the club, until they leave', async (t) => {
  const url = await serve(t, createApp())
  const browser = new BrowserJar()
  t.regex(await browser.page(`${url}/club`), /Your name/)
  t.regex(
    await (await browser.post(`${url}/login`, { name: '<i>Ada' }, { follow: true })).text(),
    /, <strong>&#60;i&#62;Ada</,
  )
  const thief = browser.copy()
  await browser.post(`${url}/leave`)
  t.deepEqual(browser.cookies, [])
  t.regex(await thief.page(`${url}/club`), /Your name/)
})

test('nobody joins without a name', async (t) => {
  const url = await serve(t, createApp())
  t.is((await new BrowserJar().post(`${url}/login`, { name: ' ' })).status, 400)
})
