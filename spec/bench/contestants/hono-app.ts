import type { RequestListener } from 'node:http'
import { LOGIN, PATHS } from '../case.ts'
import type { Served } from '../contestant.ts'
import { peer } from '../peers.ts'
import type { Value } from '../value.ts'

export interface HonoContext {
  text(body: string): unknown
  get(name: 'session'): { get(key: 'value'): Value | undefined; set(key: 'value', value: Value): void }
}

interface Hono {
  use(path: string, middleware: unknown): void
  get(path: string, handler: (context: HonoContext) => unknown): void
  readonly fetch: unknown
}

export async function honoApp(
  middleware: readonly unknown[],
  handler: (path: string, context: HonoContext) => unknown,
): Promise<Served> {
  const { Hono } = await peer<{ Hono: new () => Hono }>('hono')
  const { getRequestListener } = await peer<{ getRequestListener(fetch: unknown): RequestListener }>(
    '@hono/node-server',
  )
  const app = new Hono()
  for (const each of middleware) app.use('*', each)
  app.get(PATHS.unused, (context) => context.text('ok'))
  for (const path of [LOGIN, PATHS.read, PATHS.write]) app.get(path, (context) => handler(path, context))
  return { listener: getRequestListener(app.fetch) }
}
