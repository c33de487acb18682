import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { createApp } from '../../samples/cluster/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { noOwnServer, ownServer } from '../support/postgres-server.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { serve } from '../support/serve.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

/** An engine that can be killed, and started again with what it has kept. */
interface Engine {
  readonly url: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

interface EngineKind {
  readonly name: string
  readonly variable: string
  /** Why there is none here. */
  readonly missing: string | undefined
  start(): Promise<Engine>
}

const ENGINES: readonly EngineKind[] = [
  {
    name: 'Redis',
    variable: 'REDIS_URL',
    missing: hasRedisServer ? undefined : 'no redis-server here',
    start: () => RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always'),
  },
  { name: 'PostgreSQL', variable: 'DATABASE_URL', missing: noOwnServer, start: ownServer },
]

/** The sample's processes, as somebody runs them. */
class Cluster {
  readonly url: string
  readonly #lines: string[]
  readonly #changed: EventTarget

  private constructor(url: string, lines: string[], changed: EventTarget) {
    this.url = url
    this.#lines = lines
    this.#changed = changed
  }

  static async start(t: ExecutionContext, environment: Record<string, string> = {}): Promise<Cluster> {
    const main = fileURLToPath(new URL('../../samples/cluster/main.ts', import.meta.url))
    const loader = ['--import', import.meta.resolve('tsx'), '--conditions=koa-typed-sessions-source']
    const child = spawn(process.execPath, [...loader, main], {
      cwd: temporaryFolder(t),
      env: { PATH: process.env['PATH'], PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    const closed = once(child, 'close')
    t.teardown(() => {
      // The others end with the first, and the pipes with the last.
      child.kill('SIGKILL')
      return closed
    })
    const lines: string[] = []
    const changed = new EventTarget()
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      changed.dispatchEvent(new Event('line'))
    })
    const cluster = new Cluster('', lines, changed)
    const ended = closed.then(() => Promise.reject(new Error(errors)))
    const [, port] = await Promise.race([cluster.says(/^http:\/\/localhost:(\d+)$/), ended])
    return new Cluster(`http://127.0.0.1:${port}`, lines, changed)
  }

  /** Waits until it has said so. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = this.#lines.map((line) => pattern.exec(line)).find((match) => match !== null)
      if (found) return found
      await once(this.#changed, 'line')
    }
  }
}

/** What the page says: of whom, how often which process has counted, and which one answers. */
function read(page: string): { name: string | undefined; total: number; counts: Map<number, number>; pid: number } {
  const counts = page.matchAll(/by process (\d+)<\/dt>\s*<dd>(\d+)</g)
  return {
    name: /You are <strong>(.*?)</.exec(page)?.[1],
    total: Number(/<output>(\d+)</.exec(page)?.[1]),
    counts: new Map(Array.from(counts, ([, pid, times]) => [Number(pid), Number(times)])),
    pid: Number(/Answered by process <code>(\d+)</.exec(page)?.[1]),
  }
}

async function count(t: ExecutionContext, browser: BrowserJar, url: string, times: number): Promise<void> {
  const counted = await Promise.all(Array.from({ length: times }, () => browser.post(`${url}/count`)))
  for (const { status, headers } of counted) t.deepEqual([status, headers.get('Location')], [303, '/'])
}

const sum = (counts: Map<number, number>): number => [...counts.values()].reduce((total, times) => total + times, 0)

async function staysSignedIn(t: ExecutionContext, cluster: Cluster): Promise<void> {
  const { url } = cluster
  const browser = new BrowserJar()
  await browser.post(`${url}/sign-in`, { name: 'Ada' })
  const { value: id } = browser.cookie('cluster_member')!
  await count(t, browser, url, 30)
  const before = read(await browser.page(url))
  t.is(before.counts.size, 2)
  t.is(sum(before.counts), 30)

  const [victim] = before.counts.keys()
  process.kill(victim!, 'SIGKILL')
  await cluster.says(new RegExp(`^process ${victim} has ended$`))
  t.is(read(await browser.page(url)).name, 'Ada')
  await count(t, browser, url, 10)

  const [, successor] = await cluster.says(/^process (\d+) has taken its place$/)
  await count(t, browser, url, 10)
  const after = read(await browser.page(url))
  t.is(after.name, 'Ada')
  t.is(after.total, 50)
  t.is(sum(after.counts), 50)
  t.is(after.counts.size, 3)
  for (const pid of [...before.counts.keys(), Number(successor)]) t.true(after.counts.has(pid))
  t.is(after.counts.get(victim!), before.counts.get(victim!))
  t.is(browser.cookie('cluster_member')!.value, id)
}

/** Asks until each of both processes has answered with its page. */
async function untilBothAnswer(browser: BrowserJar, url: string): Promise<void> {
  const answered = new Set<number>()
  const haveBoth = async (): Promise<boolean> => {
    const response = await browser.fetch(url)
    const { pid } = read(await response.text())
    if (response.status === 200) answered.add(pid)
    return answered.size === 2
  }
  await until(haveBoth, { what: 'both processes have answered' })
}

test.serial(
  'on a directory: one process of two is killed, the browser stays signed in, and every count counts',
  async (t) => {
    await staysSignedIn(t, await Cluster.start(t))
  },
)

for (const { name, variable, missing, start } of ENGINES) {
  if (missing !== undefined) {
    test.skip(`the cluster on ${name} (${missing})`, () => {})
    continue
  }

  const run = async (t: ExecutionContext): Promise<{ engine: Engine; cluster: Cluster }> => {
    const engine = await start()
    t.teardown(() => engine.stop())
    return { engine, cluster: await Cluster.start(t, { [variable]: engine.url }) }
  }

  test.serial(
    `on ${name}: one process of two is killed, the browser stays signed in, and every count counts`,
    async (t) => {
      const { cluster } = await run(t)
      t.regex(await new BrowserJar().page(cluster.url), new RegExp(`Sessions are kept in ${name}\\.`))
      await staysSignedIn(t, cluster)
    },
  )

  test.serial(
    `on ${name}: while it is down what needs no session answers, the rest is 503 and keeps the cookie`,
    async (t) => {
      const { engine, cluster } = await run(t)
      const { url } = cluster
      const browser = new BrowserJar()
      await browser.post(`${url}/sign-in`, { name: 'Ada' })
      await count(t, browser, url, 4)
      const before = browser.cookie('cluster_member')

      await engine.kill()
      // Twice each, so that both processes are asked.
      for (let times = 0; times < 2; times++) {
        const help = await browser.fetch(`${url}/help`)
        t.is(help.status, 200)
        t.deepEqual(help.headers.getSetCookie(), [])
      }
      for (const path of ['/', '/', '/count', '/count', '/sign-out', '/sign-out']) {
        const response = path === '/' ? await browser.fetch(url) : await browser.post(url + path)
        t.is(response.status, 503, path)
        t.is(response.headers.get('Location'), null, path)
        t.deepEqual(response.headers.getSetCookie(), [], path)
        t.is((await response.text()).includes('You may still be signed in'), path === '/sign-out', path)
      }
      const signIn = await new BrowserJar().post(`${url}/sign-in`, { name: 'Grace' })
      t.is(signIn.status, 503)
      t.deepEqual(signIn.headers.getSetCookie(), [])

      await engine.start()
      await untilBothAnswer(browser, url)
      t.deepEqual(browser.cookie('cluster_member'), before)
      await count(t, browser, url, 4)
      const { name: user, total } = read(await browser.page(url))
      t.deepEqual({ user, total }, { user: 'Ada', total: 8 })

      const thief = browser.copy()
      t.is((await browser.post(`${url}/sign-out`)).status, 303)
      t.is(browser.cookie('cluster_member'), undefined)
      for (let times = 0; times < 2; times++) t.regex(await thief.page(url), /Who are you\?/)
    },
  )
}

test.serial('the button kills the process that answers, which another one replaces', async (t) => {
  const cluster = await Cluster.start(t)
  const browser = new BrowserJar()
  await browser.post(`${cluster.url}/sign-in`, { name: 'Ada' })
  t.regex(await browser.page(cluster.url), /action="\/kill"/)
  t.is((await browser.post(`${cluster.url}/kill`)).status, 303)
  const [, victim] = await cluster.says(/^process (\d+) has ended$/)
  const [, successor] = await cluster.says(/^process (\d+) has taken its place$/)
  const pids = new Set<number>()
  for (let times = 0; times < 4; times++) {
    const { name, pid } = read(await browser.page(cluster.url))
    t.is(name, 'Ada')
    pids.add(pid)
  }
  t.is(pids.size, 2)
  t.true(pids.has(Number(successor)))
  t.false(pids.has(Number(victim)))
})

test('a process cannot be killed by whoever is not signed in', async (t) => {
  let kills = 0
  const app = createApp({ storage: memoryStorage(), engine: 'memory', kill: () => kills++ })
  const url = await serve(t, app)
  const [stranger, ada] = [new BrowserJar(), new BrowserJar()]
  await stranger.post(`${url}/kill`)
  t.is(kills, 0)
  await ada.post(`${url}/sign-in`, { name: 'Ada' })
  await ada.post(`${url}/kill`)
  t.is(kills, 1)
})

test('where there is one process only, the page says how to run several, and nobody can kill it', async (t) => {
  const url = await serve(t, createApp({ storage: memoryStorage(), engine: 'memory' }))
  const browser = new BrowserJar()
  await browser.post(`${url}/sign-in`, { name: 'Ada' })
  const page = await browser.page(url)
  t.regex(page, /npx tsx --conditions=koa-typed-sessions-source samples\/cluster\/main\.ts/)
  t.notRegex(page, /action="\/kill"/)
  t.is((await browser.post(`${url}/kill`)).status, 404)
})
