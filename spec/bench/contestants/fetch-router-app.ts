import type { RequestListener } from 'node:http'
import { LOGIN, PATHS } from '../case.ts'
import type { Served } from '../contestant.ts'
import { peer } from '../peers.ts'

export interface FetchRouterContext {
  get(key: unknown): unknown
}

interface Router {
  get(path: string, handler: (context: FetchRouterContext) => Response): void
  fetch(request: Request): Promise<Response>
}

/** Remix's own router on Node. */
export async function fetchRouterApp(
  middleware: readonly unknown[],
  handler: (path: string, context: FetchRouterContext) => string,
): Promise<Served> {
  const { createRouter } = await peer<{ createRouter(options: object): Router }>('@remix-run/fetch-router')
  const { createRequestListener } = await peer<{
    createRequestListener(handler: (request: Request) => Promise<Response>): RequestListener
  }>('@remix-run/node-fetch-server')
  const router = createRouter({ middleware })
  const headers = { 'Content-Type': 'text/plain' }
  router.get(PATHS.unused, () => new Response('ok', { headers }))
  for (const path of [LOGIN, PATHS.read, PATHS.write]) {
    router.get(path, (context) => new Response(handler(path, context), { headers }))
  }
  return { listener: createRequestListener((request) => router.fetch(request)) }
}
