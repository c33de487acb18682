import { channel } from 'node:diagnostics_channel'
import { attempt } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import type { SweepEvent } from '../contracts/observer.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { StorageClient } from '../trackers/storage-client.ts'

/** How long a swept storage is left alone, in milliseconds; give or take half of it, so that processes do not do it together. */
const INTERVAL = 600_000
/** How long one is left alone that had more expired rows than a batch takes. */
const SOON = 1000
/** How many rows a batch takes. */
const BATCH = 1000

const swept = channel('koa-typed-sessions:swept')

/**
 * Removes expired rows in the background: behind a request that used a session, now and then, in small batches, and without any
 * request waiting for it. No timer stands for it, and no session's end depends on it: an expired row is never read.
 */
export class Sweeper {
  readonly #storages: readonly StorageClient[]
  readonly #clock: Clock
  #dueAt: number
  #running = false

  /** @param storages Each with the name of a session that it holds, for messages. */
  constructor(storages: ReadonlyMap<SessionStorage, string>, clock: Clock) {
    this.#storages = [...storages]
      .map(([storage, name]) => new StorageClient(storage, name, clock))
      .filter(({ sweep }) => sweep !== undefined)
    this.#clock = clock
    this.#dueAt = clock() + INTERVAL * Math.random()
  }

  /** Sweeps where it is time to. `report` is told what fails: the sweep does not belong to any request. */
  sweepIfDue(report: (error: unknown) => void): void {
    if (this.#storages.length === 0 || this.#running || this.#clock() < this.#dueAt) return
    this.#running = true
    void this.sweep(BATCH)
      .catch(report)
      .finally(() => (this.#running = false))
  }

  /**
   * Removes at most `limit` rows of each storage, by default what the storage itself does, and says how many. A sweep takes as long
   * as it takes, and a storage that fails does not keep the others from being swept.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where one has failed, when the others are done.
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
   * How many expired rows wait, in the storages that can tell.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where one fails.
   */
  async countExpired(): Promise<number> {
    const counts = await Promise.all(this.#storages.map((storage) => storage.countExpired?.() ?? 0))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
