import type { Frame, Snapshot } from '../wire/frame.ts'
import { toText } from '../wire/text.ts'
import { ReactiveValues } from './reactive-values.ts'

/**
 * `pending`: the server has not answered yet. `live`: this is what the session shows. `stale`: the connection is lost, and
 * this is what it showed last, or nothing since that has expired. `gone`: the server says that there is no session.
 */
export type MirrorStatus = 'pending' | 'live' | 'stale' | 'gone'

/** What is known of a session, and when it was asked for: the newest wins, in whatever order frames come in. */
export class MirrorState {
  readonly values: ReactiveValues = new ReactiveValues()
  readonly #about = new ReactiveValues()
  #shown: Snapshot | undefined
  #at = 0

  constructor() {
    this.show(undefined, 'pending')
  }

  get status(): MirrorStatus {
    return this.#about.get('status') as MirrorStatus
  }

  /** When what is known was asked for. */
  get at(): number {
    return this.#at
  }

  get shown(): Snapshot | undefined {
    return this.#shown
  }

  all(): object | undefined {
    return this.#about.get('shown') ? this.values.all() : undefined
  }

  /**
   * Whether a frame is news, which then is shown. `at`: when the request began that it is an answer to; for the end of a
   * session, when it was heard of. So an answer that was under way at a sign-out undoes nothing.
   */
  take({ event, data }: Frame, at: number): boolean {
    const shown = this.#shown
    const isSame = shown?.session === data.session
    if (event === 'gone') {
      if (!isSame && (at < this.#at || (shown && data.session !== null))) return false
      this.show(undefined, 'gone')
    } else {
      if (isSame ? data.version < shown.version : at < this.#at) return false
      this.show(data, 'live')
    }
    this.#at = Math.max(at, this.#at)
    return true
  }

  /** All as one change, so that nobody sees one session's values beside another's. */
  show(shown: Snapshot | undefined, status: MirrorStatus): void {
    this.#shown = shown
    const next = new Map(Object.entries(shown?.value ?? {}).map(([key, value]) => [key, toText(value)]))
    const former = this.values.keys().filter((key) => !next.has(key))
    const topics = this.values.assign([...former.map((key) => [key, null] as const), ...next])
    const about = this.#about.assign([
      ['status', toText(status)],
      ['shown', toText(shown !== undefined)],
    ])
    this.values.dependencies.changed(topics)
    this.#about.dependencies.changed(about)
  }

  /** There is no connection; what was shown may be old. */
  lose(): void {
    if (this.status !== 'gone') this.show(this.#shown, 'stale')
  }
}
