import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'koa'
import {
  cookie,
  type CookieSessionOptions,
  directoryStorage,
  encrypt,
  memoryStorage,
  seal,
  type SessionDefinition,
  sessions,
  sign,
} from 'koa-typed-sessions'
import { redisStorage } from 'koa-typed-sessions/redis'
import type { Mode, Setting } from '../case.ts'
import { type Contestant, KNOWN, KOA, NEW, SECRET, type Served } from '../contestant.ts'
import { redisClient } from '../redis-client.ts'
import { counted, type Value, valueFor, valueOf } from '../value.ts'
import { koaApp } from './koa-app.ts'

type Options = CookieSessionOptions<Value>

/** Makes the options that all definitions of an app share, and what is to be closed afterwards. */
type Make = (setting: Setting) => Promise<{ options: Options; close?: () => Promise<void> }>

/** A value of 3.5 kB takes two cookies by value; one of the standard's size is sent as by default. */
const CHUNKS: Pick<Options, 'cookie'> = { cookie: { chunks: 3 } }

function ours(variant: string, mode: Mode, clients: number, make: Make): Contestant {
  return {
    name: `koa-typed-sessions, ${variant}`,
    mode,
    kind: 'ours',
    over: KOA,
    packages: ['koa-typed-sessions', 'superjson', 'iron-webcrypto', 'redis'],
    clients,
    async serve(setting): Promise<Served> {
      const { options, close } = await make(setting)
      const byValue = setting.size > 1000 && !options.storage ? CHUNKS : {}
      const names = Array.from({ length: setting.definitions }, (_, index) =>
        index === 0 ? 'session' : `other_${index}`,
      )
      const definitions = names.map((name) => cookie<Value>(name, { ...options, ...byValue }))
      const definition = definitions[0] as SessionDefinition<Value>
      const value = valueOf(setting.size)
      let logins = 0
      const app = koaApp(
        {
          login(ctx: Context) {
            ctx.sessions.set(definition, valueFor(logins++, value))
            ctx.body = 'ok'
          },
          read(ctx: Context) {
            ctx.body = ctx.sessions.get(definition)?.name ?? 'nobody'
          },
          write(ctx: Context) {
            const next = counted(ctx.sessions.get(definition) as Value)
            ctx.sessions.set(definition, next)
            ctx.body = String(next.count)
          },
        },
        () => sessions(definitions),
      )
      return close ? { ...app, close } : app
    },
  }
}

const byTransform = (transform: Options['transform']): Make => {
  return async () => ({ options: transform === undefined ? {} : { transform } })
}

/** This library, in each of its modes. */
export const koaTypedSessions: readonly Contestant[] = [
  ours('signed, new tokens', 'signed', NEW, byTransform(sign([SECRET]))),
  ours('signed, known tokens', 'signed', KNOWN, byTransform(sign([SECRET]))),
  ours('encrypted, new tokens', 'encrypted', NEW, byTransform(encrypt({ keys: [SECRET] }))),
  ours('encrypted, known tokens', 'encrypted', KNOWN, byTransform(encrypt({ keys: [SECRET] }))),
  ours('sealed, known tokens', 'sealed', KNOWN, byTransform(seal({ password: SECRET }))),
  ours('memory', 'memory', KNOWN, async () => ({ options: { storage: memoryStorage() } })),
  ours('memory, renewed each time', 'memory', KNOWN, async () => ({
    options: { storage: memoryStorage(), touchAfter: 0 },
  })),
  ours('directory', 'directory', KNOWN, async ({ folder }) => ({
    options: { storage: directoryStorage(mkdtempSync(join(folder, 'ours-'))) },
  })),
  ours('Redis', 'redis', KNOWN, async ({ redis }) => {
    const client = await redisClient(redis)
    return { options: { storage: redisStorage(client) }, close: async () => client.destroy() }
  }),
]

/** Each token sealed is new to the process: what a restart costs, or a second process. */
export const sealedNew: Contestant = ours('sealed, new tokens', 'sealed', NEW, byTransform(seal({ password: SECRET })))
