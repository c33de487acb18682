import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome } from '../../contracts/storage.ts'
import type { CommandPort } from './client.ts'
import { deadlineOf, fieldsOf } from './record-fields.ts'
import { run, type ScriptReply } from './script.ts'
import { CREATE, DELETE, ROTATE, SETTLE } from './scripts.ts'

/** How long the new key is claimed, in milliseconds: if the process ends during the rotation, the claim expires. */
const CLAIM = 10_000

/** A session that gets another key. `from` and `to` are names on Redis. */
interface Rotation {
  readonly from: string
  readonly to: string
  readonly record: SessionRecord
  readonly expected: number
  readonly indexedUntil: number | undefined
}

type RotationReply = ScriptReply & { readonly outcome: RotateOutcome }

/** Rotates in one step, where both keys are on one node. */
export async function rotateAtOnce(port: CommandPort, rotation: Rotation): Promise<RotationReply> {
  const { from, to, record, expected, indexedUntil } = rotation
  const fields = fieldsOf(record, expected + 1, indexedUntil)
  const reply = await run(port, ROTATE, [from, to], [`${expected}`, from, deadlineOf(record.expiresAt), ...fields])
  return reply as RotationReply
}

/**
 * Rotates in three steps, where the keys are on different nodes: claims the new key, with the record but not yet as a session;
 * deletes the old key by compare-and-set; makes the claim the session. If the process ends in between, the session may be lost, and
 * never lives twice. A claim can be listed and deleted, which ends the rotation: a revocation misses no session.
 */
export async function rotateInSteps(port: CommandPort, rotation: Rotation): Promise<RotationReply> {
  const { from, to, record, expected, indexedUntil } = rotation
  const version = `${expected + 1}`
  const fields = fieldsOf(record, expected + 1, indexedUntil).with(0, 'n')
  const claimed = await run(port, CREATE, [to], ['PEXPIRE', `${CLAIM}`, ...fields])
  if (claimed.outcome !== 'ok') return claimed as RotationReply
  const taken = await run(port, DELETE, [from], [from, `${expected}`])
  if (taken.outcome !== 'ok') {
    await run(port, DELETE, [to], [to])
    return taken as RotationReply
  }
  const { outcome } = await run(port, SETTLE, [to], [deadlineOf(record.expiresAt), version])
  return { ...taken, outcome } as RotationReply
}
