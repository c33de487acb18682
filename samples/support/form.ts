import { text } from 'node:stream/consumers'
import type { ExtendableContext } from 'koa'

const LIMIT = 10_000

/**
 * The fields of a form that was posted.
 *
 * Never reads more than 10 kB: the length must be announced, and the server lets no more than that through. What is
 * wrong is the client's mistake, and is answered as such: 411, 413 or 415.
 */
export async function readForm(ctx: ExtendableContext): Promise<URLSearchParams> {
  const length = ctx.get('Content-Length')
  if (!length) return ctx.throw(411)
  if (Number(length) > LIMIT) return ctx.throw(413)
  if (length !== '0' && !ctx.is('urlencoded')) return ctx.throw(415)
  return new URLSearchParams(await text(ctx.req))
}
