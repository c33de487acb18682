import Koa, { type Context, type Middleware } from 'koa'
import { LOGIN, PATHS } from '../case.ts'
import { SECRET, type Served } from '../contestant.ts'

type Handler = (ctx: Context) => void | Promise<void>

/** What the four cases are in one library. */
export interface Handlers {
  readonly login: Handler
  readonly read: Handler
  readonly write: Handler
}

/** A Koa app with a session library, or none, before the handlers. */
export function koaApp(handlers: Handlers, ...middleware: ((app: Koa) => Middleware)[]): Served {
  const app = new Koa()
  app.keys = [SECRET]
  for (const make of middleware) app.use(make(app))
  app.use((ctx) => {
    switch (ctx.path) {
      case LOGIN:
        return handlers.login(ctx)
      case PATHS.unused:
        ctx.body = 'ok'
        return undefined
      case PATHS.read:
        return handlers.read(ctx)
      default:
        return handlers.write(ctx)
    }
  })
  const callback = app.callback()
  return { listener: (request, response) => void callback(request, response) }
}
