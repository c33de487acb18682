import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa, { type Context } from 'koa'
import { sessions, type AnyDefinition, type SessionsMiddleware, type SessionsOptions } from 'koa-typed-sessions'

/** What a client gets to see of a response. */
export interface Answer {
  readonly status: number
  readonly setCookie: readonly string[]
}

/** A request to an app without a network in between: nothing but the app decides what happens when. */
export type Send = (handler: (ctx: Context) => unknown, cookie?: string) => Promise<Answer>

/** An app with some sessions, each request to which brings a handler of its own. */
export interface Server {
  readonly send: Send
  readonly mounted: SessionsMiddleware
}

export function inProcess(definitions: readonly AnyDefinition[], options: SessionsOptions): Server {
  const app = new Koa()
  const handlers = new WeakMap<IncomingMessage, (ctx: Context) => unknown>()
  // What is answered says what went wrong.
  app.silent = true
  const mounted = sessions(definitions, options)
  app.use(mounted)
  app.use(async (ctx) => {
    ctx.status = 204
    await handlers.get(ctx.req)?.(ctx)
  })
  const handle = app.callback()
  const send: Send = async (handler, cookie) => {
    const request = new IncomingMessage(new Socket())
    request.method = 'GET'
    request.url = '/'
    if (cookie !== undefined) request.headers.cookie = cookie
    handlers.set(request, handler)
    const response = new ServerResponse(request)
    await handle(request, response)
    return { status: response.statusCode, setCookie: [response.getHeader('set-cookie') ?? []].flat().map(String) }
  }
  return { send, mounted }
}
