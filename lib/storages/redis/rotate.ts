import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome } from '../../contracts/storage.ts'
import type { CommandPort } from './client.ts'
import { deadlineOf, fieldsOf } from './record-fields.ts'
import { run, type ScriptReply } from './script.ts'
import { CREATE, DELETE, ROTATE, SETTLE } from './scripts.ts'

/** How long a key is claimed for a move, in milliseconds: a process that dies in between must not hold it for long. */
const CLAIM = 10_000

/** A session that gets another key. `from` and `to` are names on the engine. */
interface Move {
  readonly from: string
  readonly to: string
  readonly record: SessionRecord
  readonly expected: number
  readonly indexedUntil: number | undefined
}

type MoveReply = ScriptReply & { readonly outcome: RotateOutcome }

/** One step: both keys are on one node. */
export async function rotateAtOnce(port: CommandPort, move: Move): Promise<MoveReply> {
  const { from, to, record, expected, indexedUntil } = move
  const fields = fieldsOf(record, expected + 1, indexedUntil)
  const reply = await run(port, ROTATE, [from, to], [`${expected}`, from, deadlineOf(record.expiresAt), ...fields])
  return reply as MoveReply
}

/**
 * Three steps, since the keys are on different nodes: the new key is claimed, with the record but not as a session; the
 * old one is deleted by compare-and-set; the claim becomes the session. If the process dies in between, the session is
 * lost at worst, and never lives twice. A claim can be listed and deleted, which ends the move: a revocation misses
 * no session that is on its way.
 */
export async function rotateInSteps(port: CommandPort, move: Move): Promise<MoveReply> {
  const { from, to, record, expected, indexedUntil } = move
  const version = `${expected + 1}`
  const fields = fieldsOf(record, expected + 1, indexedUntil).with(0, 'n')
  const claimed = await run(port, CREATE, [to], ['PEXPIRE', `${CLAIM}`, ...fields])
  if (claimed.outcome !== 'ok') return claimed as MoveReply
  const taken = await run(port, DELETE, [from], [from, `${expected}`])
  if (taken.outcome !== 'ok') {
    await run(port, DELETE, [to], [to])
    return taken as MoveReply
  }
  const { outcome } = await run(port, SETTLE, [to], [deadlineOf(record.expiresAt), version])
  return { ...taken, outcome } as MoveReply
}
