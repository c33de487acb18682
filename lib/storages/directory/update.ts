import type { SessionRecord } from '../../contracts/record.ts'
import type { UpdateOutcome } from '../../contracts/storage.ts'
import { prune } from './prune.ts'
import { publish } from './publish.ts'
import type { SessionFolder } from './session-folder.ts'
import type { Staged } from './staging.ts'
import type { Workings } from './workings.ts'

/** Links the record in as the next version, if the newest one still is `expected`. */
export async function update(
  { layout, limits, staging, index, look }: Workings,
  name: string,
  record: SessionRecord,
  expected: number,
  staged: Staged,
): Promise<UpdateOutcome> {
  const folder = layout.session(name)
  await index.add(record.subject, name)
  // After staging: `publish` counts the time from there.
  const found = look(name)
  if (found.state !== 'live') return 'gone'
  if (found.version !== expected) return 'conflict'
  const now = await publish(staged, folder, expected + 1, limits)
  if (now === null) return missed(look(name))
  await index.add(record.subject, name)
  if (found.record.subject !== record.subject) await index.drop(found.record.subject, name)
  await prune(folder, found.names, expected + 1, now, limits.retention)
  await staging.settle(folder)
  return 'ok'
}

/** Why there is nothing to be replaced, before any work is done; `null` where there is. */
export function refusal(found: SessionFolder, expected: number): 'gone' | 'conflict' | null {
  if (found.state !== 'live') return 'gone'
  return found.version === expected ? null : 'conflict'
}

/** Why the next version could not be published. */
export function missed(found: SessionFolder): 'gone' | 'conflict' {
  return found.state === 'live' ? 'conflict' : 'gone'
}
