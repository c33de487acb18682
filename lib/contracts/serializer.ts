/**
 * Turns a session's value into text and back. `JSON` and `superjson` have these methods.
 *
 * `stringify` throws if `parse` would not return an equal value; `parse` throws on a text that `stringify` did not write. Both are
 * synchronous. A text may have any character except half of a surrogate pair, which has no UTF-8 form; any other result of `stringify`
 * throws `SessionValueError` (`ERR_SESSION_VALUE`). If `parse` throws or returns a promise, there is no session (`invalid-value`). With
 * `plain()`, clients write the text: `parse` must then take linear time.
 */
export interface SessionSerializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}
