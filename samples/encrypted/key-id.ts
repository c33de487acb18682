import type { ExtendableContext } from 'koa'

/** Which keys made a cookie: what came with the request, and what the browser has after the response. */
export interface KeyIds {
  readonly received: string | undefined
  readonly current: string | undefined
}

/** A token's key id tells which key made it, and nothing about the key. */
export function keyIds(ctx: ExtendableContext, name: string): KeyIds {
  const received = ctx.cookies.get(name)
  const lines = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String)
  const sent = lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
  return { received: keyId(received), current: keyId(sent ?? received) }
}

/** `eXXXX` of what `encrypt` has made, `Fe26.2*XXXXXX` of what `seal` has; an expired cookie has none. */
function keyId(token: string | undefined): string | undefined {
  return token && /^(?:Fe26\.2\*\w{6}|e[\w-]{4})/.exec(token)?.[0]
}
