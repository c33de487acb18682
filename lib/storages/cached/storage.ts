import { type Awaitable, isPromise } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import type { KeyListener } from '../shared/key-listeners.ts'
import { FollowedKeys } from './followed-keys.ts'
import { onOutcome, onSettled } from './on-outcome.ts'
import { RecentMap } from './recent-map.ts'
import { RecordCache } from './record-cache.ts'

interface PendingRead {
  readonly since: number
  readonly answer: Promise<SessionRecord | null>
}

/**
 * The risk of every cache is the late fill: an answer that was right when it was given arrives after a delete, and brings the session
 * back. A read therefore fills the cache only if no write of the same key started or ended since the read began, and a write only if
 * no other write did.
 */
export class CachedSessionStorage implements SessionStorage {
  readonly #storage: SessionStorage
  readonly #cache: RecordCache
  readonly #clock: Clock
  /** The read of each key that others may join, and that may fill the cache. */
  readonly #reads: RecentMap<PendingRead>
  /** The number of the write of each key that may fill the cache. */
  readonly #writes: RecentMap<number>
  readonly #followed: FollowedKeys | undefined
  readonly watch?: NonNullable<SessionStorage['watch']>
  #lastWrite = 0
  #closed = false

  constructor(storage: SessionStorage, maxAge: number, maxSessions: number, clock: Clock) {
    this.#storage = storage
    this.#cache = new RecordCache(maxAge, maxSessions, clock)
    this.#clock = clock
    // Bounded: while the engine hangs, each new key would add an entry. A dropped one cannot be joined, and does not fill.
    this.#reads = new RecentMap(maxSessions)
    this.#writes = new RecentMap(maxSessions)
    Object.assign(this, capabilitiesOf(storage))
    if (!storage.watch) return
    this.watch = (keys, listener) => this.#watch(keys, listener)
    this.#followed = new FollowedKeys(this.watch, maxSessions)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#followed?.clear()
    await this.#storage.close?.()
  }

  read(key: string): Awaitable<SessionRecord | null> {
    const known = this.#cache.get(key)
    if (known !== undefined) return known
    const pending = this.#reads.get(key)
    if (pending !== undefined && this.#cache.isFresh(pending.since)) return pending.answer.then(copyOf)
    return this.#read(key)
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    const written = { ...record, version: 1 }
    return this.#write(
      [key],
      () => this.#storage.create(key, record),
      (created) => (created ? written : undefined),
    )
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const written = { ...record, version: expected + 1 }
    return this.#write(
      [key],
      () => this.#storage.update(key, record, expected),
      (outcome) => (outcome === 'ok' ? written : undefined),
    )
  }

  delete(key: string): Awaitable<boolean> {
    return this.#write(
      [key],
      () => this.#storage.delete(key),
      () => undefined,
    )
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    const written = { ...record, version: expected + 1 }
    return this.#write(
      [to, from],
      () => this.#storage.rotate(from, to, record, expected),
      (outcome) => (outcome === 'ok' ? written : undefined),
    )
  }

  touch(key: string, expiresAt: number): Awaitable<boolean> {
    // A touch changes only the expiry: the cached record stays, and only a pending read must not fill the cache.
    const number = ++this.#lastWrite
    this.#writes.set(key, number)
    return onOutcome(
      () => this.#storage.touch(key, expiresAt),
      (alive) => {
        const alone = this.#writes.get(key) === number
        this.#reads.delete(key)
        this.#writes.delete(key)
        if (alive && alone) this.#cache.touch(key, expiresAt)
        else this.#cache.drop(key)
      },
      () => this.#forget(key),
    )
  }

  #read(key: string): Awaitable<SessionRecord | null> {
    const since = this.#clock()
    const found = this.#storage.read(key)
    if (!isPromise(found)) {
      this.#reads.delete(key)
      if (found !== null) this.#fill(key, { ...found }, since)
      return found
    }
    const ended = (record: SessionRecord | null): void => {
      if (this.#reads.get(key) !== pending) return
      this.#reads.delete(key)
      if (record !== null) this.#fill(key, record, since)
    }
    this.#dropStaleReads()
    const pending: PendingRead = { since, answer: onSettled(found, ended, () => ended(null)) }
    this.#reads.set(key, pending)
    return pending.answer.then(copyOf)
  }

  /** Writes, and caches under the first key the record that was written, unless another write may have changed it. */
  #write<T>(
    keys: readonly [string, ...string[]],
    write: () => Awaitable<T>,
    recordWrittenBy: (outcome: T) => SessionRecord | undefined,
  ): Awaitable<T> {
    const since = this.#clock()
    const number = ++this.#lastWrite
    for (const key of keys) {
      this.#forget(key)
      this.#writes.set(key, number)
    }
    const forgetAll = (): void => keys.forEach((key) => this.#forget(key))
    return onOutcome(
      write,
      (outcome) => {
        const alone = this.#writes.get(keys[0]) === number
        forgetAll()
        const written = recordWrittenBy(outcome)
        if (alone && written !== undefined) this.#fill(keys[0], written, since)
      },
      forgetAll,
    )
  }

  /** Drops the reads that began more than `maxAge` ago: no other read may join them, and they may not fill the cache. */
  #dropStaleReads(): void {
    for (const [key, { since }] of this.#reads) {
      if (this.#cache.isFresh(since)) break
      this.#reads.delete(key)
    }
  }

  #fill(key: string, record: SessionRecord, since: number): void {
    if (this.#closed) return
    this.#cache.put(key, record, since)
    this.#followed?.follow(key)
  }

  /** Forgets a key before the listener is called, so that a listener that reads it does not get the earlier record. */
  async #watch(keys: readonly string[], listener: KeyListener): Promise<() => Promise<void>> {
    const stop = await this.#storage.watch!(keys, (key, what) => {
      this.#forget(key)
      listener(key, what)
    })
    // A change before the watch started was not announced.
    for (const key of keys) this.#forget(key)
    return stop
  }

  /** Drops the cached record, and prevents pending operations from filling the cache. */
  #forget(key: string): void {
    this.#cache.drop(key)
    this.#reads.delete(key)
    this.#writes.delete(key)
  }
}

function copyOf(record: SessionRecord | null): SessionRecord | null {
  return record && { ...record }
}

/** The optional members of the storage behind the cache: its methods work without the cache. */
function capabilitiesOf(storage: SessionStorage): Partial<SessionStorage> {
  const capabilities: Partial<SessionStorage> = storage.evicts ? { evicts: true } : {}
  if (storage.list) capabilities.list = storage.list.bind(storage)
  if (storage.sweep) capabilities.sweep = storage.sweep.bind(storage)
  if (storage.countExpired) capabilities.countExpired = storage.countExpired.bind(storage)
  return capabilities
}
