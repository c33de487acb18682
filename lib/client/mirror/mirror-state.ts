import type { Frame, Snapshot } from '../../wire/mirror-frame.ts'
import { toCanonicalText } from '../../wire/canonical-text.ts'
import { ALL, ReactiveValues } from '../reactive/reactive-values.ts'

/**
 * `pending`: the server has not answered yet. `live`: this is what the session shows. `stale`: the connection is lost, and
 * this is what it showed last, or nothing since that has expired. `gone`: the server says that there is no session.
 */
export type MirrorStatus = 'pending' | 'live' | 'stale' | 'gone'

/** The topic of the status: no other one has this name. */
const STATUS = 'status'

/** What is known of a session, and when it was asked for: the newest wins, in whatever order frames come in. */
export class MirrorState {
  readonly values: ReactiveValues = new ReactiveValues()
  shown: Snapshot | undefined
  /** When what is known was asked for. */
  at = 0
  #status: MirrorStatus = 'pending'

  get status(): MirrorStatus {
    this.values.dependencies.depend(STATUS)
    return this.#status
  }

  /** Which session is shown, and which version of it; empty for none. */
  get known(): string {
    return this.shown ? this.shown.session + this.shown.version : ''
  }

  all(): object | undefined {
    const all = this.values.all()
    return this.shown && all
  }

  /**
   * Whether a frame is news, which then is shown. `at`: when the request began that it is an answer to; for the end of a
   * session, when it was heard of. So an answer that was under way at a sign-out undoes nothing. A lower version is older,
   * but in the answer to a later request: there the storage has lost the last writes.
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

  /** All as one change, so that nobody sees one session's values beside another's. */
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

  /** There is no connection; what was shown may be old. */
  lose(): void {
    if (this.#status !== 'gone') this.show(this.shown, 'stale')
  }
}
