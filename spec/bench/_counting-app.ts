import Koa, { type Context, type Middleware } from 'koa'
import type { ExecutionContext } from 'ava'
import {
  cookie,
  type CookieSessionOptions,
  type SessionDefinition,
  sessions,
  type SessionStorage,
} from 'koa-typed-sessions'
import { serve } from '../support/serve.ts'
import { LOGIN, PATHS } from './case.ts'
import { type Counts, count, startCounting } from './_counting.ts'
import { counted as increased, type Value, valueOf } from './value.ts'

const VERBS = ['create', 'read', 'update', 'touch', 'delete', 'rotate'] as const

export type Options = CookieSessionOptions<Value>

/** A request: what it does, and whether it comes with a session. */
export type Request = 'no token' | 'not used' | 'read' | 'write' | 'write the same' | 'login'

const REQUESTS: Readonly<Record<Request, { readonly path: string; readonly token: boolean }>> = {
  'no token': { path: PATHS.unused, token: false },
  'not used': { path: PATHS.unused, token: true },
  read: { path: PATHS.read, token: true },
  write: { path: PATHS.write, token: true },
  'write the same': { path: '/same', token: true },
  login: { path: LOGIN, token: false },
}

/** A storage whose verbs are counted. */
export function watched(storage: SessionStorage): SessionStorage {
  const verbs = VERBS.map((verb) => [
    verb,
    (...given: never[]): unknown => {
      count(verb)
      return (storage[verb] as (...given: never[]) => unknown)(...given)
    },
  ])
  return Object.fromEntries(verbs)
}

/** The same answers, a moment later, as a driver gives them. */
export function later(storage: SessionStorage): SessionStorage {
  const verbs = VERBS.map((verb) => [
    verb,
    async (...given: never[]): Promise<unknown> => (storage[verb] as (...given: never[]) => unknown)(...given),
  ])
  return Object.fromEntries(verbs)
}

const serializer = {
  stringify(value: unknown): string {
    count('stringify')
    return JSON.stringify(value)
  },
  parse(text: string): unknown {
    count('parse')
    return JSON.parse(text)
  },
}

/** How often what was called; and the names of the headers that were added. */
export type Taken = Readonly<Record<string, number | string>>

interface Counted {
  /** The session of the last login, as the client sends it. */
  token: string
  /** Sends a request, with the session of the last login, and says what it took beyond an empty middleware. */
  take(request: Request): Promise<Taken>
}

/** An app with so many sessions, the counted one among them. */
export async function counting(t: ExecutionContext, options: Options, definitions = 1): Promise<Counted> {
  const names = Array.from({ length: definitions }, (_, index) => (index === 0 ? 'session' : `other_${index}`))
  const all = names.map((name) => cookie<Value>(name, { serializer, ...options }))
  const definition = all[0] as SessionDefinition<Value>
  const handler = (ctx: Context): void => {
    ctx.body = 'ok'
    if (ctx.path === LOGIN) ctx.sessions.set(definition, valueOf(100))
    else if (ctx.path !== PATHS.unused) {
      const value = ctx.sessions.get(definition) as Value
      if (ctx.path !== PATHS.read) ctx.sessions.set(definition, ctx.path === PATHS.write ? increased(value) : value)
    }
  }
  const ours = await served(t, sessions(all) as Middleware, handler)
  const empty = await served(
    t,
    async (_ctx, next) => await next(),
    (ctx) => void (ctx.body = 'ok'),
  )
  return {
    token: '',
    async take(this: Counted, request: Request) {
      const { path, token: presents } = REQUESTS[request]
      const headers = presents ? { Cookie: this.token } : {}
      const bare = await empty(path, headers)
      const { response, counts } = await ours(path, headers)
      const lines = response.headers.getSetCookie()
      if (lines.length > 0) this.token = lines.map((line) => line.split(';', 1)[0]).join('; ')
      const added = [...new Set(response.headers.keys())].filter((name) => !bare.response.headers.has(name))
      const extra = Object.entries(counts)
        .map(([what, times]) => [what, times - (bare.counts[what] ?? 0)] as const)
        .filter(([, times]) => times !== 0)
      return { ...Object.fromEntries(extra), ...(added.length > 0 && { headers: added.join(' ') }) }
    },
  }
}

async function served(t: ExecutionContext, middleware: Middleware, handler: (ctx: Context) => void) {
  let counts: Counts = {}
  const app = new Koa()
  app.use(async (_ctx, next) => {
    const stop = startCounting()
    await next()
    counts = stop()
  })
  app.use(middleware)
  app.use(handler)
  const base = await serve(t, app)
  return async (path: string, headers: Record<string, string>) => {
    const response = await fetch(base + path, { headers })
    await response.text()
    return { response, counts }
  }
}
