import { framed, sha256 } from '../base/digest.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { closedError, SessionWatch } from './session-watch.ts'
import type { WatchListener } from './watch-listeners.ts'

/** The sessions that sockets and streams watch: one {@link SessionWatch} each, shared by all listeners. */
export class SessionWatches {
  readonly #watches = new Map<string, SessionWatch>()
  #isClosed = false

  /** How many sessions are watched. */
  get size(): number {
    return this.#watches.size
  }

  /**
   * Watches a session that the caller has read, until the listener is removed from the watch. `null` if the session is gone.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if the storage cannot be read now, or the middleware is closed.
   */
  async listen(mounted: MountedSession, session: FoundSession, listener: WatchListener): Promise<SessionWatch | null> {
    if (this.#isClosed) throw closedError(mounted)
    const watch = this.#watchOf(mounted, session)
    return (await watch.add(session, listener)) ? watch : null
  }

  /** Ends all watches, and refuses new ones. */
  close(): void {
    this.#isClosed = true
    for (const watch of [...this.#watches.values()]) watch.close()
  }

  #watchOf(mounted: MountedSession, session: FoundSession): SessionWatch {
    const key = framed(mounted.name, session.row?.key ?? sha256(mounted.tracker.token(session)))
    const present = this.#watches.get(key)
    if (present) return present
    const watch = new SessionWatch(mounted, session, () => {
      if (this.#watches.get(key) === watch) this.#watches.delete(key)
    })
    this.#watches.set(key, watch)
    return watch
  }
}
