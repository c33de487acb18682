/**
 * The version of everything that this library writes: tokens, records, derived keys, storage keys. It is part of each
 * of them, so that a later format never takes an earlier one for its own.
 */
export const FORMAT = 'koa-typed-sessions/1'
