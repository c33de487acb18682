import { LOGIN, PATHS } from '../case.ts'
import { type Contestant, EXPRESS, FASTIFY, FETCH_ROUTER, HONO, KNOWN, KOA, type Served } from '../contestant.ts'
import { NAME } from '../value.ts'
import { expressApp } from './express-app.ts'
import { fastifyApp } from './fastify-app.ts'
import { fetchRouterApp } from './fetch-router-app.ts'
import { honoApp } from './hono-app.ts'
import { koaApp } from './koa-app.ts'

const BODIES = { [LOGIN]: 'ok', [PATHS.unused]: 'ok', [PATHS.read]: NAME, [PATHS.write]: '2' }

function bare(name: string, packages: readonly string[], serve: () => Served | Promise<Served>): Contestant {
  return { name, mode: 'bare', kind: 'bare', over: name, packages, clients: KNOWN, serve }
}

/** The frameworks alone: what the others' costs are counted from. */
export const bareFrameworks: readonly Contestant[] = [
  bare(KOA, ['koa'], () =>
    koaApp({
      login: (ctx) => void (ctx.body = 'ok'),
      read: (ctx) => void (ctx.body = NAME),
      write: (ctx) => void (ctx.body = '2'),
    }),
  ),
  bare(EXPRESS, ['express'], () =>
    expressApp([], {
      login: (_request, response) => response.type('text/plain').send('ok'),
      read: (_request, response) => response.type('text/plain').send(NAME),
      write: (_request, response) => response.type('text/plain').send('2'),
    }),
  ),
  bare(FASTIFY, ['fastify'], () =>
    fastifyApp(async () => {}, { login: () => 'ok', read: () => NAME, write: () => '2' }),
  ),
  bare(HONO, ['hono', '@hono/node-server'], () => honoApp([], (path, context) => context.text(BODIES[path] ?? ''))),
  bare(FETCH_ROUTER, ['@remix-run/fetch-router', '@remix-run/node-fetch-server'], () =>
    fetchRouterApp([], (path) => BODIES[path] ?? ''),
  ),
]
