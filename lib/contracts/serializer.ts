/**
 * Turns a session's value into text and back: the shape that `JSON` and `superjson` already have.
 *
 * `stringify` throws where the value would not come back as it went in, `parse` where the text is not its own. Both answer at once. A
 * text may hold every character except half of a surrogate pair, which UTF-8 cannot say; anything else that `stringify` returns
 * throws `SessionValueError` (`ERR_SESSION_VALUE`). Whatever `parse` throws, or a promise that it returns, is no session
 * (`invalid-value`). Behind `plain()` a client writes the text: `parse` must take time in proportion to it.
 */
export interface SessionSerializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}
