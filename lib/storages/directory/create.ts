import type { SessionRecord } from '../../contracts/record.ts'
import { publish } from './publish.ts'
import { type Staged, writtenAt } from './staging.ts'
import type { Workings } from './workings.ts'

const ATTEMPTS = 5

/** Claims the folder, and links the record in as version 1. Until then readers find nothing. */
export async function create(
  { layout, limits, staging, claims, index }: Workings,
  name: string,
  record: SessionRecord,
  staged: Staged,
): Promise<boolean> {
  const folder = layout.session(name)
  for (let round = 0; round < ATTEMPTS; round++) {
    if (!(await claims.claim(name, writtenAt(staged)))) return false
    await index.add(record.subject, name)
    if ((await publish(staged, folder, 1, limits)) !== null) {
      await index.add(record.subject, name)
      await staging.settleUp(folder)
      return true
    }
    // The claim is gone: it was taken away with something dead that stood here before. Or it was abandoned too long.
  }
  return false
}
