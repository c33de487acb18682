import { type Clock, systemClock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { checkMethods } from './shared/given.ts'
import { TextSessionStorage } from './text/storage.ts'
import type { TextStorage } from './text/text-storage.ts'

export type { TextStorage } from './text/text-storage.ts'

/** The options of {@link storageFrom}. */
export interface StorageFromOptions {
  /** Tells the time in epoch milliseconds. Default: the system clock. */
  readonly clock?: Clock
}

/**
 * Makes a session storage from anything that can store a text by name.
 *
 * **For one process.** No update is lost and no destroyed session comes back among the requests of this process: they take turns
 * at each session. If two processes share the texts, each may overwrite what the other wrote.
 *
 * Every operation except `read` costs a read and at most one write; `rotate` costs two reads, a removal and a write. A crash during
 * `rotate` may lose the session, and never leaves two. An expired session is removed only when its id is used again. There is no
 * `list`, `watch` or `sweep`.
 *
 * The errors of your methods are thrown as they are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if one of the three methods is missing, or an option is wrong or unknown.
 *
 * @example
 * const texts = new Map<string, string>()
 * const storage = storageFrom({
 *   read: (id) => texts.get(id),
 *   write: (id, text) => void texts.set(id, text),
 *   invalidate: (id) => void texts.delete(id),
 * })
 */
export function storageFrom(texts: TextStorage, options: StorageFromOptions = {}): SessionStorage {
  checkMethods('storageFrom', texts, ['read', 'write', 'invalidate'], 'write storageFrom({ read, write, invalidate })')
  checkOptions('storageFrom()', options, { clock: 'function' })
  return new TextSessionStorage(texts, options.clock ?? systemClock)
}
