import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import { LeastRecentlyUsed, type Linked } from '../shared/least-recently-used.ts'

/** A bounded number of records, none of them older than `maxAge`, none expired. */
export class RecordCache {
  readonly #entries = new Map<string, CachedRecord>()
  readonly #usage = new LeastRecentlyUsed<CachedRecord>()
  readonly #maxAge: number
  readonly #maxSessions: number
  readonly #clock: Clock

  constructor(maxAge: number, maxSessions: number, clock: Clock) {
    this.#maxAge = maxAge
    this.#maxSessions = maxSessions
    this.#clock = clock
  }

  /** A copy. `undefined` for an expired record, and not `null`: another process may have touched the session. */
  get(key: string): SessionRecord | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!this.isFresh(entry.since) || entry.record.expiresAt <= this.#clock()) {
      this.#remove(entry)
      return undefined
    }
    this.#usage.use(entry)
    return { ...entry.record }
  }

  /**
   * @param record Kept, and not copied.
   * @param since An instant at which the record was not yet outdated.
   */
  put(key: string, record: SessionRecord, since: number): void {
    this.drop(key)
    if (!this.isFresh(since)) return
    const { oldest } = this.#usage
    if (this.#entries.size >= this.#maxSessions && oldest !== undefined) this.#remove(oldest)
    const entry: CachedRecord = { key, record, since, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#usage.add(entry)
  }

  /** Moves the expiry later. The age stays: the other fields may have changed elsewhere. */
  touch(key: string, expiresAt: number): void {
    const record = this.#entries.get(key)?.record
    if (record !== undefined && expiresAt > record.expiresAt) record.expiresAt = expiresAt
  }

  drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#remove(entry)
  }

  /** Whether an answer of that instant may still be served; `false` if the clock was set back. */
  isFresh(since: number): boolean {
    const age = this.#clock() - since
    return age >= 0 && age < this.#maxAge
  }

  #remove(entry: CachedRecord): void {
    this.#entries.delete(entry.key)
    this.#usage.remove(entry)
  }
}

interface CachedRecord extends Linked<CachedRecord> {
  readonly key: string
  readonly record: SessionRecord
  readonly since: number
}
