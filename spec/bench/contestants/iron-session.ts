import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { type Contestant, KNOWN, KOA, SECRET } from '../contestant.ts'
import { peer } from '../peers.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { koaApp } from './koa-app.ts'

interface Iron {
  getIronSession(
    request: IncomingMessage,
    response: ServerResponse,
    options: object,
  ): Promise<{ value?: Value; save(): Promise<void> }>
}

const OPTIONS = { password: SECRET, cookieName: 'session', cookieOptions: { secure: false } }

function ironSession(major: string): Contestant {
  const name = `iron-session-${major}`
  return {
    name: `iron-session ${major}`,
    mode: 'sealed',
    kind: 'peer',
    over: KOA,
    packages: [name],
    clients: KNOWN,
    async serve({ size }) {
      const { getIronSession } = await peer<Iron>(name)
      const value = valueOf(size)
      const session = (ctx: Context) => getIronSession(ctx.req, ctx.res, OPTIONS)
      return koaApp({
        async login(ctx) {
          const opened = await session(ctx)
          opened.value = value
          await opened.save()
          ctx.body = 'ok'
        },
        async read(ctx) {
          ctx.body = (await session(ctx)).value?.name ?? 'nobody'
        },
        async write(ctx) {
          const opened = await session(ctx)
          opened.value = counted(opened.value as Value)
          await opened.save()
          ctx.body = String(opened.value.count)
        },
      })
    },
  }
}

export const ironSessions: readonly Contestant[] = [ironSession('8'), ironSession('9')]
