import type { Tickets } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionConfigError } from '../errors.ts'
import type { Mount } from './mount.ts'
import { checkSize } from './size.ts'

/** `session`: opens the session that the page has, on a socket. `login`: begins one, on a response. Neither passes for the other. */
type TicketPurpose = 'session' | 'login'

/** What a ticket stood for. */
export interface Redeemed {
  readonly mounted: MountedSession
  readonly text: string
}

/**
 * A ticket for a text: its session's name, so that it is known whose storage has it, and a secret.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) by value, where nothing is kept that a ticket could be redeemed for.
 * @throws SessionTooLargeError (`ERR_SESSION_TOO_LARGE`) above `maxSize`.
 */
export async function issueTicket(mounted: MountedSession, purpose: TicketPurpose, text: string): Promise<string> {
  checkSize(mounted, text)
  return `${encoded(mounted.name)}.${await requireTickets(mounted).issue(purpose, text)}`
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) as {@link issueTicket}. */
export function requireTickets({ name, tracker }: MountedSession): Tickets {
  if (tracker.tickets) return tracker.tickets
  throw new SessionConfigError(
    `session '${name}' travels in its token: tickets are for sessions that are kept in a 'storage'`,
    name,
  )
}

/** What a ticket stands for, once; `null` for whatever is none (any more). Never throws for what a client sent. */
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
