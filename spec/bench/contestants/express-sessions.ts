import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Mode, Setting } from '../case.ts'
import { type Contestant, EXPRESS, KNOWN, SECRET } from '../contestant.ts'
import { peer } from '../peers.ts'
import { redisClient } from '../redis-client.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { expressApp } from './express-app.ts'

type Middleware = (options: object) => unknown
type Install = (setting: Setting) => Promise<{ middleware: unknown; close?: () => Promise<void> }>

function onExpress(name: string, mode: Mode, packages: readonly string[], install: Install): Contestant {
  return {
    name,
    mode,
    kind: 'peer',
    over: EXPRESS,
    packages,
    clients: KNOWN,
    async serve(setting) {
      const value = valueOf(setting.size)
      const { middleware, close } = await install(setting)
      const app = await expressApp([middleware], {
        login(request, response) {
          request.session.value = value
          response.type('text/plain').send('ok')
        },
        read(request, response) {
          response.type('text/plain').send(request.session.value?.name ?? 'nobody')
        },
        write({ session }, response) {
          session.value = counted(session.value as Value)
          response.type('text/plain').send(String(session.value.count))
        },
      })
      return close ? { ...app, close } : app
    },
  }
}

async function expressSession(store?: object): Promise<unknown> {
  const { default: session } = await peer<{ default: Middleware }>('express-session')
  // Said of its memory store, which is what is measured.
  process.env['NODE_ENV'] = 'development'
  const made = session({
    name: 'session',
    secret: SECRET,
    resave: false,
    saveUninitialized: false,
    ...(store && { store }),
  })
  process.env['NODE_ENV'] = 'production'
  return made
}

export const expressSessions: readonly Contestant[] = [
  onExpress('express-session, memory', 'memory', ['express-session'], async () => ({
    middleware: await expressSession(),
  })),
  onExpress('express-session, session-file-store', 'directory', ['session-file-store'], async ({ folder }) => {
    const { default: session } = await peer<{ default: Middleware }>('express-session')
    const { default: make } = await peer<{ default: (session: Middleware) => new (options: object) => object }>(
      'session-file-store',
    )
    const FileStore = make(session)
    const options = { path: mkdtempSync(join(folder, 'file-store-')), retries: 0, reapInterval: -1, logFn: () => {} }
    return { middleware: await expressSession(new FileStore(options)) }
  }),
  onExpress('express-session, connect-redis', 'redis', ['connect-redis'], async ({ redis }) => {
    const { RedisStore } = await peer<{ RedisStore: new (options: object) => object }>('connect-redis')
    const client = await redisClient(redis)
    return {
      middleware: await expressSession(new RedisStore({ client })),
      close: async () => client.destroy(),
    }
  }),
  onExpress('cookie-session', 'signed', ['cookie-session'], async () => {
    const { default: cookieSession } = await peer<{ default: Middleware }>('cookie-session')
    return { middleware: cookieSession({ name: 'session', keys: [SECRET] }) }
  }),
]
