import { statSync } from 'node:fs'
import { mkdir, open, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FolderGuard } from './folder-guard.ts'
import { doneUnless, isFsError } from './fs-error.ts'
import { FILE_MODE, FOLDER_MODE, type Layout } from './layout.ts'

/**
 * What a stored session survives. `none`: the end of the process at any instant. `file`: also a power failure, as far as the record
 * is concerned. `full`: a power failure, including the names in the folders.
 */
export type Durability = 'none' | 'file' | 'full'

/** A complete record file in `tmp`, which no reader sees before it is linked into the folder of a session. */
export interface Staged {
  readonly path: string
  /** When this process began to write it, by its monotonic clock. */
  readonly startedAt: number
}

/** Writes record files to `tmp` first, so that only complete ones are ever linked into a session. */
export class Staging {
  readonly #layout: Layout
  readonly #guard: FolderGuard
  readonly #durability: Durability

  constructor(layout: Layout, guard: FolderGuard, durability: Durability) {
    this.#layout = layout
    this.#guard = guard
    this.#durability = durability
  }

  /** Keeps `text` in a file while `act` runs. */
  async use<T>(text: string, act: (staged: Staged) => Promise<T>): Promise<T> {
    this.#guard.require(this.#layout.tmp)
    const staged = { path: this.#layout.newTemporary(), startedAt: performance.now() }
    try {
      await this.#write(staged.path, text)
      return await act(staged)
    } finally {
      // Cannot change the outcome: `sweep` removes a file that remains.
      await unlink(staged.path).catch(() => {})
    }
  }

  /** With durability `full`, flushes the names in these folders to the disk. */
  async sync(...folders: readonly string[]): Promise<void> {
    if (this.#durability !== 'full') return
    // A folder that is gone was synced by the process that destroyed or rotated it.
    for (const folder of folders) await doneUnless(syncFolder(folder), 'ENOENT')
  }

  /** As {@link sync}, with the two folders above, which may be new as well. */
  syncWithParents(folder: string): Promise<void> {
    return this.sync(folder, dirname(folder), dirname(dirname(folder)))
  }

  async #write(path: string, text: string): Promise<void> {
    const options = { flag: 'wx', mode: FILE_MODE, flush: this.#durability !== 'none' } as const
    try {
      await writeFile(path, text, options)
    } catch (error) {
      // The whole directory was removed, which is one way to end all sessions.
      if (!isFsError(error, 'ENOENT')) throw error
      await mkdir(this.#layout.tmp, { recursive: true, mode: FOLDER_MODE })
      await writeFile(path, text, options)
    }
  }
}

/** When the file was written, by the clock of the file system, which all processes share. */
export function writtenAt(staged: Staged): number {
  return statSync(staged.path).mtimeMs
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
