import { framed, sha256 } from '../base/digest.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { closedError, Following, type Follower } from './following.ts'

/** What is followed beyond its request, by sockets and streams: each session once, however many follow it. */
export class Followings {
  readonly #all = new Map<string, Following>()
  #isClosed = false

  /** How many sessions are followed. */
  get size(): number {
    return this.#all.size
  }

  /**
   * Follows a session that was read, until the follower leaves it; `null` where it is gone already.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where the storage cannot be asked now, or the middleware is closed: the
   *   session may well live.
   */
  async follow(mounted: MountedSession, session: Tracked, follower: Follower): Promise<Following | null> {
    if (this.#isClosed) throw closedError(mounted)
    const following = this.#followingOf(mounted, session)
    return (await following.join(session, follower)) ? following : null
  }

  /** Lets go of all that is followed, for good. */
  close(): void {
    this.#isClosed = true
    for (const following of [...this.#all.values()]) following.close()
  }

  #followingOf(mounted: MountedSession, session: Tracked): Following {
    const key = framed(mounted.name, session.row?.key ?? sha256(mounted.tracker.token(session)))
    const present = this.#all.get(key)
    if (present) return present
    const following = new Following(mounted, session, () => {
      if (this.#all.get(key) === following) this.#all.delete(key)
    })
    this.#all.set(key, following)
    return following
  }
}
