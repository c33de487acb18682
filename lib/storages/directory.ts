import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { type Clock, systemClock } from '../base/clock.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConfigError } from '../errors.ts'
import { cachedStorage } from './cached.ts'
import { FOLDER_MODE, Layout } from './directory/layout.ts'
import { type Flaw, flawOf, flawOfLink, openFolderAbove, quoted } from './directory/ownership.ts'
import type { Durability } from './directory/staging.ts'
import { DirectoryStorage } from './directory/storage.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { given } from './given.ts'

/** What {@link directoryStorage} takes. */
export interface DirectoryStorageOptions {
  /** Whether to keep what was read for up to a second, as `cachedStorage` does; `false` by default. */
  readonly cached?: boolean
  /**
   * What a stored session outlives. `none`, the default: the end of the process at any instant, but not a power
   * failure, which may lose what the last seconds wrote. `file`: each record is flushed to the disk before it counts.
   * `full`: the folders too, so that whatever was answered holds after a power failure; only renewals may be lost.
   */
  readonly durability?: Durability
  /** What tells the time; the machine's clock by default. Processes that share the directory need the same time. */
  readonly clock?: Clock
}

/**
 * Keeps sessions in a directory of a local file system (one with hard links), for one process or several at once.
 *
 * No lock is held and no timer runs. A process may be killed at any instant: each session is then as it was before or
 * after, and one that was just being moved to another key may be gone. Names on disk are hashes, folders and files are
 * their owner's alone (0700, 0600). The directory is made if it is not there; removing it while the app runs ends all
 * sessions.
 *
 * A read is synchronous and takes some 10 µs; an update some 0.3 ms, twice that with `file` and four times with `full` on a disk
 * that is quick to flush. Superseded versions stay for 10 s, so that one session should not be written hundreds of times a second.
 * `sweep`, which the middleware calls by itself, removes what has expired (at most 1,000 sessions a call, unless told otherwise),
 * and what killed processes left.
 *
 * Every folder of it must belong to this process's user, who alone may write there; a link is not followed, but for the path
 * itself, which may be one. No folder above may let others put another directory in its place: none may be written by others
 * unless it is sticky, as `/tmp` is. All of that is checked here; while the app runs, each folder is looked at again, at most once
 * a second. (On Windows only links are looked for.)
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the directory cannot be made or written, where it is not private, naming
 *   the folder and the command that helps, and where an option is wrong or unknown.
 *
 * @example
 * const Cart = cookie<Cart>('cart', { storage: directoryStorage('.sessions', { durability: 'file' }) })
 */
export function directoryStorage(path: string, options: DirectoryStorageOptions = {}): SessionStorage {
  if (typeof path !== 'string' || path === '') {
    throw new SessionConfigError(
      `directoryStorage needs the path of a directory: directoryStorage('.sessions'); ${path === '' ? 'it was given an empty text' : given(path)}`,
    )
  }
  checkOptionNames('directoryStorage', options, ['cached', 'durability', 'clock'])
  checkOptionTypes('directoryStorage', options, { cached: 'boolean', clock: 'function' })
  const { cached = false, durability = 'none', clock = systemClock } = options
  if (!['none', 'file', 'full'].includes(durability)) {
    throw new SessionConfigError("directoryStorage({ durability }) must be 'none', 'file' or 'full'")
  }
  const storage = new DirectoryStorage(prepare(path), clock, durability)
  return cached ? cachedStorage(storage, { clock }) : storage
}

function prepare(path: string): Layout {
  try {
    return privateLayout(path)
  } catch (error) {
    if (error instanceof SessionConfigError) throw error
    const message = 'directoryStorage cannot use its directory: give it the path of one that this process may write'
    throw new SessionConfigError(message, undefined, error)
  }
}

/** Makes what is missing, and checks all folders but those of single sessions, which are looked at when they are used. */
function privateLayout(path: string): Layout {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  const link = flawOfLink(path)
  if (link !== undefined) throw notPrivate(path, link)
  // The root itself may be a link, which is followed once, here: what it leads to is checked, and used from now on.
  const layout = new Layout(realpathSync(path))
  const open = openFolderAbove(layout.root)
  if (open !== undefined) throw notPrivate(open.path, open.flaw)
  checkPrivate(layout.root)
  for (const folder of [layout.sessions, layout.subjects, layout.tmp, layout.trash]) {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
    const { mode } = checkPrivate(folder)
    if ((mode & 0o077) !== 0) chmodSync(folder, FOLDER_MODE)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  }
  for (const folder of [layout.sessions, layout.subjects]) {
    for (const name of readdirSync(folder)) if (/^[\da-f]{2}$/.test(name)) checkPrivate(`${folder}/${name}`)
  }
  return layout
}

function checkPrivate(folder: string): Stats {
  const stat = lstatSync(folder)
  const flaw = flawOf(folder, stat)
  if (flaw !== undefined) throw notPrivate(folder, flaw)
  return stat
}

function notPrivate(folder: string, { what, help }: Flaw): SessionConfigError {
  return new SessionConfigError(
    `directoryStorage's directory is not private: ${quoted(folder)} ${what}. ${help}. Or give directoryStorage another path`,
  )
}
