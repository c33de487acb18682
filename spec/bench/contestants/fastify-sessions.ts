import { type Contestant, FASTIFY, KNOWN, SECRET } from '../contestant.ts'
import { peer } from '../peers.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { type Fastify, fastifyApp } from './fastify-app.ts'

type Install = (app: Fastify) => Promise<void>

function onFastify(
  name: string,
  mode: 'memory' | 'encrypted',
  packages: readonly string[],
  install: Install,
): Contestant {
  return {
    name,
    mode,
    kind: 'peer',
    over: FASTIFY,
    packages,
    clients: KNOWN,
    serve({ size }) {
      const value = valueOf(size)
      return fastifyApp(install, {
        login({ session }) {
          session.set('value', value)
          return 'ok'
        },
        read: ({ session }) => session.get('value')?.name ?? 'nobody',
        write({ session }) {
          const next = counted(session.get('value') as Value)
          session.set('value', next)
          return String(next.count)
        },
      })
    },
  }
}

export const fastifySessions: readonly Contestant[] = [
  onFastify('@fastify/session, memory', 'memory', ['@fastify/session', '@fastify/cookie'], async (app) => {
    await app.register((await peer<{ default: unknown }>('@fastify/cookie')).default)
    const { default: session } = await peer<{ default: unknown }>('@fastify/session')
    const options = { secret: SECRET, cookieName: 'session', cookie: { secure: false }, saveUninitialized: false }
    await app.register(session, options)
  }),
  onFastify('@fastify/secure-session', 'encrypted', ['@fastify/secure-session'], async (app) => {
    const { default: session } = await peer<{ default: unknown }>('@fastify/secure-session')
    await app.register(session, { key: Buffer.alloc(32, SECRET), cookieName: 'session' })
  }),
]
