import type { Clock } from '../../base/clock.ts'
import { FolderGuard } from './folder-guard.ts'
import type { Layout } from './layout.ts'
import type { Limits } from './limits.ts'
import { readFolder, readFolderBeforeRotation, type SessionFolder } from './session-folder.ts'
import { type Durability, Staging } from './staging.ts'
import { SubjectEntries } from './subject-entries.ts'

/** What the operations share. A `name` is always that of a key on disk. */
export interface DirectoryParts {
  readonly layout: Layout
  readonly guard: FolderGuard
  readonly clock: Clock
  readonly limits: Limits
  readonly staging: Staging
  readonly subjects: SubjectEntries
  /** What is in the folder of a session now. */
  find(name: string): SessionFolder
  /** As `find`; a session that is being rotated to another key is still found here as it was before. */
  findBeforeRotation(name: string): SessionFolder
}

export function createParts(layout: Layout, clock: Clock, durability: Durability, limits: Limits): DirectoryParts {
  const guard = new FolderGuard(layout.root)
  const guarded =
    (read: typeof readFolderBeforeRotation) =>
    (name: string): SessionFolder => {
      const folder = layout.session(name)
      const state = guard.stateOf(folder)
      return state === 'ours' ? read(folder, clock(), name) : { state, names: [], version: 0 }
    }
  const [find, findBeforeRotation] = [guarded(readFolder), guarded(readFolderBeforeRotation)]
  const staging = new Staging(layout, guard, durability)
  const subjects = new SubjectEntries(layout, guard, staging, findBeforeRotation)
  return { layout, guard, clock, limits, staging, subjects, find, findBeforeRotation }
}
