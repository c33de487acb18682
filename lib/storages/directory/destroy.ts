import { existsSync } from 'node:fs'
import { mkdir, rename, rm, unlink } from 'node:fs/promises'
import type { DirectoryParts } from './directory-parts.ts'
import { createEmptyFile } from './empty-file.ts'
import { doneUnless } from './fs-error.ts'
import { FOLDER_MODE } from './layout.ts'
import { markedExpiry, namesIn, readFolder, type SessionFolder } from './session-folder.ts'

type Parts = Pick<DirectoryParts, 'layout' | 'guard' | 'clock'>

/**
 * Destroys a session: moves its folder to the trash in one step, after which no late writer finds it. Returns what was in the folder,
 * under any key; `null` if there was none.
 */
export async function destroy(parts: Parts, name: string): Promise<SessionFolder | null> {
  const trash = await moveToTrash(parts, name)
  if (trash === null) return null
  const found = readFolder(trash, parts.clock())
  // The session is gone. If the trash cannot be removed now, `sweep` removes it.
  await discard(trash).catch(() => {})
  return found
}

/**
 * Destroys a session that was `seen` to be expired or abandoned, unless it has changed since. `false`: it has.
 *
 * An empty file takes the number of the next version, so that no update, rotation or other `destroyExpired` can follow. A touch that
 * came before the empty file wins.
 */
export async function destroyExpired(parts: Parts, name: string, seen: SessionFolder): Promise<boolean> {
  const folder = parts.layout.session(name)
  const tombstone = `${folder}/${seen.version + 1}`
  if (!(await createEmptyFile(tombstone, 'ENOENT'))) return false
  if (seen.state === 'expired' && markedExpiry(namesIn(folder) ?? [], seen.version) > parts.clock()) {
    await doneUnless(unlink(tombstone), 'ENOENT')
    return false
  }
  return (await destroy(parts, name)) !== null
}

/** The path in the trash; `null` if there was no folder. */
async function moveToTrash({ layout, guard }: Parts, name: string): Promise<string | null> {
  const folder = layout.session(name)
  guard.require(layout.trash)
  const trash = layout.newTrash()
  if (await doneUnless(rename(folder, trash), 'ENOENT')) return trash
  // Either the folder or the trash is missing.
  if (!existsSync(folder)) return null
  await mkdir(layout.trash, { recursive: true, mode: FOLDER_MODE })
  return (await doneUnless(rename(folder, trash), 'ENOENT')) ? trash : null
}

/** Removes a file, or a folder with its contents. A link is removed, and not followed. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
