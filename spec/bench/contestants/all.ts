import { floors } from '../floor/all.ts'
import type { Contestant } from '../contestant.ts'
import { bareFrameworks } from './bare.ts'
import { expressSessions } from './express-sessions.ts'
import { fastifySessions } from './fastify-sessions.ts'
import { honoSessions } from './hono-sessions.ts'
import { ironSessions } from './iron-session.ts'
import { koaGenericSession } from './koa-generic-session.ts'
import { koaSessions } from './koa-session.ts'
import { koaTypedSessions, sealedNew } from './koa-typed-sessions.ts'
import { remixSessions } from './remix-sessions.ts'

export const contestants: readonly Contestant[] = [
  ...bareFrameworks,
  ...koaTypedSessions,
  sealedNew,
  ...floors,
  ...koaSessions,
  koaGenericSession,
  ...ironSessions,
  ...expressSessions,
  ...fastifySessions,
  ...honoSessions,
  ...remixSessions,
]

/** @throws where there is none of that name. */
export function contestant(name: string): Contestant {
  const found = contestants.find((one) => one.name === name)
  if (found) return found
  throw new Error(`there is no contestant '${name}'`)
}
