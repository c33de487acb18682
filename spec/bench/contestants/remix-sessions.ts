import { LOGIN, PATHS } from '../case.ts'
import { type Contestant, FETCH_ROUTER, KNOWN, SECRET } from '../contestant.ts'
import { peer } from '../peers.ts'
import { counted, type Value, valueOf } from '../value.ts'
import { fetchRouterApp } from './fetch-router-app.ts'

interface RemixSession {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
}

function remixSession(variant: string, mode: 'memory' | 'signed', storage: () => Promise<object>): Contestant {
  return {
    name: `@remix-run/session, ${variant}`,
    mode,
    kind: 'peer',
    over: FETCH_ROUTER,
    packages: ['@remix-run/session', '@remix-run/session-middleware', '@remix-run/cookie'],
    clients: KNOWN,
    async serve({ size }) {
      const { session } = await peer<{ session(cookie: object, storage: object): unknown }>(
        '@remix-run/session-middleware',
      )
      const { createCookie } = await peer<{ createCookie(name: string, options: object): object }>('@remix-run/cookie')
      const { Session } = await peer<{ Session: unknown }>('@remix-run/session')
      const value = valueOf(size)
      const cookie = createCookie('session', { secrets: [SECRET], httpOnly: true, sameSite: 'lax' })
      return fetchRouterApp([session(cookie, await storage())], (path, context) => {
        const opened = context.get(Session) as RemixSession
        if (path === LOGIN) {
          opened.set('value', value)
          return 'ok'
        }
        if (path === PATHS.read) return opened.get('value')?.name ?? 'nobody'
        const next = counted(opened.get('value') as Value)
        opened.set('value', next)
        return String(next.count)
      })
    },
  }
}

export const remixSessions: readonly Contestant[] = [
  remixSession('memory', 'memory', async () => {
    const { createMemorySessionStorage } = await peer<{ createMemorySessionStorage(): object }>(
      '@remix-run/session/memory-storage',
    )
    return createMemorySessionStorage()
  }),
  remixSession('signed cookie', 'signed', async () => {
    const { createCookieSessionStorage } = await peer<{ createCookieSessionStorage(): object }>(
      '@remix-run/session/cookie-storage',
    )
    return createCookieSessionStorage()
  }),
]
