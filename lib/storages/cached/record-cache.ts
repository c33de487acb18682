import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import { Recency, type Recent } from '../recency.ts'

/** Records that were known to be true a moment ago: none older than `maxAge`, none expired, never too many. */
export class RecordCache {
  readonly #entries = new Map<string, Entry>()
  readonly #recency = new Recency<Entry>()
  readonly #maxAge: number
  readonly #maxSessions: number
  readonly #clock: Clock

  constructor(maxAge: number, maxSessions: number, clock: Clock) {
    this.#maxAge = maxAge
    this.#maxSessions = maxSessions
    this.#clock = clock
  }

  /** A copy. An expired one is forgotten and not answered with `null`: another process may have touched it. */
  get(key: string): SessionRecord | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!this.isFresh(entry.since) || entry.record.expiresAt <= this.#clock()) {
      this.#remove(entry)
      return undefined
    }
    this.#recency.use(entry)
    return { ...entry.record }
  }

  /** Keeps `record`, which becomes the cache's own. It was true at the instant `since` or later. */
  put(key: string, record: SessionRecord, since: number): void {
    this.drop(key)
    if (!this.isFresh(since)) return
    const { oldest } = this.#recency
    if (this.#entries.size >= this.#maxSessions && oldest !== undefined) this.#remove(oldest)
    const entry: Entry = { key, record, since, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#recency.add(entry)
  }

  /** Moves an expiry later. It makes nothing younger: what else is in the record may have changed. */
  touch(key: string, expiresAt: number): void {
    const record = this.#entries.get(key)?.record
    if (record !== undefined && expiresAt > record.expiresAt) record.expiresAt = expiresAt
  }

  drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#remove(entry)
  }

  /** Whether what was true at that instant may be served now. If the clock was set back, it may not. */
  isFresh(since: number): boolean {
    const age = this.#clock() - since
    return age >= 0 && age < this.#maxAge
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#recency.remove(entry)
  }
}

interface Entry extends Recent<Entry> {
  readonly key: string
  readonly record: SessionRecord
  readonly since: number
}
