import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome } from '../../contracts/storage.ts'
import { attempt } from './fs-error.ts'
import { prune } from './prune.ts'
import { isLate, outcomeUnknown, publish } from './publish.ts'
import { type Staged, writtenAt } from './staging.ts'
import { missed } from './update.ts'
import type { Workings } from './workings.ts'

/** The move from one key to another, by their names, with the record that the session has from then on. */
export interface Move {
  readonly from: string
  readonly to: string
  readonly record: SessionRecord
  readonly expected: number
}

/**
 * Claims `to`; publishes the new record, which names the new key, in the old folder: from then on `from` is dead; moves
 * the folder over the claim: now `to` lives. There is only ever one folder, so never two live keys. A process that dies
 * between the two loses the session, and a `delete` of `from` between the two destroys it.
 */
export async function rotate(workings: Workings, move: Move, staged: Staged): Promise<RotateOutcome> {
  const { claims, index } = workings
  const { to, record } = move
  if (!(await claims.claim(to, writtenAt(staged)))) return 'exists'
  let outcome: RotateOutcome | undefined
  try {
    await index.add(record.subject, to)
    outcome = await moveTo(workings, move, staged)
    return outcome
  } finally {
    if (outcome !== 'ok') {
      await claims.release(to)
      await index.drop(record.subject, to)
    }
  }
}

async function moveTo(workings: Workings, move: Move, staged: Staged): Promise<RotateOutcome> {
  const { layout, limits, staging, index, look } = workings
  const { from, to, record, expected } = move
  const [oldFolder, newFolder] = [layout.session(from), layout.session(to)]
  // After staging: `publish` counts the time from there.
  const found = look(from)
  if (found.state !== 'live') return 'gone'
  if (found.version !== expected) return 'conflict'
  const now = await publish(staged, oldFolder, expected + 1, limits)
  if (now === null) return missed(look(from))
  if (!(await attempt(rename(oldFolder, newFolder), 'ENOENT'))) return 'gone'
  // Held up for long enough, it may have been taken for abandoned and buried.
  if (isLate(staged, limits) && look(to).state !== 'live') throw outcomeUnknown()
  await index.add(record.subject, to)
  await index.drop(found.record.subject, from)
  await prune(newFolder, found.names, expected + 1, now, limits.retention)
  await staging.settleUp(newFolder)
  await staging.settle(dirname(oldFolder))
  return 'ok'
}
