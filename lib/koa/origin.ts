import type { ExtendableContext } from 'koa'

/** RFC 6454 6.2, except `null`: a scheme, a host and an optional port. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\]+$/i

/** An origin in lower case and without its default port; `undefined` for `null` and anything invalid. */
export function canonicalOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text)) return undefined
  try {
    const { protocol, host } = new URL(text)
    return host ? `${protocol}//${host}` : undefined
  } catch {
    return undefined
  }
}

/** The request's own origin, with the headers of a proxy only if `app.proxy` is set. */
export function ownOrigin(ctx: Pick<ExtendableContext, 'protocol' | 'host'>): string | undefined {
  return canonicalOrigin(`${ctx.protocol}://${ctx.host}`)
}

/**
 * Whether the request comes from a page of another origin. Browsers say so themselves (Fetch Metadata). Older browsers, and plain HTTP,
 * have only the `Origin` header, which is missing from a same-origin GET.
 */
export function isCrossOrigin(ctx: ExtendableContext): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site) return site !== 'same-origin' && site !== 'none'
  const origin = ctx.req.headers.origin
  return origin !== undefined && (canonicalOrigin(origin) ?? 'null') !== ownOrigin(ctx)
}
