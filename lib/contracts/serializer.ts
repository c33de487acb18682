/**
 * Turns a session's value into text and back: the shape that `JSON` and `superjson` already have.
 *
 * `stringify` throws where the value would not come back as it went in, `parse` where the text is not its own.
 */
export interface SessionSerializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}
