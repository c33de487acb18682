import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { readBody } from '../formats/payload.ts'
import { withIdleTimeout } from '../base/expiry.ts'
import { frameText, LONGEST_FRAME, type Snapshot } from '../wire/mirror-frame.ts'
import { toCanonicalText } from '../wire/canonical-text.ts'
import { snapshotOf, type Expose } from './snapshot.ts'

/** How long a frame may be reused, in milliseconds. It contains the server's time. */
const FRAME_LASTS = 100

/** One version of a session as a mirror shows it. */
export class Projection {
  /** When the session expires. */
  readonly expiresAt: number
  /** How far the expiry must have moved for the browser to be told. */
  readonly touchAfter: number
  /** Equal for projections that differ only in their expiry. */
  readonly shown: string
  readonly #snapshot: Snapshot
  #frame: { readonly now: number; readonly text: string } | undefined

  constructor(snapshot: Snapshot, touchAfter: number) {
    this.#snapshot = snapshot
    this.expiresAt = snapshot.expiresAt
    this.touchAfter = touchAfter
    this.shown = toCanonicalText([snapshot.value, snapshot.subject])
  }

  /**
   * The frame with this version, shared by all streams that send it at about the same time.
   *
   * @throws RangeError if the frame is too long, so that a browser would drop it.
   */
  frame(now: number): string {
    const made = this.#frame
    if (made && now >= made.now && now - made.now <= FRAME_LASTS) return made.text
    const text = frameText({ event: 'snapshot', data: { ...this.#snapshot, now } })
    if (text.length > LONGEST_FRAME) {
      throw new RangeError(
        `what 'expose' gives comes to ${text.length} characters, and a browser reads at most ${LONGEST_FRAME}: expose less`,
      )
    }
    this.#frame = { now, text }
    return text
  }
}

/** Creates the projections of one mirror: one for each change of a session, shared by all its streams. */
export class Projector {
  readonly #expose: Expose
  readonly #made = new WeakMap<Tracked, Projection | null>()

  constructor(expose: Expose) {
    this.#expose = expose
  }

  /** Returns `null` if there is nothing to show. Throws what `expose` throws. */
  project(mounted: MountedSession, session: Tracked): Projection | null {
    const made = this.#made.get(session)
    return made === undefined ? this.make(mounted, session) : made
  }

  /** Like {@link project}, but calls `expose` again, which may depend on more than the value. */
  make(mounted: MountedSession, session: Tracked): Projection | null {
    const snapshot = snapshotOf(mounted, session, this.#expose)
    const projection = snapshot && new Projection(snapshot, touchAfterOf(mounted, session))
    this.#made.set(session, projection)
    return projection
  }
}

function touchAfterOf({ lifetimes }: MountedSession, { text }: Tracked): number {
  return withIdleTimeout(lifetimes, readBody(text)?.idleTimeout).touchAfter
}
