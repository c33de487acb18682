/** What Koa takes for an error, also of another realm. To anything else it answers 500, and its own `error` listener throws. */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}
