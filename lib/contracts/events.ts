import type { RefusalReason } from '../base/refusal.ts'

/**
 * What happens to sessions, and can be watched: one `node:diagnostics_channel` each, `koa-typed-sessions:<event>`.
 *
 * - `created`: a session was stored, or a token by value made, where there was none.
 * - `read`: a request's token turned out to be a session.
 * - `updated`: a session was stored with another value.
 * - `touched`: its idle deadline was moved.
 * - `regenerated`: it got a new id, at a login or by `regenerateId`; by value, a login.
 * - `destroyed`: it was ended by `clear` or `destroy`.
 * - `gone`: a request was to store it, and another one had ended it meanwhile.
 * - `rejected`: a token is no session; `reason` says why.
 * - `committed`: what a request changed is stored, and its header is on the response.
 */
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
