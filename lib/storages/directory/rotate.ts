import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome } from '../../contracts/storage.ts'
import { claimKey, releaseKey } from './claim-key.ts'
import type { DirectoryParts } from './directory-parts.ts'
import { doneUnless } from './fs-error.ts'
import { prune } from './prune.ts'
import { isLate, outcomeUnknown, publish } from './publish.ts'
import { type Staged, writtenAt } from './staging.ts'
import { whyNotPublished } from './update.ts'

/** From one key to another, by their names on disk, with the new record. */
export interface Rotation {
  readonly from: string
  readonly to: string
  readonly record: SessionRecord
  readonly expected: number
}

/**
 * Claims `to`; publishes the new record, which has the new key, in the old folder, which ends `from`; moves the folder over the
 * claim, which starts `to`. There is only one folder, and so never two live keys. If the process ends in between, the session is
 * lost; a `delete` of `from` in between destroys it.
 */
export async function rotate(parts: DirectoryParts, rotation: Rotation, staged: Staged): Promise<RotateOutcome> {
  const { to, record } = rotation
  if (!(await claimKey(parts, to, writtenAt(staged)))) return 'exists'
  let outcome: RotateOutcome | undefined
  try {
    await parts.subjects.add(record.subject, to)
    outcome = await rotateToClaim(parts, rotation, staged)
    return outcome
  } finally {
    if (outcome !== 'ok') {
      await releaseKey(parts, to)
      await parts.subjects.drop(record.subject, to)
    }
  }
}

async function rotateToClaim(parts: DirectoryParts, rotation: Rotation, staged: Staged): Promise<RotateOutcome> {
  const { layout, limits, staging, subjects, find } = parts
  const { from, to, record, expected } = rotation
  const [oldFolder, newFolder] = [layout.session(from), layout.session(to)]
  // After staging: `publish` counts the time from there.
  const found = find(from)
  if (found.state !== 'live') return 'gone'
  if (found.version !== expected) return 'conflict'
  const now = await publish(staged, oldFolder, expected + 1, limits)
  if (now === null) return whyNotPublished(find(from))
  if (!(await doneUnless(rename(oldFolder, newFolder), 'ENOENT'))) return 'gone'
  // If this process was suspended, another one may have destroyed the folder as abandoned.
  if (isLate(staged, limits) && find(to).state !== 'live') throw outcomeUnknown()
  await subjects.add(record.subject, to)
  await subjects.drop(found.record.subject, from)
  await prune(newFolder, found.names, expected + 1, now, limits.retention)
  await staging.syncWithParents(newFolder)
  await staging.sync(dirname(oldFolder))
  return 'ok'
}
