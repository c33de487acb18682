import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Floor } from './floor.ts'

/** A file per session, read at once, and written beside and renamed. */
export function directoryFloor(parent: string): Floor {
  const folder = mkdtempSync(join(parent, 'floor-'))
  const pathOf = (id: string): string => join(folder, hash('sha256', id, 'hex'))
  let writes = 0
  return {
    read: (token) => readFileSync(pathOf(token), 'utf8'),
    write(token, text) {
      const id = token ?? randomBytes(32).toString('base64url')
      const path = pathOf(id)
      const beside = `${path}.${writes++}`
      writeFileSync(beside, text)
      renameSync(beside, path)
      return token === undefined ? id : undefined
    },
  }
}
