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
import { SessionConfigError } from '../../errors.ts'
import { FOLDER_MODE, Layout } from './layout.ts'
import { type Flaw, flawOf, flawOfLink, openFolderAbove, quoted } from './ownership.ts'

/**
 * The layout of the directory at `path`. Creates the missing folders, and checks all existing ones except those of single sessions,
 * which are checked when they are used.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the directory cannot be used, or is not private.
 */
export function privateLayout(path: string): Layout {
  try {
    return checkedLayout(path)
  } catch (error) {
    if (error instanceof SessionConfigError) throw error
    const message = 'directoryStorage cannot use its directory: give it the path of one that this process may write'
    throw new SessionConfigError(message, undefined, error)
  }
}

function checkedLayout(path: string): Layout {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  const link = flawOfLink(path)
  if (link !== undefined) throw notPrivate(path, link)
  // The root may be a link. It is followed once, here: its target is checked, and used from now on.
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
