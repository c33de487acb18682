import { LOGIN, PATHS } from '../case.ts'
import { type Contestant, HONO, KNOWN, SECRET } from '../contestant.ts'
import { peer } from '../peers.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { honoApp } from './hono-app.ts'

interface HonoSessions {
  sessionMiddleware(options: object): unknown
  readonly MemoryStore: new () => object
  readonly CookieStore: new () => object
}

function honoSession(
  variant: string,
  mode: 'memory' | 'sealed',
  options: (library: HonoSessions) => object,
): Contestant {
  return {
    name: `hono-sessions, ${variant}`,
    mode,
    kind: 'peer',
    over: HONO,
    packages: ['hono-sessions'],
    clients: KNOWN,
    async serve({ size }) {
      const library = await peer<HonoSessions>('hono-sessions')
      const value = valueOf(size)
      const given = { sessionCookieName: 'session', cookieOptions: { secure: false }, ...options(library) }
      return honoApp([library.sessionMiddleware(given)], (path, context) => {
        const session = context.get('session')
        if (path === LOGIN) {
          session.set('value', value)
          return context.text('ok')
        }
        if (path === PATHS.read) return context.text(session.get('value')?.name ?? 'nobody')
        const next = counted(session.get('value') as Value)
        session.set('value', next)
        return context.text(String(next.count))
      })
    },
  }
}

export const honoSessions: readonly Contestant[] = [
  honoSession('memory', 'memory', ({ MemoryStore }) => ({ store: new MemoryStore() })),
  honoSession('cookie', 'sealed', ({ CookieStore }) => ({ store: new CookieStore(), encryptionKey: SECRET })),
]
