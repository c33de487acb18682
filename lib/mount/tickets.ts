import type { Tickets } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionConfigError } from '../errors.ts'
import type { Mount } from './mount.ts'

/** `session` opens the page's own session on a socket; `login` begins one on a response. A ticket is valid for its purpose only. */
type TicketPurpose = 'session' | 'login'

/** What a ticket was issued for. */
export interface Redeemed {
  readonly mounted: MountedSession
  readonly text: string
}

/**
 * Issues a ticket for a text: the session's name, which tells the storage that holds the text, and a secret.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) for a session by value.
 */
export async function issueTicket(mounted: MountedSession, purpose: TicketPurpose, text: string): Promise<string> {
  return `${encoded(mounted.name)}.${await requireTickets(mounted).issue(purpose, text)}`
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) for a session by value, which has no storage to hold the text. */
export function requireTickets({ name, tracker }: MountedSession): Tickets {
  if (tracker.tickets) return tracker.tickets
  throw new SessionConfigError(
    `session '${name}' travels in its token: tickets are for sessions that are kept in a 'storage'`,
    name,
  )
}

/** Redeems a ticket, once; `null` if it is malformed, expired or used. Never throws because of what a client sent. */
export async function redeemTicket(mount: Mount, purpose: TicketPurpose, ticket: string): Promise<Redeemed | null> {
  const [name, secret, ...others] = typeof ticket === 'string' ? ticket.split('.') : []
  const mounted = mount.all.find((one) => encoded(one.name) === name)
  if (secret === undefined || others.length > 0) return null
  const text = await mounted?.tracker.tickets?.redeem(purpose, secret)
  return mounted && typeof text === 'string' ? { mounted, text } : null
}

function encoded(name: string): string {
  return Buffer.from(name).toString('base64url')
}
