import { join } from 'node:path'
import Koa from 'koa'
import { directoryStorage } from 'koa-typed-sessions'
import { createApp as createAccount } from './account/app.ts'
import { createApp as createApiToken } from './api-token/app.ts'
import { createApp as createChat } from './chat/app.ts'
import { createApp as createCluster } from './cluster/app.ts'
import { createApp as createEncrypted } from './encrypted/app.ts'
import { createApp as createHello } from './hello/app.ts'
import { createApp as createLeaderboard } from './leaderboard/app.ts'
import { createApp as createLiveAccount } from './live-account/app.ts'
import { createApp as createManySessions } from './many-sessions/app.ts'
import { createApp as createMetrics } from './metrics/app.ts'
import { createApp as createOwnStorage } from './own-storage/app.ts'
import { createApp as createServerSide } from './server-side/app.ts'
import { createApp as createSignIn } from './sign-in/app.ts'
import { createApp as createTesting } from './testing/app.ts'
import { createApp as createTimeouts } from './timeouts/app.ts'
import type { WithUpgrade } from './support/listen.ts'
import { html, page } from './support/page.ts'

export interface SamplesOptions {
  /** What sessions by value are signed with. */
  readonly keys: string[]
  /** The folder below which sessions are kept. */
  readonly directory: string
}

interface Sample {
  readonly prefix: string
  readonly title: string
  readonly sentence: string
  readonly create: (prefix: string) => Koa & Partial<WithUpgrade>
}

/** All samples under one roof, each an app of its own, and a page that leads to them. */
export function createApp({ keys, directory }: SamplesOptions): Koa & WithUpgrade {
  const samples: readonly Sample[] = [
    {
      prefix: '/hello',
      title: 'Hello',
      sentence: 'A visit counter in a signed cookie.',
      create: (prefix) => createHello({ prefix, keys }),
    },
    {
      prefix: '/sign-in',
      title: 'Sign in',
      sentence: 'A login form, a page behind it, a new id at login, a logout.',
      create: (prefix) => createSignIn({ prefix }),
    },
    {
      prefix: '/many-sessions',
      title: 'Many sessions',
      sentence: 'A user by id, a basket by value and a theme that scripts can read, at once on one page.',
      create: (prefix) => createManySessions({ prefix, keys }),
    },
    {
      prefix: '/api-token',
      title: 'API token',
      sentence: 'A session for programs, in the Authorization header.',
      create: (prefix) => createApiToken({ prefix }),
    },
    {
      prefix: '/server-side',
      title: 'Server side',
      sentence: 'Sessions in a directory: they outlive a restart, and what is kept is no credential.',
      create: (prefix) => createServerSide({ prefix, directory: join(directory, 'server-side') }),
    },
    {
      prefix: '/encrypted',
      title: 'Encrypted',
      sentence: 'Cookies that the browser cannot read, and keys that are rotated while the server runs.',
      create: (prefix) => createEncrypted({ prefix }),
    },
    {
      prefix: '/account',
      title: 'Account',
      sentence: 'Signed in from several browsers: a list of devices, and how to end one, or all others.',
      create: (prefix) => createAccount({ prefix }),
    },
    {
      prefix: '/timeouts',
      title: 'Timeouts',
      sentence: 'A session that ends while you watch, and a page that asks whether you are still there.',
      create: (prefix) => createTimeouts({ prefix }),
    },
    {
      prefix: '/testing',
      title: 'Testing',
      sentence: 'A club for members, and the tests that it has: sessions without a login, a clock to advance.',
      create: (prefix) => createTesting({ prefix }),
    },
    {
      prefix: '/metrics',
      title: 'Metrics',
      sentence: 'What happens to sessions, counted for Prometheus.',
      create: (prefix) => createMetrics({ prefix }),
    },
    {
      prefix: '/cluster',
      title: 'Cluster',
      sentence: 'Several processes on one storage: kill the one that answers, and stay signed in.',
      create: (prefix) => {
        const folder = join(directory, 'cluster')
        return createCluster({ prefix, storage: directoryStorage(folder), engine: `the directory ${folder}` })
      },
    },
    {
      prefix: '/own-storage',
      title: 'Own storage',
      sentence: 'A storage of your own in forty lines, and the conformance suite that it passes.',
      create: (prefix) => createOwnStorage({ prefix }),
    },
    {
      prefix: '/leaderboard',
      title: 'Leaderboard',
      sentence: 'A reactive store in the browser: of 10,000 rows that watch the selection, a click runs two.',
      create: (prefix) => createLeaderboard({ prefix }),
    },
    {
      prefix: '/live-account',
      title: 'Live account',
      sentence: 'A session that is live in every tab: a name and a basket, and signed out in all of them at once.',
      create: (prefix) => createLiveAccount({ prefix }),
    },
    {
      prefix: '/chat',
      title: 'Chat',
      sentence: 'A WebSocket with the login of HTTP: sign out, and the socket closes.',
      create: (prefix) => createChat({ prefix }),
    },
  ]
  const apps = new Map(samples.map(({ prefix, create }) => [prefix, create(prefix)]))
  const handlers = new Map(Array.from(apps, ([prefix, app]) => [prefix, app.callback()]))

  const body = html`<ol class="course">
    ${samples.map(({ prefix, title, sentence }) => html`<li><a href="${prefix}/">${title}</a><br />${sentence}</li>`)}
  </ol>`

  const app = new Koa().use(async (ctx, next) => {
    const handle = handlers.get(prefixOf(ctx.path))
    if (handle) {
      // The sample answers, not this app.
      ctx.respond = false
      return handle(ctx.req, ctx.res)
    }
    await next()
    if (ctx.path === '/') ctx.body = page({ title: 'koa-typed-sessions', prefix: '', body })
  })
  const upgrade: WithUpgrade['upgrade'] = (request, socket, head) => {
    const sample = apps.get(prefixOf(request.url ?? ''))
    if (sample?.upgrade) sample.upgrade(request, socket, head)
    else socket.destroy()
  }
  return Object.assign(app, { upgrade })
}

function prefixOf(path: string): string {
  return `/${path.split('/')[1]}`
}
