import { channel } from 'node:diagnostics_channel'
import { attempt } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import type { SweepEvent } from '../contracts/events.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { StorageClient } from '../trackers/storage-client.ts'

/** The time between two sweeps, in milliseconds, plus or minus half of it, so that processes do not sweep at the same time. */
const INTERVAL = 600_000
/** The time until the next sweep if a batch has left expired rows. */
const SOON = 1000
/** How many rows a batch removes at most. */
const BATCH = 1000

const swept = channel('koa-typed-sessions:swept')

/**
 * Removes expired rows in the background: from time to time after a request that used a session, in small batches. No request waits for
 * it, no timer runs it, and no session's end depends on it, since an expired row is never read.
 */
export class Sweeper {
  readonly #storages: readonly StorageClient[]
  readonly #clock: Clock
  #dueAt: number
  #running = false

  /** @param storages Each with the name of a session that it holds, for error messages. */
  constructor(storages: ReadonlyMap<SessionStorage, string>, clock: Clock) {
    this.#storages = [...storages]
      .map(([storage, name]) => new StorageClient(storage, name, clock))
      .filter(({ sweep }) => sweep !== undefined)
    this.#clock = clock
    this.#dueAt = clock() + INTERVAL * Math.random()
  }

  /** Sweeps if it is time to. Failures go to `report`, since the sweep belongs to no request. */
  sweepIfDue(report: (error: unknown) => void): void {
    if (this.#storages.length === 0 || this.#running || this.#clock() < this.#dueAt) return
    this.#running = true
    void this.sweep(BATCH)
      .catch(report)
      .finally(() => (this.#running = false))
  }

  /**
   * Removes at most `limit` rows from each storage, by default the storage's own limit, and returns how many. There is no time limit.
   * If a storage fails, the others are swept all the same.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if a storage has failed, after the others are done.
   */
  async sweep(limit?: number): Promise<number> {
    let removed = 0
    let waiting = false
    let failure: unknown
    this.#dueAt = this.#clock() + INTERVAL * (0.5 + Math.random())
    for (const storage of this.#storages) {
      const outcome = await attempt(() => storage.sweep?.(limit) ?? 0)
      failure ??= outcome.failure
      const { value: count = 0 } = outcome
      removed += count
      waiting ||= limit !== undefined && count >= limit
    }
    if (waiting) this.#dueAt = this.#clock() + SOON
    if (swept.hasSubscribers) swept.publish({ removed, waiting } satisfies SweepEvent)
    if (failure !== undefined) throw failure
    return removed
  }

  /**
   * How many expired rows there are, in the storages that can count them.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if one fails.
   */
  async countExpired(): Promise<number> {
    const counts = await Promise.all(this.#storages.map((storage) => storage.countExpired?.() ?? 0))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
