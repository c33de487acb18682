import { hash, randomBytes } from 'node:crypto'
import type { Floor } from './floor.ts'

/** A map of texts under the hashes of their ids. `renewing`: each request that has a token moves the expiry. */
export function memoryFloor(renewing = false): Floor {
  const rows = new Map<string, { text: string; expiresAt: number }>()
  const keyOf = (id: string): string => hash('sha256', id, 'base64url')
  const find = (id: string) => rows.get(keyOf(id))
  const made: Floor = {
    read: (token) => find(token)?.text,
    write(token, text) {
      const id = token ?? randomBytes(32).toString('base64url')
      rows.set(keyOf(id), { text, expiresAt: Date.now() + 60_000 })
      return token === undefined ? id : undefined
    },
  }
  if (!renewing) return made
  return {
    ...made,
    before(token) {
      const row = find(token)
      if (row) row.expiresAt = Date.now() + 60_000
    },
  }
}
