import type { ExecutionContext } from 'ava'
import Koa, { type Context, type Middleware } from 'koa'
import { sessions, type AnyDefinition, type SessionsOptions } from 'koa-typed-sessions'
import { serve } from '../../support/serve.ts'
import { Browser } from './browser.ts'

export type Handler = (ctx: Context) => unknown
export type Routes = Readonly<Record<string, Handler>>

/** A story's app: who visits it, and what its `error` event was told. */
export interface Story {
  readonly url: string
  readonly errors: unknown[]
  browser(): Browser
}

type Teardown = Pick<ExecutionContext, 'teardown'> & Partial<Pick<ExecutionContext, 'log' | 'passed'>>

export const KEYS = ['a key of the scenarios, long enough for anything']

/** Serves routes behind sessions. `around` runs around both. */
export function tell(
  t: Teardown,
  definitions: readonly AnyDefinition[],
  routes: Routes,
  options: SessionsOptions & { readonly around?: Middleware } = {},
): Promise<Story> {
  const { around, ...given } = options
  return assemble(t, [...(around ? [around] : []), sessions(definitions, given), routed(routes)])
}

/** Serves an app of these middlewares. */
export async function assemble(t: Teardown, middlewares: readonly Middleware[]): Promise<Story> {
  const app = new Koa()
  app.keys = KEYS
  for (const middleware of middlewares) app.use(middleware)
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  // A story that ends wrongly often began with an error that it does not look at.
  t.teardown(() => {
    if (t.passed === false && errors.length > 0) t.log?.('errors of the app:', ...errors)
  })
  const url = await serve(t, app)
  return { url, errors, browser: () => new Browser(url) }
}

/** One handler a path; where there is none it goes on. */
export function routed(routes: Routes): Middleware {
  return async (ctx, next) => {
    const handler = routes[ctx.path]
    await (handler ? handler(ctx) : next())
  }
}

/** The `code`s of errors, in their order. */
export function codes(errors: readonly unknown[]): unknown[] {
  return errors.map((error) => (error as { code?: unknown }).code)
}
