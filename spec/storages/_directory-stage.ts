import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { Layout, nameOf } from '../../lib/storages/directory/layout.ts'
import { LIMITS, type Limits } from '../../lib/storages/directory/limits.ts'
import { DirectorySessionStorage } from '../../lib/storages/directory/storage.ts'
import { manualClock } from '../../lib/testing/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const HOUR = 3_600_000
const IMPATIENT: Limits = { retention: 0, trust: LIMITS.trust, unfinished: 0, litter: 0 }

/** A storage on a folder of its own, with the means to look and to meddle behind its back. */
export function stage(t: Parameters<typeof temporaryFolder>[0], limits: Partial<Limits> = {}) {
  const path = temporaryFolder(t)
  const clock = manualClock()
  const layout = new Layout(path)
  directoryStorage(path)
  const storage = new DirectorySessionStorage(layout, clock, 'none', { ...LIMITS, ...limits })
  return {
    path,
    clock,
    layout,
    storage,
    impatient: new DirectorySessionStorage(layout, clock, 'none', IMPATIENT),
    record: (changes?: Partial<SessionRecord>): SessionRecord => ({
      data: 'first',
      version: 1,
      createdAt: clock(),
      expiresAt: clock() + HOUR,
      identity: 'identity',
      ...changes,
    }),
    folder: (key: string) => layout.session(nameOf(key)),
    /** Puts files into a session's folder, as a process would that died half way. */
    plant(key: string, files: Record<string, string>): void {
      mkdirSync(layout.session(nameOf(key)), { recursive: true })
      for (const [name, text] of Object.entries(files)) writeFileSync(join(layout.session(nameOf(key)), name), text)
    },
  }
}

/** The keys of a subject's sessions, in order. */
export async function listed(storage: DirectorySessionStorage, subject: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of storage.list(subject)) keys.push(key)
  return keys.sort()
}

/** All that lies below a folder. */
export const walk = (path: string): string[] => readdirSync(path, { recursive: true }).map(String).sort()
