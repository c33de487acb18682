import { type Awaitable, isPromise } from '../base/awaitable.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, milliseconds } from '../base/duration.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../contracts/storage.ts'
import { attempted, settled } from './cached/attempt.ts'
import { FollowedKeys } from './cached/followed-keys.ts'
import { RecentMap } from './cached/recent-map.ts'
import { RecordCache } from './cached/record-cache.ts'
import { checkMethods } from './given.ts'
import { checkCount, checkOptionNames, checkOptionTypes } from '../base/options.ts'

/** What {@link cachedStorage} takes. */
export interface CachedStorageOptions {
  /**
   * How long at most a session is served that was changed or destroyed elsewhere; one second by default. Where the storage has
   * `watch`, it is told: then this only bounds what a message that was lost may cost.
   */
  readonly maxAge?: Duration
  /** How many sessions are remembered at most; 10,000 by default. The least recently used goes first. */
  readonly maxSessions?: number
  /** What tells the time; the machine's clock by default. */
  readonly clock?: Clock
}

/**
 * Remembers what another storage answered, so that a session that is read again within a second costs no round trip.
 *
 * What this process writes or destroys is seen by it at once. What another process writes or destroys is seen after
 * `maxAge` at the latest, and where the storage has `watch`, as soon as its message comes: each remembered session is watched,
 * also when it is not remembered any more, until `maxSessions` others were read since. Only `read` is ever answered from memory,
 * so that no update is lost because of it. Reads of one session at one time become one. It has
 * `list`, `watch`, `sweep` and `countExpired` where the storage has them.
 *
 * A remembered session is read synchronously, in less than a microsecond.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where `storage` is no storage, `maxAge` no duration, `maxSessions` no count, or
 *   an option wrong or unknown.
 *
 * @example
 * const User = cookie<User>('user', { storage: cachedStorage(directoryStorage('.sessions'), { maxAge: '500ms' }) })
 */
export function cachedStorage(storage: SessionStorage, options: CachedStorageOptions = {}): SessionStorage {
  checkMethods('cachedStorage', storage, VERBS, "give it a storage, as in cachedStorage(directoryStorage('.sessions'))")
  checkOptionNames('cachedStorage', options, ['maxAge', 'maxSessions', 'clock'])
  checkOptionTypes('cachedStorage', options, { clock: 'function' })
  const { maxAge = 1000, maxSessions = 10_000, clock = systemClock } = options
  const cache = new RecordCache(
    milliseconds(maxAge, 'cachedStorage({ maxAge })'),
    checkCount('cachedStorage({ maxSessions })', maxSessions),
    clock,
  )
  return Object.assign(new CachedStorage(storage, cache, clock, maxSessions), capabilities(storage))
}

const VERBS: readonly (keyof SessionStorage)[] = ['create', 'read', 'update', 'touch', 'delete', 'rotate']

type WatchArguments = Parameters<NonNullable<SessionStorage['watch']>>
type Capabilities = Pick<SessionStorage, 'evicts' | 'list' | 'sweep' | 'countExpired'>

function capabilities(storage: SessionStorage): Capabilities {
  const methods: Capabilities = storage.evicts ? { evicts: true } : {}
  if (storage.list) methods.list = storage.list.bind(storage)
  if (storage.sweep) methods.sweep = storage.sweep.bind(storage)
  if (storage.countExpired) methods.countExpired = storage.countExpired.bind(storage)
  return methods
}

interface Reading {
  readonly since: number
  readonly answer: Promise<SessionRecord | null>
}

/**
 * The danger in every cache is the late fill: an answer that was true when it was given comes in after a delete, and
 * brings the session back. So a read may fill only if no write of that key was started or has ended since it began, and
 * a write only if no other one was or has.
 */
class CachedStorage implements SessionStorage {
  readonly #storage: SessionStorage
  readonly #cache: RecordCache
  readonly #clock: Clock
  /** The read of each key that others may join, and that may fill. */
  readonly #readings: RecentMap<Reading>
  /** The number of the write of each key that may fill. */
  readonly #writings: RecentMap<number>
  readonly #followed: FollowedKeys | undefined
  readonly watch?: NonNullable<SessionStorage['watch']>
  #lastWrite = 0
  #closed = false

  constructor(storage: SessionStorage, cache: RecordCache, clock: Clock, maxSessions: number) {
    this.#storage = storage
    this.#cache = cache
    this.#clock = clock
    // While the engine hangs, each key that is asked for would add one: what is forgotten only cannot be joined, and does not fill.
    this.#readings = new RecentMap(maxSessions)
    this.#writings = new RecentMap(maxSessions)
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
    const reading = this.#readings.get(key)
    if (reading !== undefined && this.#cache.isFresh(reading.since)) return reading.answer.then(copied)
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
    // A touch changes nothing but the expiry: what is remembered stays, and only a read under way may not fill.
    const number = ++this.#lastWrite
    this.#writings.set(key, number)
    return attempted(
      () => this.#storage.touch(key, expiresAt),
      (alive) => {
        const alone = this.#writings.get(key) === number
        this.#readings.delete(key)
        this.#writings.delete(key)
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
      this.#readings.delete(key)
      if (found !== null) this.#fill(key, { ...found }, since)
      return found
    }
    const ended = (record: SessionRecord | null): void => {
      if (this.#readings.get(key) !== reading) return
      this.#readings.delete(key)
      if (record !== null) this.#fill(key, record, since)
    }
    this.#dropStale()
    const reading: Reading = { since, answer: settled(found, ended, () => ended(null)) }
    this.#readings.set(key, reading)
    return reading.answer.then(copied)
  }

  /** Writes, and remembers under the first of the keys what was written, if that is sure. */
  #write<T>(
    keys: readonly [string, ...string[]],
    write: () => Awaitable<T>,
    writtenBy: (outcome: T) => SessionRecord | undefined,
  ): Awaitable<T> {
    const since = this.#clock()
    const number = ++this.#lastWrite
    for (const key of keys) {
      this.#forget(key)
      this.#writings.set(key, number)
    }
    const forgetAll = (): void => keys.forEach((key) => this.#forget(key))
    return attempted(
      write,
      (outcome) => {
        const alone = this.#writings.get(keys[0]) === number
        forgetAll()
        const written = writtenBy(outcome)
        if (alone && written !== undefined) this.#fill(keys[0], written, since)
      },
      forgetAll,
    )
  }

  /** Drops the reads that were begun longer ago than `maxAge`: nobody may join them any more, and they would not fill. */
  #dropStale(): void {
    for (const [key, { since }] of this.#readings) {
      if (this.#cache.isFresh(since)) break
      this.#readings.delete(key)
    }
  }

  #fill(key: string, record: SessionRecord, since: number): void {
    if (this.#closed) return
    this.#cache.put(key, record, since)
    this.#followed?.follow(key)
  }

  /** Whoever is told, this cache itself too, finds nothing remembered of what was before. */
  async #watch(...[keys, listener]: WatchArguments): Promise<() => Promise<void>> {
    const stop = await this.#storage.watch!(keys, (key, what) => {
      this.#forget(key)
      listener(key, what)
    })
    // What was read before the watch stood may have changed before it did.
    for (const key of keys) this.#forget(key)
    return stop
  }

  /** Makes sure that nothing which is known, or comes in from what is under way, is served. */
  #forget(key: string): void {
    this.#cache.drop(key)
    this.#readings.delete(key)
    this.#writings.delete(key)
  }
}

function copied(record: SessionRecord | null): SessionRecord | null {
  return record && { ...record }
}
