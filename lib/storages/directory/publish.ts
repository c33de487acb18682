import { statSync } from 'node:fs'
import { link } from 'node:fs/promises'
import { EngineError } from '../shared/engine-error.ts'
import { doneUnless } from './fs-error.ts'
import type { Limits } from './limits.ts'
import { namesIn, newestOf } from './session-folder.ts'
import type { Staged } from './staging.ts'

/**
 * Links a staged file under the number of the next version: this is the compare-and-set, since a link never replaces a file. Returns
 * the time by the clock of the file system, or `null` if another writer was first (the name is taken) or the session was destroyed
 * (the folder is gone).
 *
 * The caller reads the folder after staging and before this. The number must not be taken and freed in between, and it is never
 * freed before `retention` has passed. A writer that was suspended for longer than `trust` therefore reads the folder again, and
 * throws if there is a newer version, which shows that it may have been too late.
 */
export async function publish(staged: Staged, folder: string, version: number, limits: Limits): Promise<number | null> {
  if (!(await doneUnless(link(staged.path, `${folder}/${version}`), 'EEXIST', 'ENOENT'))) return null
  // Written before the folder was read, changed by the link: a duration by the clock that `prune` uses, too.
  const stat = statSync(staged.path, { throwIfNoEntry: false })
  const late = stat === undefined || stat.ctimeMs - stat.mtimeMs > limits.trust || isLate(staged, limits)
  if (late && newestOf(namesIn(folder) ?? []) !== version) throw outcomeUnknown()
  return stat?.ctimeMs ?? 0
}

/** Whether this process was suspended since it began to write. */
export function isLate(staged: Staged, limits: Limits): boolean {
  return performance.now() - staged.startedAt > limits.trust
}

/** The error of a writer that was suspended for so long that it cannot tell whether it has won. */
export function outcomeUnknown(): EngineError {
  return new EngineError('the process was suspended for 5 s while writing a session: outcome unknown', 'ETIMEDOUT')
}
