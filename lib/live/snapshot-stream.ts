import type { ServerResponse } from 'node:http'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { Follower, GoneReason } from '../session/following.ts'
import { frameText, HEARTBEAT, HEARTBEAT_EVERY } from '../wire/frame.ts'
import type { Projection, Projector } from './projection.ts'
import { sessionTag } from './snapshot.ts'

/** The longest that a timer of Node's waits. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Snapshots of one session as server-sent events. A snapshot is a state and no difference, so that a reader who is slow misses
 * some and no buffer grows: only the latest waits for him.
 */
export class SnapshotStream implements Follower {
  readonly #mounted: MountedSession
  readonly #projector: Projector
  readonly report: (error: unknown) => void
  #session: Tracked
  /** What the browser has been shown. */
  #shown: Projection | undefined
  #response: ServerResponse | undefined
  #isBlocked = false
  #isDue = true
  #end: GoneReason | 'closed' | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(mounted: MountedSession, session: Tracked, projector: Projector, report: (error: unknown) => void) {
    this.#mounted = mounted
    this.#session = session
    this.#projector = projector
    this.report = report
  }

  /** The first frame, made before anything is sent; `null` where there is nothing to show. Throws what `expose` throws. */
  first(session: Tracked): string | null {
    this.#session = session
    this.#isDue = false
    return this.#frame(this.#projector.make(this.#mounted, session))
  }

  /** Sends from now on, until the session or the response ends. */
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

  changed(session: Tracked): void {
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
      // The page comes again, and is told then by the status that something is wrong.
      this.#finish('closed')
      this.report(error)
    }
  }

  /** Empty where the browser would see nothing new. */
  #frame(projection: Projection | null): string | null {
    clearTimeout(this.#timer)
    if (!projection) return null
    const now = this.#mounted.clock()
    if (this.#isKnown(projection, now)) return ''
    this.#shown = projection
    return projection.frame(now)
  }

  /**
   * Whether the browser shows all of it already. That the session ends a little later than the browser knows is told when the time
   * has come that it does know, since it would hide the session then.
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
    // A reader who has not even taken the end by then never will, and would hold the connection for ever.
    this.#wake(HEARTBEAT_EVERY, () => response?.destroy())
  }

  #wake(milliseconds: number, call: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(call, milliseconds)
    this.#timer.unref()
  }
}
