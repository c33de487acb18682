import { statSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { destroyExpired } from './destroy.ts'
import type { DirectoryParts } from './directory-parts.ts'
import { doneUnless, isFsError } from './fs-error.ts'
import { FOLDER_MODE } from './layout.ts'

const ATTEMPTS = 5

/**
 * Creates the empty folder of a session: only one process can. `false`: the key is taken. An expired session is replaced at once; an
 * unfinished one only after a while, since a process may be about to finish it.
 *
 * @param now By the clock of the file system.
 */
export async function claimKey(parts: DirectoryParts, name: string, now: number): Promise<boolean> {
  const folder = parts.layout.session(name)
  for (let round = 0; round < ATTEMPTS; round++) {
    if (await createFolder(folder)) return true
    const found = parts.find(name)
    if (found.state === 'live' || found.state === 'foreign') return false
    if (found.state === 'absent') continue
    if (found.state !== 'expired' && !isAbandoned(parts, name, now)) return false
    if (found.version === 0) await releaseKey(parts, name)
    else await destroyExpired(parts, name, found)
  }
  return false
}

/** Removes a claimed folder, if it is still empty. */
export async function releaseKey({ layout }: DirectoryParts, name: string): Promise<void> {
  await doneUnless(rmdir(layout.session(name)), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
}

/** Whether the folder has not changed for so long that no process is working on it any more. */
export function isAbandoned({ layout, limits }: DirectoryParts, name: string, now: number): boolean {
  const stat = statSync(layout.session(name), { throwIfNoEntry: false })
  return stat !== undefined && now - stat.ctimeMs >= limits.unfinished
}

async function createFolder(folder: string): Promise<boolean> {
  try {
    return await doneUnless(mkdir(folder, FOLDER_MODE), 'EEXIST')
  } catch (error) {
    if (!isFsError(error, 'ENOENT')) throw error
    await mkdir(dirname(folder), { recursive: true, mode: FOLDER_MODE })
    return doneUnless(mkdir(folder, FOLDER_MODE), 'EEXIST')
  }
}
