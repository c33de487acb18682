import type { RefusalReason } from '../base/refusal.ts'

/**
 * The events of sessions. Each has a `node:diagnostics_channel`, named `koa-typed-sessions:<event>`.
 *
 * - `created`: a new session was stored, or a new token by value was made.
 * - `read`: the token of a request led to a session.
 * - `updated`: a session was stored with a new value.
 * - `touched`: its idle deadline was extended.
 * - `regenerated`: it got a new id, at a login or by `regenerateId`; by value, a login.
 * - `destroyed`: it was ended by `clear` or `destroy`.
 * - `gone`: a request could not store it, because another one had ended it meanwhile.
 * - `rejected`: a token was refused; `reason` says why.
 * - `committed`: the changes of a request are stored, and its header is on the response.
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

/** The message of an event. It never contains an id, a token, a subject or a value. */
export interface SessionEvent {
  /** The definition's name. */
  readonly session: string
  /** By id: a hash of the storage key, made with a key of this process, to tell sessions apart. */
  readonly id?: string
  /** `rejected` only: why the token was refused. */
  readonly reason?: RefusalReason
}

/** The message of the channel `koa-typed-sessions:swept`, after a sweep. */
export interface SweepEvent {
  /** How many expired rows were removed. */
  readonly removed: number
  /** Whether more rows were expired than a batch removes; the next batch then follows a second later. */
  readonly waiting: boolean
}
