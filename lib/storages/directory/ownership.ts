import { lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
/** A user who may write such a folder may not rename or remove the files of others in it. `/tmp` is one. */
const STICKY = 0o1000

/** Why a folder is not private. */
export interface Flaw {
  /** The code of the file system for such an error. */
  readonly code: 'ELOOP' | 'ENOTDIR' | 'EACCES'
  readonly what: string
  /** What to do about it, with the shell command. */
  readonly help: string
}

/**
 * Why other users may have written into a folder: it is a link, belongs to another user, or others may write there. `undefined` if
 * it is private to the user of this process. On Windows, which has other rights, it only has to be a folder.
 */
export function flawOf(path: string, stat: Stats): Flaw | undefined {
  const remove = `rm ${quoted(path)}`
  if (stat.isSymbolicLink()) return { code: 'ELOOP', what: 'is a link', help: `Remove it: ${remove}` }
  if (!stat.isDirectory()) return { code: 'ENOTDIR', what: 'is not a folder', help: `Remove it: ${remove}` }
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  if (stat.uid !== user) {
    const what = `belongs to user ${stat.uid}, and this process runs as user ${user}`
    return { code: 'EACCES', what, help: removeOrTrust(`chown -R ${user} ${quoted(path)}`) }
  }
  if ((stat.mode & (GROUP_WRITES | OTHERS_WRITE)) === 0) return undefined
  const what = `may be written by others (mode ${modeOf(stat)})`
  return { code: 'EACCES', what, help: removeOrTrust(`chmod go-w ${quoted(path)}`) }
}

/** The flaw of a link to the directory: another user has made it, and may have chosen its target. */
export function flawOfLink(path: string): Flaw | undefined {
  const stat = lstatSync(path)
  const user = process.geteuid?.()
  if (!stat.isSymbolicLink() || user === undefined || stat.uid === user || stat.uid === 0) return undefined
  const what = `is a link that belongs to user ${stat.uid}`
  return { code: 'EACCES', what, help: `Create it again, or run: chown -h ${user} ${quoted(path)}` }
}

/**
 * The nearest folder above that lets others replace the folder below it: others may write it, and it is not sticky. A group whose
 * number is that of the folder's owner counts as the private group of that user, which most Linux systems create. The owners of
 * these folders are trusted: the code of the app is often there, too.
 */
export function openFolderAbove(path: string): { readonly path: string; readonly flaw: Flaw } | undefined {
  if (process.geteuid === undefined) return undefined
  for (let below = path, above = dirname(path); above !== below; below = above, above = dirname(above)) {
    const stat = lstatSync(above)
    const open = stat.gid === stat.uid ? OTHERS_WRITE : GROUP_WRITES | OTHERS_WRITE
    if ((stat.mode & open) === 0 || (stat.mode & STICKY) !== 0) continue
    const what = `may be written by others (mode ${modeOf(stat)}), who could replace ${quoted(below)}`
    return { path: above, flaw: { code: 'EACCES', what, help: `Run: chmod go-w ${quoted(above)}` } }
  }
  return undefined
}

/** Others may have planted sessions in the folder, which the command alone would make valid. */
function removeOrTrust(command: string): string {
  return `Remove it, or, if you trust all files in it, run: ${command}`
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o7777).toString(8)}`
}
