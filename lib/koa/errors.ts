import { STATUS_CODES } from 'node:http'

/** Whether Koa treats a thrown value as an error (any realm). Anything else is a 500, and makes Koa's own `error` listener throw. */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

/** The status that Koa responds with to a thrown value. */
export function statusOf(thrown: unknown): number {
  if (!isError(thrown)) return 500
  const { status, statusCode } = thrown as { status?: unknown; statusCode?: unknown }
  const given = status || statusCode
  return typeof given === 'number' && given in STATUS_CODES ? given : 500
}
