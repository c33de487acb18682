import type { ExecutionContext } from 'ava'
import Koa, { type Context, type Middleware } from 'koa'
import { sessions, type AnyDefinition, type SessionsOptions } from 'koa-typed-sessions'
import { Browser, type Page } from './browser.ts'
import { serve } from './serve.ts'

/** Of the length that keys must have; good for tests only. */
export const KEY = 'a key for tests, of forty-two characters..'
export const OTHER_KEY = 'another key for tests, as long as that one'
export const KEYS = [KEY]

/** What it returns is the body, unless it sets one. */
export type Handler = (ctx: Context) => unknown
export type Routes = Readonly<Record<string, Handler>>

export interface AppOptions extends SessionsOptions {
  /** The app's `keys`; `null` for none. Default: {@link KEYS}. */
  readonly appKeys?: Koa['keys'] | null
  /** Runs around the sessions middleware. */
  readonly around?: Middleware
}

interface Call {
  readonly method?: string
  /** The whole `Cookie` header. */
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An app that is served until the test is over. */
export interface ServedApp {
  readonly app: Koa
  readonly url: string
  /** What reached the app's `error` event. */
  readonly errors: unknown[]
  /** A client that keeps cookies. */
  browser(): Browser
  /** A request of a client without cookies of its own. */
  request(path: string, call?: Call): Promise<Page>
}

type Test = Pick<ExecutionContext, 'teardown'> & Partial<Pick<ExecutionContext, 'log' | 'passed'>>

/** Serves routes behind sessions. */
export function serveApp(
  t: Test,
  definitions: readonly AnyDefinition[],
  routes: Routes,
  { appKeys, around, ...options }: AppOptions = {},
): Promise<ServedApp> {
  return serveMiddlewares(t, [...(around ? [around] : []), sessions(definitions, options), routed(routes)], appKeys)
}

/** Serves an app of these middlewares. */
export async function serveMiddlewares(
  t: Test,
  middlewares: readonly Middleware[],
  appKeys: Koa['keys'] | null = KEYS,
): Promise<ServedApp> {
  const app = new Koa()
  if (appKeys !== null) app.keys = appKeys
  for (const middleware of middlewares) app.use(middleware)
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  // A story that ends wrongly often began with an error that it does not look at.
  t.teardown(() => {
    if (t.passed === false && errors.length > 0) t.log?.('errors of the app:', ...errors)
  })
  const url = await serve(t, app)
  return {
    app,
    url,
    errors,
    browser: () => new Browser(url),
    request(path, { method = 'GET', cookie, headers } = {}) {
      // A request that is never answered is a failure, not a reason to wait.
      const signal = AbortSignal.timeout(20_000)
      return new Browser(url).get(path, {
        method,
        signal,
        headers: { ...headers, ...(cookie !== undefined && { cookie }) },
      })
    },
  }
}

/** One handler for each path. A request for another path goes on. A handler without a result is answered with 204. */
export function routed(routes: Routes): Middleware {
  return async (ctx, next) => {
    const handler = routes[ctx.path]
    if (!handler) return next()
    const body = await handler(ctx)
    if (ctx.body !== undefined || ctx.respond === false) return
    if (body !== undefined) ctx.body = body
    else if (ctx.status === 404) ctx.status = 204
  }
}

/** The `code`s of errors, in order. */
export function codes(errors: readonly unknown[]): unknown[] {
  return errors.map((error) => (error as { code?: unknown }).code)
}
