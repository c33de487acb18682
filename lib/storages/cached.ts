import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, milliseconds } from '../base/duration.ts'
import { checkCount, checkOptions } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { CachedSessionStorage } from './cached/storage.ts'
import { checkMethods } from './shared/given.ts'

/** The options of {@link cachedStorage}. */
export interface CachedStorageOptions {
  /**
   * How long a session is served at most after it was changed or destroyed elsewhere. Default: one second. If the storage has
   * `watch`, this only limits the effect of a lost message.
   */
  readonly maxAge?: Duration
  /** The maximum number of cached sessions. The least recently used one is dropped first. Default: 10,000. */
  readonly maxSessions?: number
  /** Tells the time in epoch milliseconds. Default: the system clock. */
  readonly clock?: Clock
}

/**
 * Caches what another storage returns, so that reading a session again within a second costs no round trip.
 *
 * What this process writes or destroys takes effect at once. What another process writes or destroys takes effect within `maxAge`,
 * and if the storage has `watch`, as soon as its message arrives. Each cached session is then watched, and remains so after it is
 * dropped from the cache until `maxSessions` other sessions have been read.
 *
 * Only `read` is answered from the cache, so that it never causes a lost update. Concurrent reads of a session become one. A cached
 * session is read synchronously, in less than a microsecond. The cache has `list`, `watch`, `sweep` and `countExpired` if the
 * storage has them, and `close` closes the storage.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `storage` is not a storage, `maxAge` is not a duration, `maxSessions` is not
 *   a whole number from 1 on, or an option is wrong or unknown.
 *
 * @example
 * const User = cookie<User>('user', { storage: cachedStorage(directoryStorage('.sessions'), { maxAge: '500ms' }) })
 */
export function cachedStorage(storage: SessionStorage, options: CachedStorageOptions = {}): SessionStorage {
  checkMethods(
    'cachedStorage',
    storage,
    REQUIRED,
    "give it a storage, as in cachedStorage(directoryStorage('.sessions'))",
  )
  checkOptions('cachedStorage()', options, { maxAge: 'any', maxSessions: 'any', clock: 'function' })
  const { maxAge = 1000, maxSessions = 10_000, clock = systemClock } = options
  return new CachedSessionStorage(
    storage,
    milliseconds(maxAge, 'cachedStorage({ maxAge })'),
    checkCount('cachedStorage({ maxSessions })', maxSessions),
    clock,
  )
}

const REQUIRED: readonly (keyof SessionStorage)[] = ['create', 'read', 'update', 'touch', 'delete', 'rotate']
