import { type Clock, systemClock } from '../base/clock.ts'
import { checkCount, checkOptions } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { MemorySessionStorage } from './memory/storage.ts'

/** The options of {@link memoryStorage}. */
export interface MemoryStorageOptions {
  /** The maximum number of sessions. Default: 100,000; `Infinity` for no limit. */
  readonly maxSessions?: number
  /** Tells the time in epoch milliseconds. Default: the system clock. */
  readonly clock?: Clock
}

/**
 * Stores sessions in the memory of this process. They end with the process, and other processes do not see them.
 *
 * Every operation is synchronous, at a cost that does not depend on the number of sessions. The storage has `list`, `watch` and
 * `sweep`. A session takes about 290 bytes plus its value, and 100 bytes more if it has a subject.
 *
 * When the storage is full, a new session replaces an expired one, otherwise the least recently used session without a subject,
 * otherwise the least recently used one: any number of anonymous visitors does not sign out a user. With `Infinity`, it never
 * removes a live session, and grows as long as sessions are created. Only then can it be the storage of `revocations`; these are
 * lost with the process, which signs out every user.
 *
 * Expired sessions are never read. Their memory is freed gradually when sessions are created, and by `sweep`, which removes 1,000
 * sessions per call unless given another limit, and yields to other work every 2 ms.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `maxSessions` is not a whole number from 1 on, or an option is wrong or
 *   unknown.
 *
 * @example
 * const Cart = cookie<Cart>('cart', { storage: memoryStorage({ maxSessions: 10_000 }) })
 */
export function memoryStorage(options: MemoryStorageOptions = {}): SessionStorage {
  checkOptions('memoryStorage()', options, { maxSessions: 'any', clock: 'function' })
  const { maxSessions = 100_000, clock = systemClock } = options
  return new MemorySessionStorage(checkCount('memoryStorage({ maxSessions })', maxSessions), clock)
}
