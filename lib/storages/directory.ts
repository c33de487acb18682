import { type Clock, systemClock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConfigError } from '../errors.ts'
import { cachedStorage } from './cached.ts'
import { privateLayout } from './directory/private-layout.ts'
import type { Durability } from './directory/staging.ts'
import { DirectorySessionStorage } from './directory/storage.ts'
import { given } from './shared/given.ts'

/** The options of {@link directoryStorage}. */
export interface DirectoryStorageOptions {
  /** Whether to cache sessions for up to a second, as `cachedStorage` does. Default: `false`. */
  readonly cached?: boolean
  /**
   * What a stored session survives. `none`, the default: the end of the process at any instant, but not a power failure, which may
   * lose the writes of the last seconds. `file`: each record is flushed to the disk before the write succeeds. `full`: the folders
   * too, so that every answer holds after a power failure; only renewals may be lost.
   */
  readonly durability?: Durability
  /** Tells the time in epoch milliseconds. Processes that share the directory need the same time. Default: the system clock. */
  readonly clock?: Clock
}

/**
 * Stores sessions in a directory of a local file system that has hard links, for one process or several at the same time.
 *
 * The storage holds no lock and runs no timer. A process may be killed at any instant: each session is then as it was before or
 * after the write, and one that was getting another key may be gone. Names on disk are hashes; folders and files are accessible to
 * their owner only (0700, 0600). A missing directory is created; removing it while the app runs ends all sessions.
 *
 * A read is synchronous and takes about 10 µs; an update takes about 0.3 ms, twice that with `file` and four times with `full` on a
 * disk that flushes quickly. Superseded versions are kept for 10 s: do not write one session hundreds of times a second. The
 * storage has `list` and `sweep`. `sweep`, which the middleware calls by itself, removes expired sessions, at most 1,000 per call
 * unless given another limit, and files that killed processes left behind.
 *
 * Every folder of the directory must belong to the user of this process, and only that user may have the right to write. Links are
 * not followed, except that `path` itself may be one. No folder above may allow others to replace the directory: others must not
 * have the right to write there, except in a sticky folder such as `/tmp`. All of that is checked here, and again while the app
 * runs, at most once a second per folder. On Windows, only links are checked.
 *
 * The errors of the file system are thrown as they are. A folder that is no longer private is an error with the code `EACCES`,
 * `ELOOP` or `ENOTDIR`; `ETIMEDOUT` means that the process was suspended for 5 s during a write, whose outcome is unknown.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the directory cannot be created or written, if it is not private (the message
 *   has the folder and the command that helps), or if an option is wrong or unknown.
 *
 * @example
 * const Cart = cookie<Cart>('cart', { storage: directoryStorage('.sessions', { durability: 'file' }) })
 */
export function directoryStorage(path: string, options: DirectoryStorageOptions = {}): SessionStorage {
  if (typeof path !== 'string' || path === '') {
    const wrong = path === '' ? 'it was given an empty string' : given(path)
    throw new SessionConfigError(
      `directoryStorage needs the path of a directory: directoryStorage('.sessions'); ${wrong}`,
    )
  }
  checkOptions('directoryStorage()', options, { cached: 'boolean', durability: 'any', clock: 'function' })
  const { cached = false, durability = 'none', clock = systemClock } = options
  if (!['none', 'file', 'full'].includes(durability)) {
    throw new SessionConfigError("directoryStorage({ durability }) must be 'none', 'file' or 'full'")
  }
  const storage = new DirectorySessionStorage(privateLayout(path), clock, durability)
  return cached ? cachedStorage(storage, { clock }) : storage
}
