import { constants, readdirSync, readFileSync } from 'node:fs'
import { NEVER } from '../../base/clock.ts'
import { isFsError } from './fs-error.ts'
import { nameOf } from './layout.ts'
import { type KeyedRecord, parseRecord } from './record-file.ts'

/**
 * What the folder of a session says.
 *
 * - `absent`: there is no folder.
 * - `foreign`: what stands there is no folder of this user's alone: a link, or somebody else's. Nothing in it is believed.
 * - `unfinished`: no readable record. Somebody is creating, rotating or burying here, or died while doing so.
 * - `moved`: the newest record names another key: `rotate` has killed this one, and not yet moved the folder there.
 * - `expired`, `live`: a session. Its record has the expiry that the marks of `touch` gave it.
 */
export type SessionFolder =
  | { readonly state: 'absent' | 'foreign' | 'unfinished'; readonly names: readonly string[]; readonly version: number }
  | ({
      readonly state: 'moved' | 'expired' | 'live'
      readonly names: readonly string[]
      readonly version: number
    } & KeyedRecord)

// A link that was put there since it was listed is not followed, and nobody waits for a pipe; Windows has no such flags.
// Node takes the number, its types only a name.
const READ = (constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)) as unknown as string
const ATTEMPTS = 5
const VERSION = /^[1-9]\d{0,15}$/
const MARKED = 't'
const MARK = /^t([1-9]\d{0,15})-(\d{1,16}(?:\.\d+)?)$/

/**
 * Looks into the folder of the session `name`; without a name, whoever's it is. The newest version is the session.
 *
 * Synchronous: from the page cache that takes about 10 µs, and by promises twenty times as long.
 */
export function look(folder: string, now: number, name?: string): SessionFolder {
  for (let attempt = 1; ; attempt++) {
    const names = namesIn(folder)
    if (names === null) return { state: 'absent', names: [], version: 0 }
    try {
      return lookAt(folder, names, newestOf(names), now, name)
    } catch (error) {
      // Pruned, or moved with its folder, since it was listed: a newer listing knows more.
      if (!isFsError(error, 'ENOENT') || attempt === ATTEMPTS) throw error
    }
  }
}

/**
 * As `look`, but what is being moved to another key is still seen as it was: for those who want all sessions of a
 * subject, and would miss one that is between two keys at that moment.
 */
export function lookBeforeMove(folder: string, now: number, name: string): SessionFolder {
  const found = look(folder, now, name)
  const previous = found.version - 1
  if (found.state !== 'moved' || !found.names.includes(String(previous))) return found
  try {
    return lookAt(folder, found.names, previous, now, name)
  } catch (error) {
    // The move is done.
    if (isFsError(error, 'ENOENT')) return look(folder, now, name)
    throw error
  }
}

function lookAt(
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
  const moved = name !== undefined && nameOf(key) !== name
  return { state: moved ? 'moved' : record.expiresAt <= now ? 'expired' : 'live', names, version, key, record }
}

/** The names of the files in a folder, of no link, pipe, device or folder; `null` where there is no such folder. */
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

/** The version that a name in the folder stands for: `'3'` is 3; 0 for whatever is written otherwise. */
export function versionOf(name: string): number {
  // Most names in a busy folder are those of marks.
  const version = !name.startsWith(MARKED) && VERSION.test(name) ? Number(name) : 0
  return Number.isSafeInteger(version) ? version : 0
}

/** The highest version; 0 where there is none. */
export function newestOf(names: readonly string[]): number {
  let newest = 0
  for (const name of names) newest = Math.max(newest, versionOf(name))
  return newest
}

/** The name of the empty file that says that this version expires later than its record says. */
export function markName(version: number, expiresAt: number): string {
  return `${MARKED}${version}-${expiresAt}`
}

/** What a mark says; `null` for another name. */
export function parseMark(name: string): { version: number; expiresAt: number } | null {
  const [, version, expiresAt] = MARK.exec(name) ?? []
  return version === undefined ? null : { version: Number(version), expiresAt: Math.min(Number(expiresAt), NEVER) }
}

/** The latest expiry that the marks of this version name. Marks of another one say nothing: it may expire earlier. */
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
    // What stands there is no record of ours, and says nothing of other sessions.
    if (isFsError(error, 'ELOOP', 'EISDIR', 'ENXIO', 'EACCES', 'EPERM', 'ERR_STRING_TOO_LONG', 'ERR_FS_FILE_TOO_LARGE'))
      return null
    throw error
  }
}
