import { statSync } from 'node:fs'
import { mkdir, open, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { attempt, isFsError } from './fs-error.ts'
import type { FolderGuard } from './folder-guard.ts'
import { FILE_MODE, FOLDER_MODE, type Layout } from './layout.ts'

/**
 * What an `ok` outlives: `none` the end of any process, at any instant; `file` also a power failure, as far as the
 * record is concerned; `full` all of it, with the names in the folders.
 */
export type Durability = 'none' | 'file' | 'full'

/** A whole record file in `tmp`, which nobody sees until it is linked into a session's folder. */
export interface Staged {
  readonly path: string
  /** When writing it began, on this process's monotonic clock. */
  readonly startedAt: number
}

/** Writes files aside, so that only whole ones ever get a name that means something. */
export class Staging {
  readonly #layout: Layout
  readonly #guard: FolderGuard
  readonly #durability: Durability

  constructor(layout: Layout, guard: FolderGuard, durability: Durability) {
    this.#layout = layout
    this.#guard = guard
    this.#durability = durability
  }

  /** Writes `text` aside for as long as `act` runs. */
  async use<T>(text: string, act: (staged: Staged) => Promise<T>): Promise<T> {
    this.#guard.require(this.#layout.tmp)
    const staged = { path: this.#layout.newTemporary(), startedAt: performance.now() }
    try {
      await this.#write(staged.path, text)
      return await act(staged)
    } finally {
      // What is done is done, whether or not this succeeds: `sweep` removes what stays.
      await unlink(staged.path).catch(() => {})
    }
  }

  /** Makes names in these folders outlive a power failure where that is promised. */
  async settle(...folders: readonly string[]): Promise<void> {
    if (this.#durability !== 'full') return
    // A folder that was destroyed or rotated meanwhile is settled by whoever did so.
    for (const folder of folders) await attempt(syncFolder(folder), 'ENOENT')
  }

  /** As `settle`, with the two folders above, which may be new as well. */
  settleUp(folder: string): Promise<void> {
    return this.settle(folder, dirname(folder), dirname(dirname(folder)))
  }

  async #write(path: string, text: string): Promise<void> {
    const options = { flag: 'wx', mode: FILE_MODE, flush: this.#durability !== 'none' } as const
    try {
      await writeFile(path, text, options)
    } catch (error) {
      // Somebody has removed the whole directory, which is one way to end all sessions.
      if (!isFsError(error, 'ENOENT')) throw error
      await mkdir(this.#layout.tmp, { recursive: true, mode: FOLDER_MODE })
      await writeFile(path, text, options)
    }
  }
}

/** The file system's clock, which all processes share, as it was when this file was written. */
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
