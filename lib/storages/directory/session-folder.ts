import { constants, readdirSync, readFileSync } from 'node:fs'
import { NEVER } from '../../base/clock.ts'
import { isFsError } from './fs-error.ts'
import { nameOf } from './layout.ts'
import { type KeyedRecord, parseRecord } from './record-file.ts'

/**
 * What is in the folder of a session.
 *
 * - `absent`: there is no folder.
 * - `foreign`: a link, or a folder that is not private to this user. Its contents do not count.
 * - `unfinished`: no readable record. A process is creating, rotating or destroying the session, or ended while doing so.
 * - `rotated`: the newest record has another key: `rotate` has ended this key, and not yet moved the folder.
 * - `expired`, `live`: a session. Its record has the expiry of its last `touch`.
 */
export type SessionFolder =
  | { readonly state: 'absent' | 'foreign' | 'unfinished'; readonly names: readonly string[]; readonly version: number }
  | ({
      readonly state: 'rotated' | 'expired' | 'live'
      readonly names: readonly string[]
      readonly version: number
    } & KeyedRecord)

// Does not follow a link, and does not wait for a pipe, that was created after the folder was listed. Windows has no such flags.
// Node.js takes the number; its types only know names.
const READ = (constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)) as unknown as string
const ATTEMPTS = 5
const VERSION = /^[1-9]\d{0,15}$/
const MARKED = 't'
const MARK = /^t([1-9]\d{0,15})-(\d{1,16}(?:\.\d+)?)$/

/**
 * Reads the folder of the session `name`; without a name, of a session with any key. The newest version is the session.
 *
 * Synchronous: from the page cache that takes about 10 µs, and with promises twenty times as long.
 */
export function readFolder(folder: string, now: number, name?: string): SessionFolder {
  for (let attempt = 1; ; attempt++) {
    const names = namesIn(folder)
    if (names === null) return { state: 'absent', names: [], version: 0 }
    try {
      return readVersion(folder, names, newestOf(names), now, name)
    } catch (error) {
      // The version was pruned or moved with its folder since the folder was listed: list it again.
      if (!isFsError(error, 'ENOENT') || attempt === ATTEMPTS) throw error
    }
  }
}

/**
 * As {@link readFolder}, but a session that is being rotated to another key is still found here as it was before: a list of all
 * sessions of a subject would miss it between the two keys.
 */
export function readFolderBeforeRotation(folder: string, now: number, name: string): SessionFolder {
  const found = readFolder(folder, now, name)
  const previous = found.version - 1
  if (found.state !== 'rotated' || !found.names.includes(String(previous))) return found
  try {
    return readVersion(folder, found.names, previous, now, name)
  } catch (error) {
    // The rotation is complete.
    if (isFsError(error, 'ENOENT')) return readFolder(folder, now, name)
    throw error
  }
}

function readVersion(
  folder: string,
  names: readonly string[],
  version: number,
  now: number,
  name: string | undefined,
): SessionFolder {
  const found = version === 0 ? null : readRecord(`${folder}/${version}`)
  if (found === null || found.record.version !== version) return { state: 'unfinished', names, version }
  const { key, record } = found
  record.expiresAt = Math.max(record.expiresAt, markedExpiry(names, version))
  const rotated = name !== undefined && nameOf(key) !== name
  return { state: rotated ? 'rotated' : record.expiresAt <= now ? 'expired' : 'live', names, version, key, record }
}

/** The names of the regular files in a folder; `null` if there is no such folder. */
export function namesIn(folder: string): string[] | null {
  try {
    const names: string[] = []
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isFile()) names.push(entry.name)
    return names
  } catch (error) {
    if (isFsError(error, 'ENOENT')) return null
    throw error
  }
}

/** The version of a record file, by its name: 3 for `'3'`; 0 for any other name. */
export function versionOf(name: string): number {
  // Most names in a busy folder are marks.
  const version = !name.startsWith(MARKED) && VERSION.test(name) ? Number(name) : 0
  return Number.isSafeInteger(version) ? version : 0
}

/** The highest version; 0 if there is none. */
export function newestOf(names: readonly string[]): number {
  let newest = 0
  for (const name of names) newest = Math.max(newest, versionOf(name))
  return newest
}

/** The name of a mark: an empty file that gives this version a later expiry than its record has. */
export function markName(version: number, expiresAt: number): string {
  return `${MARKED}${version}-${expiresAt}`
}

/** The version and the expiry of a mark; `null` for any other name. */
export function parseMark(name: string): { version: number; expiresAt: number } | null {
  const [, version, expiresAt] = MARK.exec(name) ?? []
  return version === undefined ? null : { version: Number(version), expiresAt: Math.min(Number(expiresAt), NEVER) }
}

/** The latest expiry of the marks of this version. Those of other versions do not count: an update may shorten the expiry. */
export function markedExpiry(names: readonly string[], version: number): number {
  let latest = Number.NEGATIVE_INFINITY
  const beginning = `${MARKED}${version}-`
  for (const name of names) {
    const mark = name.startsWith(beginning) ? parseMark(name) : null
    if (mark !== null && mark.expiresAt > latest) latest = mark.expiresAt
  }
  return latest
}

function readRecord(path: string): KeyedRecord | null {
  try {
    return parseRecord(readFileSync(path, { encoding: 'utf8', flag: READ }))
  } catch (error) {
    // Not a record file of this library: other sessions are not affected.
    if (isFsError(error, 'ELOOP', 'EISDIR', 'ENXIO', 'EACCES', 'EPERM', 'ERR_STRING_TOO_LONG', 'ERR_FS_FILE_TOO_LARGE'))
      return null
    throw error
  }
}
