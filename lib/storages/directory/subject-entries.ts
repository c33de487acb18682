import { existsSync } from 'node:fs'
import { mkdir, unlink } from 'node:fs/promises'
import { createEmptyFile } from './empty-file.ts'
import type { FolderGuard } from './folder-guard.ts'
import { doneUnless, isFsError } from './fs-error.ts'
import { FOLDER_MODE, type Layout, nameOf } from './layout.ts'
import type { SessionFolder } from './session-folder.ts'
import type { Staging } from './staging.ts'
import { streamNames } from './stream-names.ts'

const ATTEMPTS = 5

/**
 * The index of the sessions of each subject: a folder per subject, an empty file per session. The records decide: an entry only says
 * which sessions to check.
 *
 * Every live session has its entry. A writer adds it before the record, so that a crash leaves an unneeded entry and not a missing
 * one, and again afterwards; a process that drops an entry checks again, and restores it if it is needed. In whatever order a writer
 * and a dropper take their steps, one of them sees what the other did.
 */
export class SubjectEntries {
  readonly #layout: Layout
  readonly #guard: FolderGuard
  readonly #staging: Staging
  readonly #find: (name: string) => SessionFolder

  constructor(layout: Layout, guard: FolderGuard, staging: Staging, find: (name: string) => SessionFolder) {
    this.#layout = layout
    this.#guard = guard
    this.#staging = staging
    this.#find = find
  }

  /** Adds the entry if it is missing; otherwise costs one check. Does nothing for a session without a subject. */
  async add(subject: string | undefined, name: string): Promise<void> {
    if (subject !== undefined) await this.#add(nameOf(subject), name)
  }

  /** Removes the entry of a session that the subject no longer has. */
  async drop(subject: string | undefined, name: string): Promise<void> {
    if (subject !== undefined) await this.dropByName(nameOf(subject), name)
  }

  /** As {@link drop}, by the name of the subject on disk. */
  async dropByName(subjectName: string, name: string): Promise<void> {
    const folder = this.#layout.subject(subjectName)
    if (this.#guard.stateOf(folder) === 'ours') await doneUnless(unlink(`${folder}/${name}`), 'ENOENT')
    if (this.isNeeded(subjectName, name)) await this.#add(subjectName, name)
  }

  /** Whether the subject has the session, and it is live. */
  isNeeded(subjectName: string, name: string): boolean {
    const found = this.#find(name)
    return found.state === 'live' && found.record.subject !== undefined && nameOf(found.record.subject) === subjectName
  }

  /** The names of the sessions that the subject may have. */
  names(subject: string): AsyncGenerator<string> {
    return streamNames(this.#guard, this.#layout.subject(nameOf(subject)))
  }

  async #add(subjectName: string, name: string): Promise<void> {
    const folder = this.#layout.subject(subjectName)
    this.#guard.require(folder)
    if (existsSync(`${folder}/${name}`)) return
    for (let round = 1; ; round++) {
      try {
        await createEmptyFile(`${folder}/${name}`)
        break
      } catch (error) {
        // The folder does not exist yet, or `sweep` has just removed it because it was empty.
        if (!isFsError(error, 'ENOENT') || round === ATTEMPTS) throw error
        await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
      }
    }
    await this.#staging.syncWithParents(folder)
  }
}
