import type { Mode } from '../case.ts'

/** What does the same work: what is in the cookie is signed, or encrypted in one way or another; or it is on the server. */
export const KINDS: Readonly<Record<string, readonly Mode[]>> = {
  'Signed, in the cookie': ['signed'],
  'Encrypted, in the cookie': ['encrypted', 'sealed'],
  'In memory': ['memory'],
  'In a directory': ['directory'],
  'In Redis': ['redis'],
}
