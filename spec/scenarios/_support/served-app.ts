import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import { sessions, type AnyDefinition, type SessionsOptions } from 'koa-typed-sessions'

/** Of the length that keys must have; good for tests only. */
export const KEY = 'a key for tests, of forty-two characters..'
export const OTHER_KEY = 'another key for tests, as long as that one'

export type Handler = (ctx: Context) => unknown

export interface ServedOptions extends SessionsOptions {
  /** What the app's `keys` are: `[KEY]` unless told otherwise, none for `null`. */
  readonly appKeys?: Koa['keys'] | null
  /** Runs around the sessions middleware. */
  readonly around?: Koa.Middleware
}

interface Call {
  readonly method?: string
  /** The whole `Cookie` header. */
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A response that was read to its end. */
export interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  /** The `Set-Cookie` lines. */
  readonly lines: readonly string[]
}

export interface ServedApp {
  readonly app: Koa
  readonly url: string
  /** What reached the app's `error` event. */
  readonly errors: unknown[]
  request(path: string, call?: Call): Promise<Reply>
}

/** An app that serves some paths behind some sessions, on a free port until the test is over. */
export async function served(
  t: ExecutionContext,
  definitions: readonly AnyDefinition[],
  routes: Readonly<Record<string, Handler>>,
  { appKeys = [KEY], around, ...options }: ServedOptions = {},
): Promise<ServedApp> {
  const app = new Koa()
  const errors: unknown[] = []
  if (appKeys !== null) app.keys = appKeys
  app.on('error', (error: unknown) => errors.push(error))
  if (around) app.use(around)
  app.use(sessions(definitions, options))
  app.use(async (ctx) => {
    const body = await routes[ctx.path]?.(ctx)
    if (body !== undefined && ctx.body === undefined) ctx.body = body
    else if (routes[ctx.path] && ctx.body === undefined && ctx.respond !== false) ctx.status = 204
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    app,
    url,
    errors,
    async request(path, { method = 'GET', cookie, headers } = {}) {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        // A request that nobody answers is a failure, not a reason to wait.
        signal: AbortSignal.timeout(20_000),
        headers: { ...headers, ...(cookie !== undefined && { cookie }) },
      })
      return {
        status: response.status,
        text: await response.text(),
        headers: response.headers,
        lines: response.headers.getSetCookie(),
      }
    },
  }
}

/** The `Set-Cookie` line of one cookie, empty where there is none. */
export function lineOf(reply: Reply, name: string): string {
  const lines = reply.lines.filter((line) => line.startsWith(`${name}=`))
  if (lines.length > 1) throw new Error(`the response sets ${name} ${lines.length} times`)
  return lines[0] ?? ''
}

/** The value that a response gives one cookie, empty where there is none or it is expired. */
export function tokenOf(reply: Reply, name: string): string {
  return (
    lineOf(reply, name)
      .slice(name.length + 1)
      .split(';')[0] ?? ''
  )
}

/** What a browser sends back of a response's cookies: a `Cookie` header. */
export function cookieOf(reply: Reply, ...names: string[]): string {
  return names.map((name) => `${name}=${tokenOf(reply, name)}`).join('; ')
}

/** The attributes in a `Set-Cookie` line, sorted, without those that say when it ends. */
export function attributesOf(line: string): string[] {
  return line
    .split('; ')
    .slice(1)
    .filter((one) => !/^(?:Max-Age|Expires)=/.test(one))
    .toSorted()
}

export function maxAgeOf(line: string): number | undefined {
  const [, seconds] = /; Max-Age=(\d+)/.exec(line) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
