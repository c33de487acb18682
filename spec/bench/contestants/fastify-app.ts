import type { RequestListener } from 'node:http'
import { LOGIN, PATHS } from '../case.ts'
import type { Served } from '../contestant.ts'
import { peer } from '../peers.ts'
import type { Value } from '../value.ts'

interface FastifySession {
  get(key: 'value'): Value | undefined
  set(key: 'value', value: Value): void
}

type Handler = (request: { session: FastifySession }) => string

export interface Fastify {
  register(plugin: unknown, options?: object): Promise<unknown>
  get(path: string, handler: (request: { session: FastifySession }, reply: unknown) => Promise<string>): void
  ready(): Promise<unknown>
  close(): Promise<void>
  readonly routing: RequestListener
}

export interface FastifyHandlers {
  readonly login: Handler
  readonly read: Handler
  readonly write: Handler
}

export async function fastifyApp(install: (app: Fastify) => Promise<void>, handlers: FastifyHandlers): Promise<Served> {
  const { default: fastify } = await peer<{ default: () => Fastify }>('fastify')
  const app = fastify()
  await install(app)
  app.get(LOGIN, async (request) => handlers.login(request))
  app.get(PATHS.unused, async () => 'ok')
  app.get(PATHS.read, async (request) => handlers.read(request))
  app.get(PATHS.write, async (request) => handlers.write(request))
  await app.ready()
  return { listener: app.routing, close: () => app.close() }
}
