import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { build } from 'esbuild'
import Koa from 'koa'
import { cookie, memoryStorage, sessions } from 'koa-typed-sessions'
import { mirror, type Exposed } from 'koa-typed-sessions/live'

interface Account {
  user: string
  role: string
  items: number
  secret: string
}

const bundles = new Map<string, Promise<string>>()

/** A module and all that it imports, as a browser takes it. */
export function bundle(path: string): Promise<string> {
  const made = bundles.get(path) ?? make(path)
  bundles.set(path, made)
  return made
}

async function make(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url))],
    bundle: true,
    conditions: ['koa-typed-sessions-source'],
    format: 'esm',
    write: false,
  })
  return outputFiles[0]!.text
}

/** An app with a mirror, on a server that can be taken away. */
export class Site {
  readonly #server: Server
  readonly #middleware: ReturnType<typeof makeApp>['middleware']
  readonly #definition: ReturnType<typeof makeApp>['definition']
  readonly state: ReturnType<typeof makeApp>['state']
  #port = 0

  private constructor() {
    const { app, middleware, definition, state } = makeApp()
    const handle = app.callback()
    this.#server = createServer((request, response) => void handle(request, response))
    this.#middleware = middleware
    this.#definition = definition
    this.state = state
  }

  static async start(t: ExecutionContext): Promise<Site> {
    const site = new Site()
    await site.start()
    t.teardown(() => site.stop())
    return site
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** On the port that it had before, if it had one. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  revokeAll(user: string): Promise<number | undefined> {
    return this.#middleware.revokeAll(this.#definition, user)
  }
}

function makeApp() {
  const definition = cookie<Account>('account', { storage: memoryStorage(), subject: ({ user }) => user })
  const middleware = sessions([definition])
  const shown = mirror(definition, { expose: ({ user, role, items }) => ({ user, role, items }) })
  const state = { isDown: false, streams: 0, asked: 0 }
  const app = new Koa()
  app.on('error', () => {})
  app.use(middleware)
  app.use(async (ctx) => {
    switch (ctx.path) {
      case '/client.js':
        ctx.type = 'text/javascript'
        ctx.body = await bundle('../../lib/client/index.ts')
        return
      case '/session':
        state.asked++
        if (state.isDown) return ctx.throw(503)
        state.streams++
        ctx.res.once('close', () => state.streams--)
        return shown(ctx)
      case '/login': {
        const user = String(ctx.query['user'])
        ctx.sessions.set(definition, { user, role: user === 'ada' ? 'admin' : 'guest', items: 0, secret: 'hidden' })
        ctx.body = 'in'
        return
      }
      case '/add':
        await ctx.sessions.update(definition, (account) => account && { ...account, items: account.items + 1 })
        ctx.body = 'added'
        return
      case '/regenerate':
        ctx.sessions.open(definition).regenerateId()
        ctx.body = 'new'
        return
      case '/logout':
        ctx.sessions.clear(definition)
        ctx.body = 'out'
        return
      case '/page':
      case '/other':
        ctx.set('Cache-Control', 'private, no-cache')
        ctx.body = page(await shown.snapshot(ctx))
    }
  })
  return { app, middleware, definition, state, shown }
}

/** What the browser is shown. */
export type Shown = Exposed<ReturnType<typeof makeApp>['shown']>

function page(initial: string): string {
  return `<!doctype html><title>Account</title><h1 id="user"></h1>
<script type="application/json" id="initial">${initial}</script>
<script type="module">
  import * as client from '/client.js'
  const session = client.connectSession('/session', {
    initial: document.getElementById('initial').textContent,
    onIdentityChange: () => window.identities++,
  })
  Object.assign(window, { client, session, identities: 0, runs: { admin: 0, user: [] } })
  window.heard = new Promise((resolve) => {
    client.autorun(() => session.status === 'gone' && resolve(Date.now()))
  })
  client.autorun(() => (document.getElementById('user').textContent = session.get('user') ?? ''))
  client.autorun(() => (session.equals('role', 'admin'), window.runs.admin++))
  client.autorun(() => window.runs.user.push([session.get('user'), session.get('role')].join(' ')))
</script>`
}
