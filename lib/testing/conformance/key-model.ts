import type { SessionRecord } from '../../contracts/record.ts'
import type { StorageCall } from './storage-call.ts'

/** What one key holds. */
export type Held = SessionRecord | null

/** One way in which a call may come out: what it answers, and what the key holds then. */
export interface Outcome {
  /** `undefined`: any answer that {@link outcomes} gives for the other key of a rotation. */
  readonly answer: unknown
  readonly held: Held
}

/**
 * The contract of a storage for one key, as a model that does one thing after the other: all ways in which a call may come
 * out. A rotation is two things: its own key ends, and another one begins. The clock stands still, and nothing expires.
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
  // Both or none: which it is, the other key knows.
  const unchanged: Outcome = { answer: 'exists', held }
  if (call.key === call.to) return held ? [{ answer: 'conflict', held }, unchanged] : [{ answer: 'gone', held }]
  if (call.to === key) {
    const refused: Outcome[] = ['gone', 'conflict'].map((answer) => ({ answer, held }))
    return [held ? unchanged : { answer: 'ok', held: written }, ...refused]
  }
  if (!held) return [{ answer: 'gone', held }]
  return [held.version === call.expected ? { answer: 'ok', held: null } : { answer: 'conflict', held }, unchanged]
}
