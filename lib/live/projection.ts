import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { readBody } from '../formats/payload.ts'
import { withIdleTimeout } from '../base/expiry.ts'
import { frameText, LONGEST_FRAME, type Snapshot } from '../wire/frame.ts'
import { toText } from '../wire/text.ts'
import { snapshotOf, type Expose } from './snapshot.ts'

/** For how long a frame may be sent again, in milliseconds: it says what the server's clock says. */
const FRAME_LASTS = 100

/** One state of a session as a mirror shows it. */
export class Projection {
  /** When the session ends. */
  readonly expiresAt: number
  /** How far its end must have moved to be worth telling. */
  readonly touchAfter: number
  /** Equal for projections that show the same, but for the end. */
  readonly shown: string
  readonly #snapshot: Snapshot
  #frame: { readonly now: number; readonly text: string } | undefined

  constructor(snapshot: Snapshot, touchAfter: number) {
    this.#snapshot = snapshot
    this.expiresAt = snapshot.expiresAt
    this.touchAfter = touchAfter
    this.shown = toText([snapshot.value, snapshot.subject])
  }

  /**
   * The frame that shows it. One text for all streams that send it at about the same time.
   *
   * @throws RangeError where a browser would drop it, since it is too long.
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

/** Makes the projections of one mirror: one of each change of a session, however many streams it is told to. */
export class Projector {
  readonly #expose: Expose
  readonly #made = new WeakMap<Tracked, Projection | null>()

  constructor(expose: Expose) {
    this.#expose = expose
  }

  /** `null` where there is nothing to show. Throws what `expose` throws. */
  project(mounted: MountedSession, session: Tracked): Projection | null {
    const made = this.#made.get(session)
    return made === undefined ? this.make(mounted, session) : made
  }

  /** As {@link project}, but anew: `expose` may look at more than the value. */
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
