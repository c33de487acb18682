import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The keys that cookies are signed with on this machine: made at the first start, and kept in a file that git ignores,
 * so that cookies outlive a restart. A real app is given its keys, by its environment or a secret store.
 */
export function developmentKeys(path = '.sessions/development-key'): string[] {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  }
  return [readFileSync(path, 'utf8')]
}
