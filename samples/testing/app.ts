import { readFileSync } from 'node:fs'
import Router from '@koa/router'
import Koa from 'koa'
import {
  authenticate,
  cookie,
  memoryStorage,
  requireFresh,
  sessions,
  type Clock,
  type SessionDefinition,
  type SessionStorage,
} from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page, type Html } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { club, home, loginForm } from './views.ts'

export interface Member {
  name: string
}

/** A function, so that each test has a storage of its own. */
export function memberSession(storage: SessionStorage): SessionDefinition<Member> {
  return cookie<Member>('member', { storage, subject: ({ name }) => name, idleTimeout: '30m', absoluteTimeout: '12h' })
}

export interface TestingOptions {
  /** Default: one in memory. */
  readonly Member?: SessionDefinition<Member>
  /** The time in epoch milliseconds, for tests. Default: the system's. */
  readonly clock?: Clock
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

/** How it is tested, for the page to show. */
const tests = readFileSync(new URL('./app.test.ts', import.meta.url), 'utf8')

export function createApp({
  Member = memberSession(memoryStorage()),
  clock = Date.now,
  prefix = '',
}: TestingOptions = {}): Koa {
  const router = new Router({ prefix })
  const answer = (ctx: Koa.ExtendableContext, title: string, body: Html): void => {
    ctx.body = page({ title, prefix, body })
  }

  router.get('/', (ctx) => answer(ctx, 'Testing', home(prefix, tests)))

  router.get('/login', (ctx) => answer(ctx, 'Join', loginForm(prefix)))

  router.post('/login', async (ctx) => {
    const name = (await readForm(ctx)).get('name')?.trim().slice(0, 40)
    if (!name) return ctx.throw(400, 'who?')
    ctx.sessions.set(Member, { name }, { regenerate: true })
    seeOther(ctx, `${prefix}/club`)
  })

  router.get('/club', authenticate(Member, { challenge: `${prefix}/login` }), (ctx) => {
    answer(ctx, 'Club', club(prefix, ctx.principal.name))
  })

  // For good: only for those who have just come in.
  router.post('/leave', requireFresh(Member, '10m', { challenge: `${prefix}/login` }), (ctx) => {
    ctx.sessions.clear(Member)
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.use(sessions([Member], { clock }))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
