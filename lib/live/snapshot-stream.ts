import type { ServerResponse } from 'node:http'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { GoneReason, WatchListener } from '../mount/watch-listeners.ts'
import { frameText, HEARTBEAT, HEARTBEAT_EVERY } from '../wire/mirror-frame.ts'
import type { Projection, Projector } from './projection.ts'
import { sessionTag } from './snapshot.ts'

/** The maximum delay of a timer in Node.js. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Sends snapshots of one session as server-sent events. A snapshot is a whole state, so a slow client can skip some: only the
 * latest one waits for it, and no buffer grows.
 */
export class SnapshotStream implements WatchListener {
  readonly #mounted: MountedSession
  readonly #projector: Projector
  readonly report: (error: unknown) => void
  #session: FoundSession
  /** The last projection that was sent. */
  #shown: Projection | undefined
  #response: ServerResponse | undefined
  #isBlocked = false
  #isDue = true
  #end: GoneReason | 'closed' | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(mounted: MountedSession, session: FoundSession, projector: Projector, report: (error: unknown) => void) {
    this.#mounted = mounted
    this.#session = session
    this.#projector = projector
    this.report = report
  }

  /** Creates the first frame, before anything is sent; `null` if there is nothing to show. Throws what `expose` throws. */
  first(session: FoundSession): string | null {
    this.#session = session
    this.#isDue = false
    return this.#frame(this.#projector.make(this.#mounted, session))
  }

  /** Sends the first frame, then all changes until the session or the response ends. */
  open(response: ServerResponse, first: string): void {
    this.#response = response
    response.on('drain', () => {
      this.#isBlocked = false
      this.#flush()
    })
    response.on('close', () => clearTimeout(this.#timer))
    this.#write(first)
    this.#flush()
  }

  changed(session: FoundSession): void {
    this.#session = session
    this.#isDue = true
    this.#flush()
  }

  gone(reason: GoneReason): void {
    this.#end = reason
    this.#flush()
  }

  closed(): void {
    this.#end = 'closed'
    this.#flush()
  }

  beat(): void {
    if (!this.#isBlocked) this.#write(HEARTBEAT)
  }

  #flush(): void {
    const response = this.#response
    if (!response || response.writableEnded) return
    if (this.#end) return this.#finish(this.#end)
    if (this.#isBlocked || !this.#isDue) return
    this.#isDue = false
    try {
      const frame = this.#frame(this.#projector.project(this.#mounted, this.#session))
      if (frame === null) this.#finish('ended')
      else if (frame !== '') this.#write(frame)
    } catch (error) {
      // The client reconnects, and the status of that response shows the error.
      this.#finish('closed')
      this.report(error)
    }
  }

  /** The frame to send: empty if the browser would see nothing new, `null` if there is nothing to show. */
  #frame(projection: Projection | null): string | null {
    clearTimeout(this.#timer)
    if (!projection) return null
    const now = this.#mounted.clock()
    if (this.#isKnown(projection, now)) return ''
    this.#shown = projection
    return projection.frame(now)
  }

  /**
   * Whether the browser knows this state. An expiry that is less than `touchAfter` later is sent only when the expiry that the
   * browser knows is reached, since the browser would hide the session then.
   */
  #isKnown({ shown, expiresAt, touchAfter }: Projection, now: number): boolean {
    if (shown !== this.#shown?.shown) return false
    const known = this.#shown.expiresAt
    if (expiresAt === known) return true
    if (expiresAt < known || expiresAt - known >= touchAfter || known <= now) return false
    this.#wake(Math.min(known - now, LONGEST_TIMER), () => {
      this.#isDue = true
      this.#flush()
    })
    return true
  }

  #write(text: string): void {
    const response = this.#response
    if (response && !response.writableEnded && !response.write(text)) this.#isBlocked = true
  }

  #finish(reason: GoneReason | 'closed'): void {
    const response = this.#response
    if (reason === 'closed') response?.end()
    else
      response?.end(frameText({ event: 'gone', data: { session: sessionTag(this.#mounted, this.#session), reason } }))
    // A client that has not read the end by then would hold the connection forever.
    this.#wake(HEARTBEAT_EVERY, () => response?.destroy())
  }

  #wake(milliseconds: number, call: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(call, milliseconds)
    this.#timer.unref()
  }
}
