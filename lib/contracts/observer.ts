import type { RefusalReason } from '../base/refusal.ts'

/** What happens to sessions, and can be watched: one `node:diagnostics_channel` each, `koa-typed-sessions:<event>`. */
export type SessionEventName =
  | 'created'
  | 'read'
  | 'updated'
  | 'touched'
  | 'regenerated'
  | 'destroyed'
  | 'gone'
  | 'rejected'
  | 'committed'

/** What a channel is given. Never an id, a token, a subject or a value. */
export interface SessionEvent {
  /** The definition's name. */
  readonly session: string
  /** By id: a keyed hash of where the session is stored, with a key of this process; to tell sessions apart. */
  readonly id?: string
  /** `rejected` only: why the token is no session. */
  readonly reason?: RefusalReason
}

/** What the channel `koa-typed-sessions:swept` is given when expired rows were removed. */
export interface SweepEvent {
  /** How many were removed. */
  readonly removed: number
  /** Whether there were more than one batch takes: a backlog, of which the next batch is a second away. */
  readonly waiting: boolean
}
