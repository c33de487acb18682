import type { Frame, Snapshot } from '../../wire/mirror-frame.ts'
import { toCanonicalText } from '../../wire/canonical-text.ts'
import { ALL, ReactiveValues } from '../reactive/reactive-values.ts'

/**
 * `pending`: the server has not answered yet. `live`: the values are current. `stale`: the connection is lost, and the values
 * are the last known ones, until they expire. `gone`: the server has no session.
 */
export type MirrorStatus = 'pending' | 'live' | 'stale' | 'gone'

/** The topic of the status. Topics of keys are quoted, so they cannot collide with it. */
const STATUS = 'status'

/** The state of a session as last known, and its age. The newest state wins, in whatever order frames arrive. */
export class MirrorState {
  readonly values: ReactiveValues = new ReactiveValues()
  shown: Snapshot | undefined
  /** When the request began that brought the state. */
  at = 0
  #status: MirrorStatus = 'pending'

  get status(): MirrorStatus {
    this.values.dependencies.depend(STATUS)
    return this.#status
  }

  /** Identifies the session and the version that are shown; empty for none. */
  get known(): string {
    return this.shown ? this.shown.session + this.shown.version : ''
  }

  all(): object | undefined {
    const all = this.values.all()
    return this.shown && all
  }

  /**
   * Shows a frame if it is news, and returns whether it is. `at` is when its request began or, for the end of a session, when
   * the frame arrived: a response that was in flight at a sign-out cannot undo it. A lower version is older, unless a later
   * request brought it: then the storage has lost the last writes.
   */
  take({ event, data }: Frame, at: number): boolean {
    const { shown } = this
    const isSame = shown?.session === data.session
    if (event === 'gone') {
      if (!isSame && (at < this.at || (shown && data.session !== null))) return false
      this.show(undefined, 'gone')
    } else {
      if (isSame ? data.version < shown.version && at <= this.at : at < this.at) return false
      this.show(data, 'live')
    }
    this.at = Math.max(at, this.at)
    return true
  }

  /** Makes all changes at once, so that values of two sessions are never visible together. */
  show(shown: Snapshot | undefined, status: MirrorStatus): void {
    const next = new Map<string, string | null>(this.values.removals())
    for (const [key, value] of Object.entries(shown?.value ?? {})) next.set(key, toCanonicalText(value))
    const topics = this.values.assign(next)
    if (!shown !== !this.shown) topics.set(ALL, 'all()')
    if (status !== this.#status) topics.set(STATUS, STATUS)
    this.shown = shown
    this.#status = status
    this.values.dependencies.changed(topics)
  }

  /** Marks the values as stale: the connection is lost. */
  lose(): void {
    if (this.#status !== 'gone') this.show(this.shown, 'stale')
  }
}
