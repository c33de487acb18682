import { cookie, type SessionDefinition, type SessionStorage } from 'koa-typed-sessions'
import { mirror, type Exposed, type Mirror } from 'koa-typed-sessions/live'

export interface Account {
  user: string
  name: string
  /** How many, by what it is. */
  basket: Record<string, number>
  /** Nobody's business in the browser. */
  signedInFrom: string
}

export const ITEMS: readonly string[] = ['apple', 'bread', 'cheese']

export function accountSession(storage: SessionStorage): SessionDefinition<Account> {
  return cookie<Account>('live_account', {
    storage,
    subject: ({ user }) => user,
    idleTimeout: '30m',
    absoluteTimeout: '12h',
  })
}

/** What the browser may see. */
export function accountMirror(Account: SessionDefinition<Account>): Mirror<Pick<Account, 'name' | 'basket'>> {
  return mirror(Account, { expose: ({ name, basket }) => ({ name, basket }) })
}

export type Shown = Exposed<ReturnType<typeof accountMirror>>
