import type { Exchange } from '../contracts/exchange.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionTooLateError } from '../errors.ts'
import type { Mount } from './mount.ts'
import { SessionState } from './state.ts'

/** One session for one act on a socket: as it was just seen. No response follows, so that no header can. */
export class SocketState extends SessionState {
  constructor(mount: Mount, mounted: MountedSession, exchange: Exchange, session: Tracked | null) {
    super(mounted, exchange, mount.observer, mount.queue)
    this.found = session
    this.presented = session !== null
    this.known()
  }

  override tooLate(): SessionTooLateError {
    const { name, tracker } = this.mounted
    return new SessionTooLateError(
      tracker.byId
        ? `session '${name}' cannot begin, or get another id, on a socket: give the page await connection.ticket(definition, value), and let it swap that by fetch for middleware.redeem(ctx, ticket)`
        : `session '${name}' travels in its token, and a socket cannot send one: write it by fetch, or keep it in a 'storage'`,
      name,
    )
  }
}
