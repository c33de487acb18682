import { unlink } from 'node:fs/promises'
import { makeEmptyFile } from './empty-file.ts'
import { attempt, isFsError } from './fs-error.ts'
import { markName, parseMark, type SessionFolder } from './session-folder.ts'
import type { Workings } from './workings.ts'

/**
 * Marks the version that was `found` with a later expiry. A mark is an empty file of its own, so that of two touches at
 * once the later expiry wins, whichever comes first.
 */
export async function touch(
  { layout, look }: Workings,
  name: string,
  expiresAt: number,
  found: SessionFolder,
): Promise<boolean> {
  const folder = layout.session(name)
  try {
    await makeEmptyFile(`${folder}/${markName(found.version, expiresAt)}`)
  } catch (error) {
    if (isFsError(error, 'ENOENT')) return false
    throw error
  }
  // Whoever rotated or buried it just now may not have seen the mark.
  if (look(name).state !== 'live') return false
  for (const other of found.names) {
    const mark = parseMark(other)
    const earlier = mark !== null && mark.version === found.version && mark.expiresAt < expiresAt
    if (earlier) await attempt(unlink(`${folder}/${other}`), 'ENOENT')
  }
  return true
}
