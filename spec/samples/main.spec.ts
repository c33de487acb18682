import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { BrowserJar } from '../support/browser-jar.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Running {
  readonly url: string
  readonly stop: () => Promise<unknown>
}

/** Runs a sample's main.ts as a process of its own in that folder, on a free port, as somebody does who tries it. */
async function run(t: ExecutionContext, name: string, cwd: string): Promise<Running> {
  const main = fileURLToPath(new URL(`../../samples/${name}`, import.meta.url))
  const loader = ['--import', import.meta.resolve('tsx'), '--conditions=koa-typed-sessions-source']
  const child = spawn(process.execPath, [...loader, main], {
    cwd,
    env: { PATH: process.env['PATH'], PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = (): Promise<unknown> => {
    child.kill('SIGKILL')
    return ended
  }
  t.teardown(stop)
  const lines = createInterface(child.stdout)
  const line = await Promise.race([once(lines, 'line'), ended.then(() => [''])])
  const [, port] = /^http:\/\/localhost:(\d+)$/.exec(String(line[0])) ?? []
  if (port === undefined) throw new Error(`${name} did not say where it listens`)
  return { url: `http://127.0.0.1:${port}`, stop }
}

test('all samples start with no configuration, and a restart keeps the counter and the notebook', async (t) => {
  const cwd = temporaryFolder(t)
  const browser = new BrowserJar()
  const first = await run(t, 'main.ts', cwd)
  await browser.page(`${first.url}/hello`)
  await browser.post(`${first.url}/server-side/sign-in`, { owner: 'Ada' })
  await first.stop()
  const second = await run(t, 'main.ts', cwd)
  t.regex(await browser.page(`${second.url}/hello`), /<strong>2<\/strong>/)
  t.regex(await browser.page(`${second.url}/server-side`), /<strong>Ada<\/strong>/)
  t.is(statSync(join(cwd, '.sessions/development-key')).mode & 0o777, 0o600)
})

for (const name of [
  'hello',
  'sign-in',
  'many-sessions',
  'api-token',
  'server-side',
  'encrypted',
  'account',
  'timeouts',
  'testing',
  'metrics',
  'cluster',
  'own-storage',
]) {
  test(`${name} runs alone as well`, async (t) => {
    const { url } = await run(t, `${name}/main.ts`, temporaryFolder(t))
    const response = await fetch(url)
    t.is(response.status, 200)
    t.false((await response.text()).includes('All samples'))
  })
}
