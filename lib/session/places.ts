import { framed, sha256 } from '../base/digest.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'

/**
 * How many streams, or sockets, each session holds open in this process. A session is counted by its identity, which a new id
 * keeps; by value by its token, which is all that there is.
 */
export class Places {
  readonly #taken = new Map<string, number>()

  /** Takes one of a session's places; gives the function that frees it, or `null` where `limit` are taken. */
  take(mounted: MountedSession, session: Tracked, limit: number): (() => void) | null {
    const { name, tracker } = mounted
    const key = framed(name, session.row?.record.identity ?? sha256(tracker.token(session)))
    const taken = this.#taken.get(key) ?? 0
    if (taken >= limit) return null
    this.#taken.set(key, taken + 1)
    let isFree = false
    return () => {
      if (isFree) return
      isFree = true
      const left = (this.#taken.get(key) ?? 1) - 1
      if (left > 0) this.#taken.set(key, left)
      else this.#taken.delete(key)
    }
  }
}
