/**
 * Why a token that a client presented is no session.
 *
 * - `malformed`: not of the form that this session's tokens have.
 * - `bad-signature`: the signature or the encryption does not hold, or the token belongs to another session.
 * - `unknown-key`: made with a key that the ring does not hold (any more).
 * - `expired`: past its idle or its absolute timeout.
 * - `unknown-id`: a well-formed id of which the storage knows nothing: destroyed, expired, or never given out. By value with
 *   `revocations`: the storage does not know the generation that the token was made in, or has lost it.
 * - `invalid-value`: genuine, but its value cannot be read, or the schema refuses it.
 * - `duplicate`: two valid tokens under one name, as when a sibling domain tosses a cookie in.
 */
export type RefusalReason = (typeof REASONS)[number]

const REASONS = [
  'malformed',
  'bad-signature',
  'unknown-key',
  'expired',
  'unknown-id',
  'invalid-value',
  'duplicate',
] as const

/** A token that is no session, and why. Never an error: hostile input is normal input. */
export interface Refused {
  readonly refused: RefusalReason
}

const refusals = Object.fromEntries(REASONS.map((reason) => [reason, Object.freeze({ refused: reason })]))

/** The refusal for a reason: one frozen object each, since an attacker must not make us allocate. */
export function refuse(reason: RefusalReason): Refused {
  return refusals[reason] as Refused
}
