/**
 * The version of all formats: tokens, records, derived keys, storage keys. It is part of each of them, so that a later format never accepts
 * an earlier one.
 */
export const FORMAT = 'koa-typed-sessions/1'
