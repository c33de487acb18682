import type { SessionRecord } from '../../contracts/record.ts'
import { claimKey } from './claim-key.ts'
import type { DirectoryParts } from './directory-parts.ts'
import { publish } from './publish.ts'
import { type Staged, writtenAt } from './staging.ts'

const ATTEMPTS = 5

/** Claims the key, and publishes the record as version 1. Until then readers find no session. */
export async function create(
  parts: DirectoryParts,
  name: string,
  record: SessionRecord,
  staged: Staged,
): Promise<boolean> {
  const { layout, limits, staging, subjects } = parts
  const folder = layout.session(name)
  for (let round = 0; round < ATTEMPTS; round++) {
    if (!(await claimKey(parts, name, writtenAt(staged)))) return false
    await subjects.add(record.subject, name)
    if ((await publish(staged, folder, 1, limits)) !== null) {
      await subjects.add(record.subject, name)
      await staging.syncWithParents(folder)
      return true
    }
    // The claim is gone: it was removed together with an expired session, or as abandoned.
  }
  return false
}
