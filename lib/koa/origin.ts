import type { ExtendableContext } from 'koa'

/** RFC 6454 6.2, but for `null`: a scheme, a host, a port perhaps, and nothing else. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\]+$/i

/** An origin as the one text that says it: lower case, without its default port. `undefined` for what is none, as `null`. */
export function canonicalOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text)) return undefined
  try {
    const { protocol, host } = new URL(text)
    return host ? `${protocol}//${host}` : undefined
  } catch {
    return undefined
  }
}

/** The request's own origin: what `app.proxy` says of a proxy's headers holds. Not `ctx.origin`, which believes the client. */
export function ownOrigin(ctx: Pick<ExtendableContext, 'protocol' | 'host'>): string | undefined {
  return canonicalOrigin(`${ctx.protocol}://${ctx.host}`)
}

/**
 * Whether a page of another origin asks. Browsers say so themselves (Fetch Metadata); to older ones, and for plain HTTP, the
 * Origin must do, which they leave out of a same-origin GET.
 */
export function isCrossOrigin(ctx: ExtendableContext): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site) return site !== 'same-origin' && site !== 'none'
  const origin = ctx.req.headers.origin
  return origin !== undefined && (canonicalOrigin(origin) ?? 'null') !== ownOrigin(ctx)
}
