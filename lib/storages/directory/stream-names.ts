import { opendir } from 'node:fs/promises'
import type { FolderGuard } from './folder-guard.ts'
import { isFsError } from './fs-error.ts'

/**
 * The names in a folder, in bounded memory however many there are; none where there is no folder that is ours. Every 32 names are
 * a call to the system, so that others get their turn.
 */
export async function* streamNames(guard: FolderGuard, folder: string): AsyncGenerator<string> {
  if (guard.stateOf(folder) !== 'ours') return
  try {
    for await (const entry of await opendir(folder)) yield entry.name
  } catch (error) {
    if (!isFsError(error, 'ENOENT')) throw error
  }
}
