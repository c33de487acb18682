import type { Context, Middleware } from 'koa'
import { type Contestant, KNOWN, KOA } from '../contestant.ts'
import { peer } from '../peers.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { koaApp } from './koa-app.ts'

type WithSession = Context & { session: { value?: Value } }

export const koaGenericSession: Contestant = {
  name: 'koa-generic-session, memory',
  mode: 'memory',
  kind: 'peer',
  over: KOA,
  packages: ['koa-generic-session'],
  clients: KNOWN,
  async serve({ size }) {
    const { default: create } = await peer<{ default: (options: object) => Middleware }>('koa-generic-session')
    const value = valueOf(size)
    return koaApp(
      {
        login(ctx) {
          ;(ctx as WithSession).session.value = value
          ctx.body = 'ok'
        },
        read(ctx) {
          ctx.body = (ctx as WithSession).session.value?.name ?? 'nobody'
        },
        write(ctx) {
          const { session } = ctx as WithSession
          session.value = counted(session.value as Value)
          ctx.body = String(session.value.count)
        },
      },
      () => create({ key: 'session' }),
    )
  },
}
