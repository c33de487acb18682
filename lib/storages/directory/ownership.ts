import { lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/** Who else than the owner may write, by the mode of a folder. */
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
/** Who may write a folder may not rename or remove what belongs to others in it: `/tmp` is so. */
const STICKY = 0o1000

/** What makes a folder one that is not to be trusted. */
export interface Flaw {
  /** As the file system would call it. */
  readonly code: 'ELOOP' | 'ENOTDIR' | 'EACCES'
  readonly what: string
  /** What to do about it, with the shell command. */
  readonly help: string
}

/**
 * Why what is in a folder may be somebody else's work: it is a link, belongs to another user, or others may write there.
 * `undefined` where it is this process's alone. Windows goes by other rights: there it only has to be a folder.
 */
export function flawOf(path: string, stat: Stats): Flaw | undefined {
  const remove = `rm ${quoted(path)}`
  if (stat.isSymbolicLink()) return { code: 'ELOOP', what: 'is a link', help: `Remove it: ${remove}` }
  if (!stat.isDirectory()) return { code: 'ENOTDIR', what: 'is no folder', help: `Remove it: ${remove}` }
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  if (stat.uid !== user) {
    const what = `belongs to user ${stat.uid}, and this process runs as user ${user}`
    return { code: 'EACCES', what, help: afterLooking(`chown -R ${user} ${quoted(path)}`) }
  }
  if ((stat.mode & (GROUP_WRITES | OTHERS_WRITE)) === 0) return undefined
  const what = `may be written by others (mode ${modeOf(stat)})`
  return { code: 'EACCES', what, help: afterLooking(`chmod go-w ${quoted(path)}`) }
}

/** A link to the directory that somebody else has made, and may have made it lead there. */
export function flawOfLink(path: string): Flaw | undefined {
  const stat = lstatSync(path)
  const user = process.geteuid?.()
  if (!stat.isSymbolicLink() || user === undefined || stat.uid === user || stat.uid === 0) return undefined
  const what = `is a link that belongs to user ${stat.uid}`
  return { code: 'EACCES', what, help: `Make it anew, or run: chown -h ${user} ${quoted(path)}` }
}

/**
 * The folder above this one, or above that and so on, that lets others put another folder in the place of this one: one that they
 * may write, and that is not sticky. A group with the number of the folder's owner is taken to be that user's own, as most Linux
 * systems make them. The owners of these folders are trusted: the app's code often lies there, too.
 */
export function openFolderAbove(path: string): { readonly path: string; readonly flaw: Flaw } | undefined {
  if (process.geteuid === undefined) return undefined
  for (let below = path, above = dirname(path); above !== below; below = above, above = dirname(above)) {
    const stat = lstatSync(above)
    const open = stat.gid === stat.uid ? OTHERS_WRITE : GROUP_WRITES | OTHERS_WRITE
    if ((stat.mode & open) === 0 || (stat.mode & STICKY) !== 0) continue
    const what = `may be written by others (mode ${modeOf(stat)}), who could put a folder of theirs in the place of ${quoted(below)}`
    return { path: above, flaw: { code: 'EACCES', what, help: `Run: chmod go-w ${quoted(above)}` } }
  }
  return undefined
}

/** Others may have planted sessions there, which a command alone would make valid. */
function afterLooking(command: string): string {
  return `Remove it, or, if you trust all that is in it, run: ${command}`
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o7777).toString(8)}`
}
