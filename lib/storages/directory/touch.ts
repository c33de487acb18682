import { unlink } from 'node:fs/promises'
import type { DirectoryParts } from './directory-parts.ts'
import { createEmptyFile } from './empty-file.ts'
import { doneUnless } from './fs-error.ts'
import { markName, parseMark, type SessionFolder } from './session-folder.ts'

/**
 * Marks the version that was `found` with a later expiry. Each mark is an empty file of its own, so that of two concurrent touches
 * the later expiry wins, in either order.
 */
export async function touch(
  { layout, find }: DirectoryParts,
  name: string,
  expiresAt: number,
  found: SessionFolder,
): Promise<boolean> {
  const folder = layout.session(name)
  const path = `${folder}/${markName(found.version, expiresAt)}`
  if (!(await doneUnless(createEmptyFile(path), 'ENOENT'))) return false
  // A concurrent rotation or destruction may not have seen the mark.
  if (find(name).state !== 'live') return false
  for (const other of found.names) {
    const mark = parseMark(other)
    if (mark?.version === found.version && mark.expiresAt < expiresAt)
      await doneUnless(unlink(`${folder}/${other}`), 'ENOENT')
  }
  return true
}
