import { opendir } from 'node:fs/promises'
import type { FolderGuard } from './folder-guard.ts'
import { isFsError } from './fs-error.ts'

/**
 * The names in a folder, in bounded memory however many there are; no names if the folder is missing or not private. Yields to other
 * work with each system call, for 32 names.
 */
export async function* streamNames(guard: FolderGuard, folder: string): AsyncGenerator<string> {
  if (guard.stateOf(folder) !== 'ours') return
  try {
    for await (const entry of await opendir(folder)) yield entry.name
  } catch (error) {
    if (!isFsError(error, 'ENOENT')) throw error
  }
}
