import { framed, sha256 } from '../base/digest.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'

/**
 * Limits how many streams, or sockets, each session has open in this process. A session is counted by its identity, which survives
 * a new id; a session by value has none, and is counted by its token.
 */
export class ConnectionLimiter {
  readonly #open = new Map<string, number>()

  /** Counts one more connection of a session, and returns the function that releases it; `null` if `limit` are open. */
  acquire(mounted: MountedSession, session: FoundSession, limit: number): (() => void) | null {
    const { name, tracker } = mounted
    const key = framed(name, session.row?.record.identity ?? sha256(tracker.token(session)))
    const open = this.#open.get(key) ?? 0
    if (open >= limit) return null
    this.#open.set(key, open + 1)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      const left = (this.#open.get(key) ?? 1) - 1
      if (left > 0) this.#open.set(key, left)
      else this.#open.delete(key)
    }
  }
}
