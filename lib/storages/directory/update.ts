import type { SessionRecord } from '../../contracts/record.ts'
import type { UpdateOutcome } from '../../contracts/storage.ts'
import type { DirectoryParts } from './directory-parts.ts'
import { prune } from './prune.ts'
import { publish } from './publish.ts'
import type { SessionFolder } from './session-folder.ts'
import type { Staged } from './staging.ts'

/** Publishes the record as the next version, if the newest version is still `expected`. */
export async function update(
  { layout, limits, staging, subjects, find }: DirectoryParts,
  name: string,
  record: SessionRecord,
  expected: number,
  staged: Staged,
): Promise<UpdateOutcome> {
  const folder = layout.session(name)
  await subjects.add(record.subject, name)
  // After staging: `publish` counts the time from there.
  const found = find(name)
  if (found.state !== 'live') return 'gone'
  if (found.version !== expected) return 'conflict'
  const now = await publish(staged, folder, expected + 1, limits)
  if (now === null) return whyNotPublished(find(name))
  await subjects.add(record.subject, name)
  if (found.record.subject !== record.subject) await subjects.drop(found.record.subject, name)
  await prune(folder, found.names, expected + 1, now, limits.retention)
  await staging.sync(folder)
  return 'ok'
}

export function whyNotPublished(found: SessionFolder): 'gone' | 'conflict' {
  return found.state === 'live' ? 'conflict' : 'gone'
}
