import type { SessionRecord } from '../../contracts/record.ts'
import type { StorageCall } from './storage-call.ts'

/** The state of one key. */
export type Held = SessionRecord | null

/** A possible outcome of a call: its result, and the state of the key afterwards. */
export interface Outcome {
  readonly answer: unknown
  readonly held: Held
}

/**
 * A sequential model of the storage contract for one key: all possible outcomes of a call. A rotation is two operations: one key ends, and
 * another one begins. Time stands still, and nothing expires.
 */
export function outcomes(call: StorageCall, key: string, held: Held): readonly Outcome[] {
  if (call.verb === 'create') {
    return [held ? { answer: false, held } : { answer: true, held: { ...call.record, version: 1 } }]
  }
  if (call.verb === 'read') return [{ answer: held, held }]
  if (call.verb === 'delete') return [{ answer: held !== null, held: null }]
  if (call.verb === 'touch') {
    if (!held) return [{ answer: false, held }]
    return [{ answer: true, held: { ...held, expiresAt: Math.max(held.expiresAt, call.expiresAt) } }]
  }
  const written = { ...call.record, version: call.expected + 1 }
  if (call.verb === 'update') {
    if (!held) return [{ answer: 'gone', held }]
    return [held.version === call.expected ? { answer: 'ok', held: written } : { answer: 'conflict', held }]
  }
  // Whether the other key is taken is not part of this model.
  const unchanged: Outcome = { answer: 'exists', held }
  if (call.key === call.to) return held ? [{ answer: 'conflict', held }, unchanged] : [{ answer: 'gone', held }]
  if (call.to === key) {
    const refused: Outcome[] = ['gone', 'conflict'].map((answer) => ({ answer, held }))
    return [held ? unchanged : { answer: 'ok', held: written }, ...refused]
  }
  if (!held) return [{ answer: 'gone', held }]
  return [held.version === call.expected ? { answer: 'ok', held: null } : { answer: 'conflict', held }, unchanged]
}
