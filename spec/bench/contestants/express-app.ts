import type { RequestListener } from 'node:http'
import { LOGIN, PATHS } from '../case.ts'
import type { Served } from '../contestant.ts'
import { peer } from '../peers.ts'
import type { Value } from '../value.ts'

interface ExpressRequest {
  session: { value?: Value }
}

interface ExpressResponse {
  type(name: string): ExpressResponse
  send(body: string): unknown
}

type Handler = (request: ExpressRequest, response: ExpressResponse) => void

type Express = RequestListener & {
  disable(setting: string): void
  use(middleware: unknown): void
  get(path: string, handler: Handler): void
}

export interface ExpressHandlers {
  readonly login: Handler
  readonly read: Handler
  readonly write: Handler
}

/** An Express app. `ETag` and `X-Powered-By` are off: no other framework here makes them. */
export async function expressApp(middleware: readonly unknown[], handlers: ExpressHandlers): Promise<Served> {
  const { default: express } = await peer<{ default: () => Express }>('express')
  const app = express()
  app.disable('etag')
  app.disable('x-powered-by')
  for (const each of middleware) app.use(each)
  app.get(LOGIN, handlers.login)
  app.get(PATHS.unused, (_request, response) => response.type('text/plain').send('ok'))
  app.get(PATHS.read, handlers.read)
  app.get(PATHS.write, handlers.write)
  return { listener: app }
}
