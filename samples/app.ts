import { join } from 'node:path'
import Koa from 'koa'
import { createApp as createApiToken } from './api-token/app.ts'
import { createApp as createEncrypted } from './encrypted/app.ts'
import { createApp as createHello } from './hello/app.ts'
import { createApp as createManySessions } from './many-sessions/app.ts'
import { createApp as createServerSide } from './server-side/app.ts'
import { createApp as createSignIn } from './sign-in/app.ts'
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
  readonly create: (prefix: string) => Koa
}

/** All samples under one roof, each an app of its own, and a page that leads to them. */
export function createApp({ keys, directory }: SamplesOptions): Koa {
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
  ]
  const handlers = new Map(samples.map(({ prefix, create }) => [prefix, create(prefix).callback()]))

  const body = html`<ol class="course">
    ${samples.map(({ prefix, title, sentence }) => html`<li><a href="${prefix}/">${title}</a><br />${sentence}</li>`)}
  </ol>`

  return new Koa().use(async (ctx, next) => {
    const handle = handlers.get(`/${ctx.path.split('/')[1]}`)
    if (handle) {
      // The sample answers, not this app.
      ctx.respond = false
      return handle(ctx.req, ctx.res)
    }
    await next()
    if (ctx.path === '/') ctx.body = page({ title: 'koa-typed-sessions', prefix: '', body })
  })
}
