import { cookie, type SessionDefinition, type SessionStorage } from 'koa-typed-sessions'

export interface Account {
  user: string
  device: string
}

/** What is shown once, by the next page. */
export interface Flash {
  notice: string
}

export function accountSession(storage: SessionStorage): SessionDefinition<Account, Flash> {
  return cookie<Account, Flash>('account_session', {
    storage,
    subject: ({ user }) => user,
    idleTimeout: '30m',
    absoluteTimeout: '30d',
  })
}
