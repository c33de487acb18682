import type { SessionOptions } from './options.ts'

/** Whether a client cannot write what is read: it comes from the storage, or a transformer has verified it. */
export function isAuthenticated({ storage, transform }: SessionOptions<object>): boolean {
  // Where nothing is said of a session by value, it is signed.
  if (storage || transform === undefined) return true
  return [transform].flat().some((one) => one.authenticates === true)
}
