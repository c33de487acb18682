/**
 * The reason for refusing a client's token.
 *
 * - `malformed`: the token does not have the form of this session's tokens.
 * - `bad-signature`: the signature or the encryption is invalid, or the token belongs to another session.
 * - `unknown-key`: the token was made with a key that is not in the ring, or no longer.
 * - `expired`: the idle timeout or the absolute timeout has passed.
 * - `unknown-id`: the id is well formed, but not in the storage: the session was destroyed, has expired, or never existed. By value with
 *   `revocations`: the storage does not have the generation of the token.
 * - `invalid-value`: the token is authentic, but its value cannot be read, or the schema refuses it.
 * - `duplicate`: the request has two valid tokens of one name, for example because a sibling domain has set a cookie of that name.
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

/** A refused token. Never an error: hostile input is normal input. */
export interface Refused {
  readonly refused: RefusalReason
}

const refusals = Object.fromEntries(REASONS.map((reason) => [reason, Object.freeze({ refused: reason })]))

/** The refusal for a reason: one frozen object each, so that an attack causes no allocations. */
export function refuse(reason: RefusalReason): Refused {
  return refusals[reason] as Refused
}
