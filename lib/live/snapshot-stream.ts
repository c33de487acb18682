import type { ServerResponse } from 'node:http'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import type { Follower, GoneReason } from '../session/following.ts'
import { frameText, HEARTBEAT, HEARTBEAT_EVERY } from '../wire/frame.ts'
import { toText } from '../wire/text.ts'
import { sessionTag, snapshotOf, type Expose } from './snapshot.ts'

/**
 * Snapshots of one session as server-sent events. A snapshot is a state and no difference, so that a reader who is slow misses
 * some and no buffer grows: only the latest waits for him.
 */
export class SnapshotStream implements Follower {
  readonly #mounted: MountedSession
  readonly #expose: Expose
  readonly #report: (error: unknown) => void
  #session: Tracked
  /** What the browser has been shown. */
  #shown: string | undefined
  #response: ServerResponse | undefined
  #isBlocked = false
  #isDue = true
  #end: GoneReason | 'closed' | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(mounted: MountedSession, session: Tracked, expose: Expose, report: (error: unknown) => void) {
    this.#mounted = mounted
    this.#session = session
    this.#expose = expose
    this.#report = report
  }

  /** The first frame, made before anything is sent; `null` where there is nothing to show. Throws what `expose` throws. */
  first(session: Tracked): string | null {
    this.#session = session
    this.#isDue = false
    return this.#frame()
  }

  /** Sends from now on, until the session or the response ends. `onClose` is called then. */
  open(response: ServerResponse, first: string, onClose: () => void): void {
    this.#response = response
    response.on('drain', () => {
      this.#isBlocked = false
      this.#flush()
    })
    response.on('close', () => {
      clearInterval(this.#timer)
      onClose()
    })
    this.#timer = setInterval(() => {
      // Who has not even taken the end by now never will, and would hold the connection for ever.
      if (response.writableEnded) response.destroy()
      else if (!this.#isBlocked) this.#write(HEARTBEAT)
    }, HEARTBEAT_EVERY)
    this.#timer.unref()
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

  #flush(): void {
    const response = this.#response
    if (!response || response.writableEnded) return
    if (this.#end) return this.#finish(response, this.#end)
    if (this.#isBlocked || !this.#isDue) return
    this.#isDue = false
    try {
      const frame = this.#frame()
      if (frame === null) this.#finish(response, 'ended')
      else if (frame !== '') this.#write(frame)
    } catch (error) {
      // The page comes again, and is told then by the status that something is wrong.
      this.#report(error)
      response.end()
    }
  }

  /** Empty where the browser would see nothing new. */
  #frame(): string | null {
    const data = snapshotOf(this.#mounted, this.#session, this.#expose)
    if (data === null) return null
    const shown = toText([data.value, data.expiresAt, data.subject])
    if (shown === this.#shown) return ''
    this.#shown = shown
    return frameText({ event: 'snapshot', data })
  }

  #write(text: string): void {
    if (this.#response?.write(text) === false) this.#isBlocked = true
  }

  #finish(response: ServerResponse, reason: GoneReason | 'closed'): void {
    if (reason === 'closed') response.end()
    else response.end(frameText({ event: 'gone', data: { session: sessionTag(this.#mounted, this.#session), reason } }))
  }
}
