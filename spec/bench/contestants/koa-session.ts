import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import type { Mode, Setting } from '../case.ts'
import { type Contestant, KNOWN, KOA } from '../contestant.ts'
import { peer } from '../peers.ts'
import { redisClient } from '../redis-client.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { koaApp } from './koa-app.ts'

type Create = (options: object, app: Koa) => Middleware
type WithSession = Context & { session: { value?: Value } }

const inMemory = () => {
  const texts = new Map<string, string>()
  return {
    get: (key: string): unknown => JSON.parse(texts.get(key) ?? 'null'),
    set: (key: string, value: unknown): unknown => texts.set(key, JSON.stringify(value)),
    destroy: (key: string): unknown => texts.delete(key),
  }
}

async function inRedis(url: string) {
  const client = await redisClient(url)
  return {
    close: async () => client.destroy(),
    store: {
      get: async (key: string): Promise<unknown> => JSON.parse((await client.get(key)) ?? 'null'),
      set: async (key: string, value: unknown, milliseconds: number): Promise<unknown> =>
        client.set(key, JSON.stringify(value), { expiration: { type: 'PX', value: milliseconds } }),
      destroy: async (key: string): Promise<unknown> => client.del(key),
    },
  }
}

type Make = (setting: Setting) => Promise<{ store?: object; close?: () => Promise<void> }>

function koaSession(variant: string, mode: Mode, make: Make): Contestant {
  return {
    name: `koa-session, ${variant}`,
    mode,
    kind: 'peer',
    over: KOA,
    packages: ['koa-session'],
    clients: KNOWN,
    async serve(setting) {
      const { createSession } = await peer<{ createSession: Create }>('koa-session')
      const value = valueOf(setting.size)
      const { close, ...options } = await make(setting)
      const app = koaApp(
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
        (mounted) => createSession({ key: 'session', ...options }, mounted),
      )
      return close ? { ...app, close } : app
    },
  }
}

export const koaSessions: readonly Contestant[] = [
  koaSession('signed cookie', 'signed', async () => ({})),
  koaSession('store, a Map of JSON', 'memory', async () => ({ store: inMemory() })),
  koaSession('store, Redis', 'redis', ({ redis }) => inRedis(redis)),
]
