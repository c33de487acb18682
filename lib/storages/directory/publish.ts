import { statSync } from 'node:fs'
import { link } from 'node:fs/promises'
import { attempt } from './fs-error.ts'
import type { Limits } from './limits.ts'
import { namesIn, newestOf } from './session-folder.ts'
import type { Staged } from './staging.ts'

/**
 * Gives a staged file the name of the next version: the compare-and-set, since a link never replaces a file. Gives the
 * instant by the file system's clock, or `null` where somebody else was first (the name is taken) or the session was
 * destroyed (the folder is gone).
 *
 * The caller looks into the folder after staging and before this. Between look and link nobody may have taken and freed
 * the number, and nobody frees one before `retention` has passed: so a writer that was held up for longer than `trust`
 * looks once more, and throws where a newer version shows that it may have come too late.
 */
export async function publish(staged: Staged, folder: string, version: number, limits: Limits): Promise<number | null> {
  if (!(await attempt(link(staged.path, `${folder}/${version}`), 'EEXIST', 'ENOENT'))) return null
  // Written before the look, changed by the link: a span on the clock that whoever prunes goes by, too.
  const stat = statSync(staged.path, { throwIfNoEntry: false })
  const late = stat === undefined || stat.ctimeMs - stat.mtimeMs > limits.trust || isLate(staged, limits)
  if (late && newestOf(namesIn(folder) ?? []) !== version) throw outcomeUnknown()
  return stat?.ctimeMs ?? 0
}

/** Whether this process was held up since it began to write. */
export function isLate(staged: Staged, limits: Limits): boolean {
  return performance.now() - staged.startedAt > limits.trust
}

/** What a writer says that was held up for so long that it cannot tell whether it has won. */
export function outcomeUnknown(): Error {
  return new Error('The directory storage was held up for too long: whether the session was written is unknown')
}
